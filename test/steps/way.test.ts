import { describe, expect, it } from 'vitest'
import { contextFor } from '../../src/run/context.ts'
import type { Flags } from '../../src/steps/flags.ts'
import { pathChoice, toChoice, wayChoice } from '../../src/steps/way.ts'
import { UsageError } from '../../src/text/errors.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession } from '../run/fake-session.ts'

function runOf(flags: Partial<Flags>, way?: string) {
  const session = fakeSession({ flags })
  if (way !== undefined) session.record({ type: 'answered', at: '', step: 'way', value: way, by: 'operator' })
  return contextFor(session, { step: 'way', attempt: 1, shown: null, ignoresStopping: false })
}

describe('what the flags say of the way', () => {
  it.each<[Partial<Flags>, string | undefined]>([
    [{}, undefined],
    [{ at: 'head' }, 'none'],
    [{ at: 'head', way: 'none' }, 'none'],
    [{ at: 'latest', way: 'rollback' }, 'rollback'],
    [{ at: 'latest', way: 'files', to: '/x' }, 'files'],
  ])('%j is %s', (flags, way) => {
    expect(wayChoice.fromFlags(runOf(flags), [])).toBe(way)
  })
})

describe('what is copied, and where to', () => {
  it.each(['none', 'rollback', 'clone'])('is not asked for where the way is %s', (way) => {
    expect([pathChoice.applies?.(runOf({}, way)), toChoice.applies?.(runOf({}, way))]).toEqual([false, false])
  })

  it('may be named by any absolute path, and by no other', async () => {
    const run = runOf({}, 'files')
    expect(await pathChoice.typed?.read(run, '/srv/www o')).toEqual({ path: '/srv/www o' })
    expect(await toChoice.typed?.read(run, '/var/tmp/x')).toEqual({ to: '/var/tmp/x' })
    for (const choice of [pathChoice, toChoice])
      expect(await thrownBy((async () => choice.typed?.read(run, 'www'))())).toBeInstanceOf(UsageError)
  })

  it('takes no folder that nobody has named', () => {
    expect(toChoice.suggested(runOf({}, 'files'), [])).toBeUndefined()
  })
})
