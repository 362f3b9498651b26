// What in the pool stands in the way of a rollback. ZFS tells one of them at a time, and some only when the newer
// snapshots are destroyed already; here all are found before anything is changed.
import { holdTags, writtenSince, fullName, type Snapshot } from '../remote/zfs/dataset.ts'
import { listLimits, referencedBy } from '../remote/zfs/limits.ts'
import { mostInOneProgram, roomForProgram, undestroyable, type Rollback } from '../remote/zfs/rollback-program.ts'
import { replicationOf, type Listed } from '../remote/snapshot-name.ts'
import { bytes } from '../text/bytes.ts'
import { few } from '../text/few.ts'
import { sh } from '../text/quote.ts'
import { poolOf } from './pool-at-work.ts'
import type { Run } from './step.ts'

/** Something that has to be out of the way first, and the line on the host that gets it there. */
export interface Blocker {
  readonly what: string
  /** When the line may be run, and what it costs. */
  readonly how: string
  readonly line: string
}

/** What a rollback is to do. */
export interface ToRollBack {
  readonly rollbacks: readonly Rollback[]
  /** The snapshots that go, newest first. */
  readonly going: readonly Snapshot[]
  /** Bookmarks newer than a target, which nothing but `zfs destroy` of each can remove. */
  readonly bookmarks: readonly Snapshot[]
  /** Every snapshot and bookmark of the pool. */
  readonly all: readonly Snapshot[]
}

export const nameOf = (each: Pick<Snapshot, 'dataset' | 'name' | 'kind'>): string =>
  `${each.dataset}${each.kind === 'bookmark' ? '#' : '@'}${each.name}`

/** So many names are put into one line: an argument list of 255 bytes each stays far below what a shell takes. */
const inOneLine = 200

const pieces = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / inOneLine) }, (_, at) => all.slice(at * inOneLine, (at + 1) * inOneLine))

/** `, which zrepl needs` */
function replication(listed: Listed): string {
  const by = replicationOf(listed)
  return by === null || by === 'unknown' || by === 'zfs send' ? '' : `, which ${by} replicates from`
}

async function holds(run: Run, going: readonly Snapshot[]): Promise<Blocker[]> {
  const held = going.filter((each) => each.holds > 0)
  if (held.length === 0) return []
  const tags = await run.do(holdTags(held.map((each) => ({ dataset: each.dataset, snapshot: each.name }))))
  return [...Map.groupBy(tags, (each) => each.tag)].flatMap(([tag, those]) =>
    pieces(those.map((each) => each.name)).map((names) => ({
      what: `${few(names)} ${names.length === 1 ? 'is' : 'are'} held by "${tag}"${replication({ kind: 'hold', name: tag })}`,
      how: 'release it, if nobody needs it',
      line: sh`zfs release ${tag} ${names}`,
    })),
  )
}

/** A dataset that is being received into has a clone that only ZFS may touch (zfs-receive(8)). */
const receiving = /^(.*)\/%[^/]*$/

/**
 * To promote a clone would take the chosen snapshot away from the dataset too, being older than the clone's origin. So a
 * clone has to go, or become a dataset of its own.
 */
function clones({ going, all }: ToRollBack): Blocker[] {
  return going.flatMap((each) =>
    each.clones.map((clone) => {
      const into = receiving.exec(clone)?.[1]
      if (into !== undefined)
        return {
          what: `${into} is being received into, from ${nameOf(each)} on`,
          how: 'what has been received of it is thrown away, and its sender begins that one anew',
          line: sh`zfs receive -A ${into}`,
        }
      const own = all.filter((one) => one.dataset === clone).length
      return {
        what: `${nameOf(each)} has the clone ${clone}${own === 0 ? '' : `, which has ${own} snapshots and bookmarks of its own`}`,
        how: `if nobody needs ${clone}, destroy it (to keep it, zfs send it into a dataset of its own before)`,
        line: own === 0 ? sh`zfs destroy ${clone}` : sh`zfs destroy -r ${clone}`,
      }
    }),
  )
}

const bookmarksInTheWay = ({ bookmarks }: ToRollBack): Blocker[] =>
  pieces(bookmarks).map((those) => ({
    what: `${few(those.map(nameOf))} ${those.length === 1 ? 'is a bookmark' : 'are bookmarks'} newer than the snapshot${replication(those[0] ?? { kind: 'bookmark', name: '' })}`,
    how: 'destroy it, if nothing is sent from it any more',
    line: those.map((each) => sh`zfs destroy ${nameOf(each)}`).join(' && '),
  }))

