import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newRunId } from '../../src/run/id.ts'
import { openJournal } from '../../src/run/journal.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import { listRuns, pruneRun, runFolder, unfinishedRuns } from '../../src/run/runs.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { started } from './fake-session.ts'

const intended: JournalRecord = { type: 'intended', at: '', step: 'gate', attempt: 1, before: {}, commands: [] }
const finished: JournalRecord = { type: 'finished', at: '', outcome: 'restored', exitCode: 0 }

function keep(state: string, runId: string, ...records: JournalRecord[]): void {
  const journal = openJournal(runFolder(state, runId), (record) => record)
  for (const record of records) journal.append(record)
  journal.close()
}

describe('the runs that are kept', () => {
  it('are listed, oldest first, with those that cannot be read', async () => {
    const state = await temporaryFolder()
    keep(state, '20261121-190000-bbbb', started(), intended, finished)
    keep(state, '20261121-180000-cccc', started(), intended)
    mkdirSync(runFolder(state, '20261121-200000-aaaa'))
    writeFileSync(join(runFolder(state, '20261121-200000-aaaa'), 'journal.jsonl'), 'no JSON\n')
    mkdirSync(runFolder(state, '20261121-210000-dddd'))
    const runs = listRuns(state)
    expect(runs.map((run) => run.runId)).toEqual([
      '20261121-180000-cccc',
      '20261121-190000-bbbb',
      '20261121-200000-aaaa',
    ])
    expect(runs.at(-1)).toMatchObject({ unreadable: expect.stringContaining('line 1 is not JSON') as unknown })
  })

  it('are unfinished when they changed something and came to no end', async () => {
    const state = await temporaryFolder()
    keep(state, 'a-asked', started())
    keep(state, 'b-changed', started(), intended)
    keep(state, 'c-finished', started(), intended, finished)
    expect(unfinishedRuns(state).map((run) => run.runId)).toEqual(['b-changed'])
  })

  it('are none where there never was one', async () => {
    expect(listRuns(join(await temporaryFolder(), 'nowhere'))).toEqual([])
  })

  it('are pruned with all that is in their folder', async () => {
    const state = await temporaryFolder()
    keep(state, 'a', started())
    pruneRun(runFolder(state, 'a'))
    expect(existsSync(runFolder(state, 'a'))).toBe(false)
  })
})

describe('the name of a run', () => {
  it('sorts by time, and is safe in names of units, tags and paths', () => {
    const [earlier, later] = [new Date('2026-11-21T19:23:42.999Z'), new Date('2026-11-21T19:23:43.000Z')].map(newRunId)
    expect(earlier).toMatch(/^20261121-192342-[0-9a-f]{4}$/)
    expect(String(earlier) < String(later)).toBe(true)
  })
})
