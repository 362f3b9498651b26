import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findSnapshot } from '../find.ts'
import { pageOf } from '../pages.ts'
import { items } from '../protocol/xml.ts'
import type { Snapshot, SnapshotLock } from '../state/resources.ts'
import type { Action } from './action.ts'
import { lockShape } from './lock-shape.ts'

interface Locked {
  readonly snapshot: Snapshot
  readonly lock: SnapshotLock
}

const filtersAt = (now: Date): FilterTable<Locked> => ({
  'lock-state': ({ lock }) => [lock.expiresAt > now ? 'governance' : 'expired'],
})

/** Lists the account's own snapshots that have a lock. */
export const describeLockedSnapshots: Action = {
  name: 'DescribeLockedSnapshots',
  parameters: ['Filter', 'MaxResults', 'NextToken', 'SnapshotId'],
  resource: null,
  prepare({ parameters, state }) {
    const now = state.now()
    const ids = parameters.texts('SnapshotId')
    const asked = ids.length === 0 ? [...state.snapshots.values()] : ids.map((id) => findSnapshot(state, id))
    const locked = asked.flatMap((snapshot) =>
      snapshot.lock === null || snapshot.ownerId !== state.world.accountId ? [] : [{ snapshot, lock: snapshot.lock }],
    )
    const wanted = filterBy(readFilters(parameters), filtersAt(now), ({ snapshot }) => snapshot.tags)
    const page = pageOf(locked.filter(wanted), ({ snapshot }) => snapshot.snapshotId, parameters, {
      action: 'DescribeLockedSnapshots',
      min: 5,
      max: 1000,
      ids: { parameter: 'SnapshotId', called: 'snapshotSet' },
    })
    return () => ({
      snapshotSet: items(
        page.entries.map(({ lock, snapshot }) => ({
          ownerId: snapshot.ownerId,
          ...lockShape(snapshot.snapshotId, lock, now),
        })),
      ),
      nextToken: page.nextToken,
    })
  },
}
