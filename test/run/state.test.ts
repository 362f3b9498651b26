import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJournal } from '../../src/run/journal.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import { isUnfinished } from '../../src/run/runs.ts'
import { apply, mergeFlags, replay, type RunState } from '../../src/run/state.ts'
import { someFlags, started } from './fake-session.ts'
import { runs } from './records.ts'

const at = '2026-11-21T19:00:09.000Z'

const intended = (attempt = 1, before: unknown = {}): JournalRecord => ({
  type: 'intended',
  at,
  step: 'create-volume',
  attempt,
  before,
  commands: [],
})

const done: JournalRecord = { type: 'done', at, step: 'create-volume', attempt: 1, effect: { volumeId: 'vol-1' } }

const error = { code: 'c', message: 'm', notChanged: [], exists: [], next: [] }

const failed: JournalRecord = { type: 'failed', at, step: 'create-volume', error }

/** The state after these records of a run. */
function after(...records: JournalRecord[]): RunState {
  const state = replay([started(), ...records])
  if (state === undefined) throw new Error('no state')
  return state
}

const volume = (...records: JournalRecord[]) => after(...records).actions.get('create-volume')

describe('replaying', () => {
  it('any first part of a journal gives the state that was had then', () => {
    fc.assert(
      fc.property(runs(12), (records) => {
        let state = replay(records.slice(0, 1))
        for (let count = 1; count <= records.length; count++) {
          const record = records[count - 1]
          if (state === undefined || record === undefined) throw new Error('no state')
          if (count > 1) state = apply(state, record)
          expect(replay(records.slice(0, count))).toEqual(state)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('what was read from a file gives the state that the writer had', () => {
    fc.assert(
      fc.property(runs(12), (records) => {
        const text = records.map((record) => `${JSON.stringify(record)}\n`).join('')
        expect(replay(parseJournal(text).records)).toEqual(replay(records))
      }),
      { numRuns: 500 },
    )
  })

  it('changes no state that was had before', () => {
    const before = after(intended())
    const copy = structuredClone(before)
    apply(before, done)
    apply(before, { type: 'answered', at, step: 'target', value: 1, by: 'flag' })
    expect(before).toEqual(copy)
  })

  it('nothing gives no state', () => {
    expect(replay([])).toBeUndefined()
  })

  it('refuses a journal that begins with something else', () => {
    expect(() => replay([intended()])).toThrow('the journal begins with "intended"')
  })

  it('refuses a journal that begins twice', () => {
    expect(() => replay([started(), started()])).toThrow('the journal begins twice')
  })

  it.each<JournalRecord>([done, { type: 'undone', at, step: 'create-volume' }])(
    'refuses the end of what never began: $type',
    (record) => {
      expect(() => replay([started(), record])).toThrow('create-volume, which it never began')
    },
  )
})

describe('an action', () => {
  it('is intended, with what stood before', () => {
    expect(volume(intended(1, { clientToken: 't' }))).toEqual({
      status: 'intended',
      attempt: 1,
      before: { clientToken: 't' },
      effect: undefined,
    })
  })

  it('is done, with its effect', () => {
    expect(volume(intended(), done)).toMatchObject({ status: 'done', effect: { volumeId: 'vol-1' } })
  })

  it('is failed where it failed before its end', () => {
    expect(volume(intended(), failed)).toMatchObject({ status: 'failed', attempt: 1 })
  })

  it('stays done where it was found wanting afterwards', () => {
    expect(volume(intended(), done, failed)).toMatchObject({ status: 'done', effect: { volumeId: 'vol-1' } })
  })

  it('that is begun again has lost the effect of before', () => {
    expect(volume(intended(1), done, intended(2, { clientToken: 'u' }))).toEqual({
      status: 'intended',
      attempt: 2,
      before: { clientToken: 'u' },
      effect: undefined,
    })
  })

  it('is undone, and what stood before is still known', () => {
    expect(
      volume(intended(1, { clientToken: 't' }), done, { type: 'undone', at, step: 'create-volume' }),
    ).toMatchObject({ status: 'undone', before: { clientToken: 't' } })
  })

  it('that failed is not invented by a failure of a question', () => {
    expect(after({ ...failed, step: 'target' }).actions.size).toBe(0)
  })
})

describe('a run', () => {
  it('has changed nothing until an action is intended', () => {
    const answer: JournalRecord = { type: 'answered', at, step: 'target', value: 1, by: 'flag' }
    expect([after(answer).changed, after(answer, intended()).changed]).toEqual([false, true])
  })

  it.each([
    ['that only asked', [], false],
    ['that began an action', [intended()], true],
    ['that failed', [intended(), failed], true],
    [
      'that is restored',
      [intended(), done, { type: 'finished', at, outcome: 'restored', exitCode: 0 } as const],
      false,
    ],
    ['that is undone', [intended(), done, { type: 'finished', at, outcome: 'undone', exitCode: 0 } as const], false],
  ])('%s: unfinished is %s', (_, records, unfinished) => {
    expect(isUnfinished(after(...records))).toBe(unfinished)
  })

  it('knows when its last record was written', () => {
    expect(after({ ...failed, at: 'later' }).lastAt).toBe('later')
  })

  it('forgets the answers that were withdrawn, and no others', () => {
    const answers = (['target', 'snapshot', 'volume'] as const).map((step): JournalRecord => ({
      type: 'answered',
      at,
      step,
      value: step,
      by: 'flag',
    }))
    const state = after(...answers, { type: 'withdrawn', at, steps: ['snapshot', 'volume'] })
    expect([...state.answers]).toEqual([['target', { value: 'target', by: 'flag' }]])
  })

  it('takes the flags given on resume over those of before', () => {
    const records: JournalRecord[] = [
      started({ at: 'latest', confirm: ['web'], yes: true }),
      { type: 'resumed', at, lifeboat: '0.1.0', pid: 2, flags: someFlags({ at: 'head', way: 'none' }) },
    ]
    expect(replay(records)?.flags).toEqual(someFlags({ at: 'head', way: 'none', yes: true }))
  })
})

describe('merged flags', () => {
  it.each([
    ['nothing new', { at: 'latest', yes: true, dataset: ['a'] }, {}, { at: 'latest', yes: true, dataset: ['a'] }],
    ['a new one', {}, { at: 'head' }, { at: 'head' }],
    ['another value', { at: 'latest' }, { at: 'head' }, { at: 'head' }],
    ['another list, which is not added to', { confirm: ['a'] }, { confirm: ['b'] }, { confirm: ['b'] }],
    ['no list, which keeps that of before', { dataset: ['a'] }, { dataset: [] }, { dataset: ['a'] }],
    ['no --yes, which does not take it back', { yes: true }, { yes: false }, { yes: true }],
    [
      'other data, for which nothing was confirmed yet',
      { at: 'latest', confirm: ['web'] },
      { at: '2026-11-20T12:00:00Z' },
      { at: '2026-11-20T12:00:00Z', confirm: [] },
    ],
    [
      'the same data, whose confirmation stands',
      { at: 'latest', confirm: ['web'] },
      { at: 'latest' },
      { at: 'latest', confirm: ['web'] },
    ],
    ['a number', { initRate: 100 }, { initRate: 300 }, { initRate: 300 }],
  ])('of %s', (_, before, added, merged) => {
    expect(mergeFlags(someFlags(before), someFlags(added))).toEqual(someFlags(merged))
  })
})
