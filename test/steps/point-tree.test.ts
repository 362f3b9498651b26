import { expect, it } from 'vitest'
import type { Snapshot } from '../../src/remote/zfs/dataset.ts'
import { newestUntil } from '../../src/steps/point-tree.ts'

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
