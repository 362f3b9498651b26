import { expect, it } from 'vitest'
import type { Snapshot } from '../../src/remote/zfs/dataset.ts'
import { newestUntil, snapshotsOf } from '../../src/steps/point-tree.ts'
import { hostProfile } from '../../src/steps/profile.ts'
import type { Run } from '../../src/steps/step.ts'

const snapshot = (dataset: string, name: string, createtxg: number, createdAt: string): Snapshot => ({
  kind: 'snapshot',
  dataset,
  name,
  guid: `${dataset}@${name}`,
  createtxg,
  createdAt,
  usedBytes: 0,
  holds: 0,
  clones: [],
})

it('the snapshots of one moment stay together, whatever seconds ZFS wrote into them', () => {
  const snapshots = [
    snapshot('tank', '20', 10, '2026-01-31T20:00:00.000Z'),
    snapshot('tank/chat', '20', 10, '2026-01-31T20:00:00.000Z'),
    snapshot('tank', '21', 20, '2026-01-31T21:00:00.000Z'),
    snapshot('tank/chat', '21', 20, '2026-01-31T21:00:01.000Z'),
  ]
  const names = (at: string): string[] =>
    Array.from(newestUntil({ datasets: [], snapshots }, new Date(at)).values(), (each) => each.name)
  expect(names('2026-01-31T21:00:00Z')).toEqual(['21', '21'])
  expect(names('2026-01-31T20:59:59Z')).toEqual(['20', '20'])
  expect(names('2026-01-31T19:59:59Z')).toEqual([])
})

/** A host whose snapshots take so long to list. @returns when each of these looks, in seconds, made a listing */
async function listingsAt(tookSeconds: number, looks: readonly number[]): Promise<number[]> {
  let now = 0
  const made: number[] = []
  // Only what a look at the snapshots takes of a run.
  const run = {
    route: 'local',
    host: hostProfile.parse({ name: 'web' }),
    now: () => new Date(now * 1000),
    answer: () => ({ pool: { pool: 'tank', guid: '1' } }),
    do: async () => {
      made.push(now)
      now += tookSeconds
      return []
    },
  } as unknown as Run
  for (const at of looks) {
    now = Math.max(now, at)
    await snapshotsOf(run)
  }
  return made
}

it('a listing serves for a minute, or for as long as it took: another would be as old by then', async () => {
  expect(await listingsAt(2, [0, 30, 61, 63])).toEqual([0, 63])
  expect(await listingsAt(600, [0, 700, 1199, 1201])).toEqual([0, 1201])
})
