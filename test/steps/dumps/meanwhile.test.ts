import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { contextFor } from '../../../src/run/context.ts'
import { meanwhile, pacing } from '../../../src/steps/dumps/meanwhile.ts'
import { thrownBy } from '../../remote/aws/thrown-by.ts'
import { fakeSession } from '../../run/fake-session.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('node:timers/promises'), async (original) => {
  const real = await original()
  return { ...real, setTimeout: (ms = 0, value, options) => real.setTimeout(ms / 1000, value, options) }
})

const MiB = 1024 * 1024

describe('the pace', () => {
  it('is that of the last minute, and tells how long the rest takes at it', () => {
    const pace = pacing(1000 * MiB)
    expect(pace(0, 0)).toBe('')
    expect(pace(100 * MiB, 10_000)).toBe(', at 10 MiB/s, about 2 m left')
    expect(pace(600 * MiB, 60_000)).toBe(', at 10 MiB/s, about 40 s left')
    // The link has become slow.
    expect(pace(660 * MiB, 120_000)).toBe(', at 1 MiB/s, about 6 m left')
  })

  it('is not told of what stands still, and nothing is left of what has come', () => {
    const pace = pacing(10 * MiB)
    pace(5 * MiB, 0)
    expect(pace(5 * MiB, 90_000)).toBe('')
    expect(pace(10 * MiB, 95_000)).toBe(', at 53.8 KiB/s')
  })

  it('never tells of less than nothing, also where what had come is lost again', () => {
    const counts = fc.array(fc.tuple(fc.nat(100 * MiB), fc.nat(100_000)), { maxLength: 30 })
    fc.assert(
      fc.property(counts, (each) => {
        const pace = pacing(100 * MiB)
        let now = 0
        for (const [done, ms] of each) {
          now += ms
          expect(pace(done, now)).toMatch(/^$|^, at [\d.]+ \S+\/s(, about \d.* left)?$/)
        }
      }),
    )
  })
})

/** A step at work on something whose end is the test's. */
function going() {
  const session = fakeSession()
  const run = contextFor(session, { step: 'fetch', attempt: 1, shown: null, ignoresStopping: false })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { run, events: session.events, promise, resolve, reject }
}

describe('what is meanwhile looked at', () => {
  it('looks again and again, also where a look fails, until that ends', async () => {
    const at = going()
    let looks = 0
    const ended = meanwhile(at.run, at.promise, 'the bytes', async () => {
      looks += 1
      if (looks === 2) throw new Error('the connection is lost')
      at.run.report({ done: looks, total: 5, unit: 'bytes', waitingFor: 'the bytes' })
      if (looks === 5) at.resolve('all')
    })
    expect(await ended).toBe('all')
    expect(looks).toBe(5)
    // What a look has told stands until the next one.
    expect(at.events.flatMap((event) => (event.type === 'progress' ? [event.done] : []))).toEqual([1, 3, 4, 5])
  })

  it('throws what that ends with', async () => {
    const at = going()
    const lost = new Error('lost')
    const ended = meanwhile(at.run, at.promise, 'the bytes', async () => at.reject(lost))
    expect(await thrownBy(ended)).toBe(lost)
  })
})
