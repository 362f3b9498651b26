import { appendFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Drilled } from '../../src/commands/drill-debrief.ts'
import { drillsIn, historyLines, keepDrill } from '../../src/commands/drill-history.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { lifeboat } from './surroundings.ts'

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

it('thirty drills are thirty lines, oldest first, each with its bar and none wider than a terminal', async () => {
  const state = await temporaryFolder()
  for (let day = 1; day <= 30; day++) {
    const at = `2026-11-${String(day).padStart(2, '0')}T10:00:00.000Z`
    keepDrill(state, drill({ at, rtoMs: day * 120_000, passed: day % 5 !== 0 }))
  }
  const { stdout, exitCode } = await lifeboat(['drill', '--history', '--state-dir', state])
  const lines = stdout.trimEnd().split('\n')
  expect(exitCode).toBe(0)
  expect(lines.map((line) => line.slice(0, 10))).toEqual(
    Array.from({ length: 30 }, (_none, at) => `2026-11-${String(at + 1).padStart(2, '0')}`),
  )
  const bars = lines.map((line) => line.split('█').length - 1)
  expect([bars[0], bars[14], bars[29]]).toEqual([1, 8, 16])
  expect(bars).toEqual(bars.toSorted((a, b) => a - b))
  expect(lines.filter((line) => line.includes('not passed'))).toHaveLength(6)
  expect(lines.filter((line) => line.includes(' late '))).toHaveLength(15)
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  const objects = (await lifeboat(['drill', '--history', '--json', '--state-dir', state])).objects
  expect(objects).toHaveLength(30)
  expect(objects.at(-1)).toMatchObject({ v: 1, type: 'drill', rtoMs: 3_600_000 })
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
    `2026-11-21 10:00  volume-deleted       passed          10m ${'█'.repeat(4)}`,
    `2026-11-21 10:00  volume-deleted       not passed      40m late ${'█'.repeat(16)}`,
    '2026-11-21 10:00  key-denied           passed',
  ])
})