/** Quotas of ZFS hold for a rollback only as far as dsl_dataset_rollback_check() looks: refquota and refreservation. */
async function limits(run: Run, { rollbacks }: ToRollBack): Promise<Blocker[]> {
  const { pool } = poolOf(run)
  const of = await run.do(listLimits(pool))
  const quotas = rollbacks.filter((each) => (of.get(each.dataset)?.refquota ?? 0) > 0)
  const reserved = rollbacks.filter((each) => (of.get(each.dataset)?.refreservation ?? 0) > 0)
  const referenced = quotas.length === 0 ? new Map<string, number>() : await run.do(referencedBy(quotas.map(fullName)))
  const written = reserved.length === 0 ? new Map<string, number>() : await run.do(writtenSince(pool, reserved))
  const beyond = quotas.flatMap((each): Blocker[] => {
    const quota = of.get(each.dataset)?.refquota ?? 0
    const size = referenced.get(fullName(each)) ?? 0
    return size <= quota
      ? []
      : [
          {
            what: `${fullName(each)} has ${bytes(size)}, more than the refquota of ${bytes(quota)} allows ${each.dataset}`,
            how: `take the refquota off (it was ${quota} bytes), or make it larger`,
            line: sh`zfs set refquota=none ${each.dataset}`,
          },
        ]
  })
  const noRoom = reserved.flatMap((each): Blocker[] => {
    const its = of.get(each.dataset)
    // Where a refquota is nearer than the end of the pool, what is available says nothing of the pool.
    if (its === undefined || its.refquota > 0) return []
    const needed = Math.min(its.refreservation, written.get(fullName(each)) ?? 0)
    const free = its.available - its.keptFree
    return needed <= free
      ? []
      : [
          {
            what: `the refreservation of ${each.dataset} needs ${bytes(needed)} for a moment while it is rolled back, and ${bytes(Math.max(0, free))} are free`,
            how: `take the refreservation off (it was ${its.refreservation} bytes), or make room`,
            line: sh`zfs set refreservation=none ${each.dataset}`,
          },
        ]
  })
  return [...beyond, ...noRoom, ...noRoomForAll(pool, rollbacks, of.get(pool)?.available)]
}

/** What one program in the kernel can't do, that has to check everything and then do it. */
function noRoomForAll(pool: string, rollbacks: readonly Rollback[], available = Infinity): Blocker[] {
  const going = rollbacks.reduce((sum, each) => sum + each.destroys.length, 0)
  const room = roomForProgram(rollbacks.length)
  const fewer = `roll fewer datasets back at a time, with --dataset`
  return [
    ...(going <= mostInOneProgram
      ? []
      : [
          {
            what: `${going} snapshots would go, and at once no more than ${mostInOneProgram} can`,
            how: `destroy the newest of them before, or ${fewer}`,
            line: sh`zfs list -H -r -t snapshot -o name -S createtxg ${pool}`,
          },
        ]),
    ...(available >= room
      ? []
      : [
          {
            what: `to roll ${rollbacks.length} datasets back at once ${bytes(room)} have to be available in ${pool}, and ${bytes(available)} are`,
            how: `make room, or ${fewer}`,
            line: sh`zfs list -r -o space ${pool}`,
          },
        ]),
  ]
}

/** Snapshots that are in use in ways of which their properties tell nothing: they are sent, or mounted. */
async function inUse(run: Run, { going }: ToRollBack, mounted: ReadonlySet<string>): Promise<Blocker[]> {
  const known = going.filter((each) => each.holds === 0 && each.clones.length === 0)
  if (run.route !== 'local' || known.length === 0) return []
  const errnos = await run.do(undestroyable(poolOf(run).pool, known.map(nameOf)))
  const names = [...(errnos?.keys() ?? [])].filter((name) => !mounted.has(name))
  return names.length === 0
    ? []
    : [
        {
          what: `${few(names)} ${names.length === 1 ? 'is' : 'are'} in use, most likely by a zfs send`,
          how: 'see what it is; wait for its end, or end it',
          line: 'pgrep -fa "zfs send|zrepl|syncoid|zfs-autobackup"',
        },
      ]
}

/**
 * What of the pool itself is in the way.
 * @param mounted the snapshots that are mounted somewhere, which are told of elsewhere
 */
export const blockersInPool = async (run: Run, found: ToRollBack, mounted: ReadonlySet<string>): Promise<Blocker[]> => [
  ...(await holds(run, found.going)),
  ...clones(found),
  ...bookmarksInTheWay(found),
  ...(await limits(run, found)),
  ...(await inUse(run, found, mounted)),
]
