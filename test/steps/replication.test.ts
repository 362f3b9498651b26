import { expect, it } from 'vitest'
import type { Snapshot } from '../../src/remote/zfs/dataset.ts'
import { replicationLeftBeside } from '../../src/steps/replication.ts'
import { targetOf } from './local-run.ts'

const snapshot = (name: string, createtxg: number, more: Partial<Snapshot> = {}): Snapshot => ({
  dataset: 'tank/chat',
  name,
  kind: 'snapshot',
  guid: name,
  createtxg,
  createdAt: '2026-11-21T18:00:00.000Z',
  usedBytes: 0,
  holds: 0,
  clones: [],
  ...more,
})

const targets = [targetOf('tank/chat')]

it('what replication sends from stays beside a clone: newer snapshots, and every bookmark', () => {
  const all = [
    snapshot('zrepl_20261121_170000_000', 9),
    snapshot('zrepl_20261121_190000_000', 11),
    snapshot('mine', 5, { kind: 'bookmark' }),
    snapshot('zrepl_20261121_190000_000', 11, { dataset: 'tank/other' }),
  ]
  expect(replicationLeftBeside(targets, all)).toMatch(
    /\(zrepl: tank\/chat@zrepl_20261121_190000_000; bookmarks: tank\/chat#mine\)/,
  )
})

it('what is older goes over to the clone, and what nobody replicates is nobody’s', () => {
  const all = [snapshot('zrepl_20261121_170000_000', 9), snapshot('2026-11-21_19.00.00--1w', 11)]
  expect(replicationLeftBeside(targets, all)).toBeUndefined()
})
