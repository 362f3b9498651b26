// The queue before a host's channels, with work that the test ends itself.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChannelRefused, channelSlots } from '../../../src/remote/host/channel-slots.ts'

describe('channels', () => {
  it('are never more than allowed by us or by the host, and every command gets its turn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        async (scheduler, limit, hostLimit, works) => {
          const slots = channelSlots(limit)
          let running = 0
          let most = 0
          const work = async (good: boolean): Promise<boolean> => {
            if (running >= hostLimit) throw new ChannelRefused()
            running += 1
            most = Math.max(most, running)
            await scheduler.schedule(Promise.resolve())
            running -= 1
            if (!good) throw new Error('the command fails')
            return good
          }
          const all = Promise.allSettled(works.map((good) => slots.run(() => work(good), undefined)))
          await scheduler.waitFor(all)
          expect((await all).map((each) => each.status === 'fulfilled')).toEqual(works)
          expect(most).toBeLessThanOrEqual(Math.min(limit, hostLimit))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('are given on when one who waits gives up', async () => {
    const slots = channelSlots(1)
    const first = Promise.withResolvers<string>()
    const running = slots.run(() => first.promise, undefined)
    const controller = new AbortController()
    const waiting = slots.run(() => Promise.resolve('never'), controller.signal)
    const last = slots.run(() => Promise.resolve('last'), undefined)
    const settled = Promise.allSettled([waiting])
    controller.abort(new Error('enough'))
    expect(await settled).toMatchObject([{ status: 'rejected', reason: { message: 'enough' } }])
    first.resolve('first')
    expect(await Promise.all([running, last])).toEqual(['first', 'last'])
  })
})
