import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { pageOf } from '../pages.ts'
import { instant, items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import { tierOf } from '../snapshot-tier.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Snapshot } from '../state/resources.ts'
import { tagSet } from '../tags.ts'
import type { Action } from './action.ts'

const filters: FilterTable<Snapshot> = {
  'last-tiering-operation': (snapshot) => operationOf(snapshot) ?? [],
  'snapshot-id': (snapshot) => [snapshot.snapshotId],
  'volume-id': (snapshot) => [snapshot.volumeId],
}

/** Tells of each of the account's own snapshots in which tier it is, and how far it is on its way to the other one. */
export const describeSnapshotTierStatus: Action = {
  name: 'DescribeSnapshotTierStatus',
  parameters: ['Filter', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state }) {
    const wanted = filterBy(readFilters(parameters), filters, (snapshot) => snapshot.tags)
    const own = [...state.snapshots.values()].filter(({ ownerId }) => ownerId === state.world.accountId)
    const page = pageOf(own.filter(wanted), (snapshot) => snapshot.snapshotId, parameters, {
      action: 'DescribeSnapshotTierStatus',
      min: 5,
      max: 1000,
      ids: null,
    })
    return () => ({
      snapshotTierStatusSet: items(page.entries.map((snapshot) => statusShape(snapshot, state))),
      nextToken: page.nextToken,
    })
  },
}

function operationOf({ tiering }: Snapshot): readonly string[] | null {
  return tiering === null ? null : [`${tiering.operation}-${tiering.endedAt === null ? 'in-progress' : 'completed'}`]
}

function statusShape(snapshot: Snapshot, { delays, now }: CloudState): XmlElements {
  const { restoreExpiresAt, tiering } = snapshot
  const tier = tierOf(snapshot, now())
  const archivedAt = tiering?.operation === 'archival' ? tiering.endedAt : null
  return {
    snapshotId: snapshot.snapshotId,
    volumeId: snapshot.volumeId,
    status: snapshot.state,
    ownerId: snapshot.ownerId,
    tagSet: tagSet(snapshot.tags),
    storageTier: tier,
    lastTieringStartTime: tiering === null ? undefined : instant(tiering.startedAt),
    lastTieringProgress: tiering === null ? undefined : progressOf(tiering, now(), delays),
    lastTieringOperationStatus: operationOf(snapshot)?.[0],
    archivalCompleteTime: archivedAt === null ? undefined : instant(archivedAt),
    restoreExpiryTime: restoreExpiresAt === null || tier === 'archive' ? undefined : instant(restoreExpiresAt),
  }
}

function progressOf(tiering: NonNullable<Snapshot['tiering']>, now: Date, delays: CloudState['delays']): number {
  if (tiering.endedAt !== null) return 100
  const wholeMs = tiering.operation === 'archival' ? delays.archiveMs : delays.restoreTierMs
  return Math.min(99, Math.floor((100 * (now.getTime() - tiering.startedAt.getTime())) / wholeMs))
}
