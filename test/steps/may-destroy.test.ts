import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flags, type Flags } from '../../src/steps/flags.ts'
import { contextFor } from '../../src/run/context.ts'
import { beyond, boundOf, boundText } from '../../src/steps/may-destroy.ts'

import { refuseBeyondPlan } from '../../src/steps/review-rollback.ts'
import { fakeSession } from '../run/fake-session.ts'

const bound = (given: Partial<Flags>, pool: string | undefined = 'tank', zone = 'UTC') =>
  boundOf(flags.parse(given), pool, zone)

const sinceIn = (at: string) => bound({ at, way: 'rollback' }, 'tank', 'Europe/Berlin').snapshotsSince

const made = (dataset: string, createdAt: string) => ({ dataset, name: 'x', createdAt })

describe('what a plan may destroy at most', () => {
  it.each<[Partial<Flags>]>([[{}], [{ at: 'head', way: 'none' }], [{ way: 'none' }]])('is nothing for %j', (given) => {
    expect(bound(given)).toEqual({ datasets: [], snapshotsSince: null })
    expect(boundText(bound(given))).toBe('destroys nothing')
  })

  it('is the heads of the pool, and no snapshot, for the newest snapshots', () => {
    expect(bound({ at: 'latest', way: 'rollback' })).toEqual({ datasets: ['tank'], snapshotsSince: null })
  })

  it('is of any dataset where the pool’s name is not known, and of those that were named', () => {
    expect(boundOf(flags.parse({ at: 'latest', way: 'rollback' }), undefined, 'UTC').datasets).toBeNull()
    expect(bound({ at: 'latest', way: 'rollback', dataset: ['tank/a'] }).datasets).toEqual(['tank/a'])
  })

  it('begins at the moment that was given', () => {
    expect(bound({ at: '2026-01-31T23:00:00+01:00', way: 'rollback' }).snapshotsSince).toBe('2026-01-31T22:00:00.000Z')
  })

  it('begins at the time in a snapshot’s name, which is the host’s, at the earlier one where there were two', () => {
    expect(sinceIn('2026-07-01_12.00.00--1w')).toBe('2026-07-01T10:00:00.000Z')
    expect(sinceIn('tank@hourly-2026-10-25_02.30.00--1w')).toBe('2026-10-25T00:30:00.000Z')
  })

  it('can’t be told of a name without a time', () => {
    expect(() => bound({ at: 'before-upgrade', way: 'rollback' })).toThrow(/tells no time.*give the time/)
  })
})

describe('what is beyond a plan', () => {
  const since = '2026-01-31T22:00:00.000Z'

  it('is a dataset that it does not name, and one whose name only begins alike', () => {
    const plan = { datasets: ['tank/a'], snapshotsSince: since }
    expect(beyond(plan, ['tank/a', 'tank/a/b', 'tank/ab', 'tank'], [])).toEqual(['tank/ab', 'tank'])
  })

  it('is a snapshot that is older than it says, or any where it says none', () => {
    const going = [made('tank', since), made('tank', '2026-01-31T21:59:59.000Z')]
    expect(beyond({ datasets: null, snapshotsSince: since }, [], going)).toEqual(['tank@x'])
    expect(beyond({ datasets: null, snapshotsSince: null }, [], going)).toHaveLength(2)
  })

  it('is everything where it destroys nothing', () => {
    const nothing = { datasets: [], snapshotsSince: null }
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]+(\/[a-z]+){0,2}$/), { minLength: 1 }), (datasets) => {
        expect(beyond(nothing, datasets, [])).toEqual(datasets)
      }),
    )
  })
})

it('is meant of the same datasets where the pool got another name on this host', () => {
  const session = fakeSession({ flags: { at: 'latest', way: 'rollback' } })
  const label = { pool: 'tank-restored', original: 'tank', guid: '17', node: '', altroot: '', force: false }
  session.record({
    type: 'intended',
    at: '',
    step: 'inspect-pool',
    attempt: 1,
    before: { ...label, forceReason: '' },
    commands: [],
  })
  const run = {
    ...contextFor(session, { step: 'review-rollback', attempt: 1, shown: null, ignoresStopping: false }),
    bound: { datasets: ['tank/chat'], snapshotsSince: null },
  }
  const back = (dataset: string) => () =>
    refuseBeyondPlan(run, { going: [], rollbacks: [{ dataset, snapshot: 'x', destroys: [] }] })
  expect(back('tank-restored/chat')).not.toThrow()
  expect(back('tank-restored/home')).toThrow('the plan allows less than this would destroy: tank-restored/home')
  expect(back('tank/chat')).toThrow('the plan allows less')
})
