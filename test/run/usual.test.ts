import * as fc from 'fast-check'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal } from '../../src/run/journal.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import { runFolder } from '../../src/run/runs.ts'
import { usualIn, usualOf } from '../../src/run/usual.ts'
import { allStepIds } from '../../src/steps/step.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { someFlags, started } from './fake-session.ts'
import { runs } from './records.ts'

const step = 'create-volume'

/** An instant so many seconds after the run began. */
const after = (seconds: number): string => new Date(Date.parse('2026-11-21T19:00:00Z') + seconds * 1000).toISOString()

const intended = (seconds: number, attempt = 1): JournalRecord => ({
  type: 'intended',
  at: after(seconds),
  step,
  attempt,
  before: {},
  commands: [],
})

const done = (seconds: number, attempt = 1): JournalRecord => ({
  type: 'done',
  at: after(seconds),
  step,
  attempt,
  effect: {},
})

const resumed = (seconds: number): JournalRecord => ({
  type: 'resumed',
  at: after(seconds),
  lifeboat: '0.1.0',
  pid: 1,
  flags: someFlags(),
})

const finished: JournalRecord = { type: 'finished', at: after(1e6), outcome: 'restored', exitCode: 0 }

let count = 0

/** A run that came to its end, the newest so far. */
function run(host: string, ...records: readonly JournalRecord[]): JournalRecord[] {
  const at = new Date(Date.UTC(2026, 0, 1) + ++count * 60_000).toISOString()
  return [Object.assign(started(), { host, runId: `run-${count}`, at }), ...records, finished]
}

/** One in which the step took so many seconds. */
const lasting = (seconds: number, host = 'web'): JournalRecord[] => run(host, intended(10), done(10 + seconds))

describe('how long a step usually takes', () => {
  it.each([
    [[7], 7],
    [[1, 100, 8], 8],
    [[4, 1, 100, 8], 6],
  ])('is the median of %j', (seconds, usual) => {
    const journals = seconds.map((each) => lasting(each))
    const { usualMs, usualRuns } = usualOf(journals, 'web')
    expect(usualMs(step)).toBe(usual * 1000)
    expect(usualRuns([step, 'gate'])).toBe(seconds.length)
  })

  it('is not known where no run has taken it', () => {
    const { usualMs, usualRuns } = usualOf([lasting(7)], 'web')
    expect(usualMs('gate')).toBeUndefined()
    expect(usualRuns(['gate'])).toBe(0)
    expect(usualOf([], 'web').usualMs(step)).toBeUndefined()
  })

  it('is told by other hosts only where this one never took it', () => {
    const others = [lasting(90, 'db'), lasting(90, 'db')]
    expect(usualOf(others, 'web').usualMs(step)).toBe(90_000)
    expect(usualOf([...others, run('web', resumed(1))], 'web').usualMs(step)).toBe(90_000)
    expect(usualOf([...others, lasting(7)], 'web').usualMs(step)).toBe(7000)
    expect(usualOf([...others, lasting(7)], 'web').usualRuns([step])).toBe(1)
  })

  it('is told by the last 20 runs, whichever way round they are given', () => {
    const old = Array.from({ length: 30 }, () => lasting(90))
    const recent = Array.from({ length: 20 }, () => lasting(7))
    for (const journals of [
      [...old, ...recent],
      [...recent, ...old],
    ]) {
      expect(usualOf(journals, 'web').usualMs(step)).toBe(7000)
      expect(usualOf(journals, 'web').usualRuns([step])).toBe(20)
    }
  })

  it.each([
    ['a run that did not come to its end', lasting(7).slice(0, -1)],
    ['a step that failed', run('web', intended(10))],
    ['another attempt than was begun', run('web', intended(10, 1), done(17, 2))],
    ['a night between the crash and its resume', run('web', intended(10), resumed(30_000), done(30_001))],
    ['a clock that was set back', run('web', intended(10), done(9))],
    ['a time that is none', run('web', { ...intended(10), at: 'noon' }, done(20))],
  ])('is not told by %s', (_, journal) => {
    expect(usualOf([journal], 'web').usualMs(step)).toBeUndefined()
    expect(usualOf([journal], 'web').usualRuns([step])).toBe(0)
  })

  it('is what the last attempt took, where there were several', () => {
    const journal = run('web', intended(0), intended(100, 2), done(107, 2))
    expect(usualOf([journal], 'web').usualMs(step)).toBe(7000)
  })

  const journals = fc
    .array(fc.tuple(runs(12), fc.constantFrom('web', 'db', 'irc'), fc.nat(3), fc.boolean()), { maxLength: 30 })
    .map((all) =>
      all.map(([records, host, day, ended], at) => [
        { ...records[0], host, runId: `run-${at}`, at: after(day * 86_400) } as JournalRecord,
        ...records.slice(1),
        ...(ended ? [finished] : []),
      ]),
    )

  it('does not depend on the order of the runs', () => {
    const shuffled = journals.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([all, mixed]) => {
        const [one, other] = [usualOf(all, 'web'), usualOf(mixed, 'web')]
        for (const id of allStepIds) {
          expect(other.usualMs(id)).toBe(one.usualMs(id))
          expect(other.usualRuns([id, step])).toBe(one.usualRuns([id, step]))
        }
      }),
    )
  })

  it('is never less than nothing', () => {
    fc.assert(
      fc.property(journals, (all) => {
        const { usualMs, usualRuns } = usualOf(all, 'web')
        for (const id of allStepIds) {
          const usual = usualMs(id)
          expect(usual === undefined || usual >= 0).toBe(true)
          expect(usualRuns([id]) > 0).toBe(usual !== undefined)
        }
      }),
    )
  })
})

function keep(state: string, runId: string, records: readonly JournalRecord[]): void {
  const journal = openJournal(runFolder(state, runId), (record) => record)
  for (const record of records) journal.append(record)
  journal.close()
}

describe('the runs of a state directory', () => {
  it('tell it, without those that cannot be read', async () => {
    const state = await temporaryFolder()
    keep(state, 'a', lasting(7))
    keep(state, 'b', lasting(9))
    keep(state, 'c', lasting(90).slice(0, -1))
    mkdirSync(runFolder(state, 'd'))
    writeFileSync(join(runFolder(state, 'd'), 'journal.jsonl'), 'no JSON\n')
    const { usualMs, usualRuns } = usualIn(state, 'web')
    expect(usualMs(step)).toBe(8000)
    expect(usualRuns([step])).toBe(2)
  })

  it('are read when they are first needed, and once', async () => {
    const state = await temporaryFolder()
    const { usualMs } = usualIn(state, 'web')
    keep(state, 'a', lasting(7))
    expect(usualMs(step)).toBe(7000)
    keep(state, 'b', lasting(9))
    expect(usualMs(step)).toBe(7000)
  })

  it('are none where there is no such directory, or it cannot be read', async () => {
    const state = await temporaryFolder()
    expect(usualIn(join(state, 'nowhere'), 'web').usualMs(step)).toBeUndefined()
    writeFileSync(join(state, 'runs'), 'a file')
    expect(usualIn(state, 'web').usualMs(step)).toBeUndefined()
  })
})
