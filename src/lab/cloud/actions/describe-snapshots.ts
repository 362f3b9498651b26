import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findSnapshot } from '../find.ts'
import { pageOf } from '../pages.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { instant, items } from '../protocol/xml.ts'
import { tierOf } from '../snapshot-tier.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Snapshot } from '../state/resources.ts'
import type { Action } from './action.ts'
import { snapshotShape } from './snapshot-shape.ts'

const filtersAt = (now: Date): FilterTable<Snapshot> => ({
  description: (snapshot) => [snapshot.description],
  encrypted: (snapshot) => [String(snapshot.kms !== null)],
  'owner-alias': () => [],
  'owner-id': (snapshot) => [snapshot.ownerId],
  progress: (snapshot) => [`${snapshot.progressPercent}%`],
  'snapshot-id': (snapshot) => [snapshot.snapshotId],
  'start-time': (snapshot) => [instant(snapshot.startedAt)],
  status: (snapshot) => [snapshot.state],
  'storage-tier': (snapshot) => [tierOf(snapshot, now)],
  'volume-id': (snapshot) => [snapshot.volumeId],
  'volume-size': (snapshot) => [String(snapshot.sizeGiB)],
})

/** Lists the snapshots that the account may use: its own, and those that the world says are shared with it. */
export const describeSnapshots: Action = {
  name: 'DescribeSnapshots',
  parameters: ['Filter', 'MaxResults', 'NextToken', 'Owner', 'RestorableBy', 'SnapshotId'],
  resource: null,
  prepare({ parameters, state }) {
    const ids = parameters.texts('SnapshotId')
    const asked = ids.length === 0 ? [...state.snapshots.values()] : ids.map((id) => findSnapshot(state, id))
    const owners = parameters.texts('Owner').map((owner) => (owner === 'self' ? state.world.accountId : owner))
    const wanted = filterBy(readFilters(parameters), filtersAt(state.now()), (snapshot) => snapshot.tags)
    const restorable = restorableBy(parameters, state)
    const found = asked.filter(
      (snapshot) => (owners.length === 0 || owners.includes(snapshot.ownerId)) && restorable && wanted(snapshot),
    )
    const page = pageOf(found, (snapshot) => snapshot.snapshotId, parameters, {
      action: 'DescribeSnapshots',
      min: 5,
      max: 1000,
      ids: { parameter: 'SnapshotId', called: 'snapshotSet' },
    })
    return () => ({
      snapshotSet: items(page.entries.map((snapshot) => snapshotShape(snapshot, state))),
      nextToken: page.nextToken,
    })
  },
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html: `self` means those that are ours and
// those that are shared with us, which is all that a world has. It shares none with others.
function restorableBy(parameters: Parameters, state: CloudState): boolean {
  const users = parameters.texts('RestorableBy')
  return users.length === 0 || users.includes('self') || users.includes(state.world.accountId)
}
