// What a restore takes from under a replication: the snapshots that it sends from.
import type { Snapshot } from '../remote/zfs/dataset.ts'
import { replicationOf } from '../remote/snapshot-name.ts'
import { few } from '../text/few.ts'
import type { RollbackTarget } from './point-answer.ts'
import { nameOf } from './rollback-blockers.ts'

/** What replication made among these, by who made it: `zrepl: tank/chat@zrepl_…`; undefined for none. */
function replicated(all: readonly Snapshot[]): string | undefined {
  const made = all.flatMap((each) => {
    const by = replicationOf({ kind: each.kind, name: each.name })
    // Whoever made a bookmark: there is nothing else that one is good for.
    return by === null ? [] : [{ by: by === 'unknown' ? 'bookmarks' : by, each }]
  })
  if (made.length === 0) return undefined
  const of = Map.groupBy(made, ({ by }) => by)
  return [...of]
    .map(
      ([who, those]) =>
        `${who}: ${few(
          those.map(({ each }) => nameOf(each)),
          2,
        )}`,
    )
    .join('; ')
}

/** Which replication would lose its common snapshots, and so has to send everything anew. */
export function replicationAtRisk(going: readonly Snapshot[]): string | undefined {
  const made = replicated(going)
  return made === undefined
    ? undefined
    : `snapshots that replication made are among those that go (${made}): if the other side has none that is older, everything is sent again, or its copy has to be rolled back first`
}

/** The same for clones: what is newer than their snapshots stays beside them, with every bookmark. */
export function replicationLeftBeside(
  targets: readonly RollbackTarget[],
  all: readonly Snapshot[],
): string | undefined {
  const txg = new Map(targets.map((each) => [each.dataset, each.createtxg]))
  const made = replicated(
    all.filter(({ dataset, kind, createtxg }) => {
      const chosen = txg.get(dataset)
      return chosen !== undefined && (kind === 'bookmark' || createtxg > chosen)
    }),
  )
  return made === undefined
    ? undefined
    : `what replication made stays with the datasets that are set aside (${made}): if the other side has none that is older, everything is sent again, or its copy has to be rolled back first`
}
