import { appendFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Drilled } from '../../src/commands/drill-debrief.ts'
import { drillsIn, historyLines, keepDrill } from '../../src/commands/drill-history.ts'

const drill = (more: Partial<Drilled>): Drilled => ({
  at: '2026-11-21T10:00:00.000Z',
  scenario: 'volume-deleted',
  seed: 1,
  passed: true,
  outcome: 'restored',
  exitCode: 0,
  rtoMs: 60_000,
  dataLossMs: 0,
  objectives: { rtoMs: 1_800_000, dataLossMs: 86_400_000 },
  destroyed: [],
  hints: 0,
  guards: [],
  faults: [],
  ...more,
})

it('drills are kept in order, and a line that a power cut has cut off is left out', async () => {
  const state = join(await mkdtemp(join(tmpdir(), 'lifeboat-history-')), 'not there yet')
  expect(drillsIn(state)).toEqual([])
  const both = [drill({}), drill({ at: '2026-11-22T10:00:00.000Z', passed: false })]
  for (const each of both) keepDrill(state, each)
  appendFileSync(join(state, 'drills.jsonl'), '{"at":"2026-11-23')
  expect(drillsIn(state)).toEqual(both)
})

it('the history has a line for each drill, with how long it took as a bar against the longest', () => {
  const lines = [
    ...historyLines([
      drill({ rtoMs: 600_000 }),
      drill({ rtoMs: 2_400_000, passed: false }),
      drill({ rtoMs: null, outcome: 'refused', scenario: 'key-denied' }),
    ]),
  ]
  expect(lines).toEqual([
    `2026-11-21 10:00  volume-deleted       passed          10m ${'█'.repeat(6)}`,
    `2026-11-21 10:00  volume-deleted       not passed      40m late ${'█'.repeat(24)}`,
    '2026-11-21 10:00  key-denied           passed',
  ])
})
