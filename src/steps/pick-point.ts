// From a moment or a name to the snapshots of a tree, and to what is done with them.
import { posix } from 'node:path'
import type { Snapshot } from '../remote/zfs/dataset.ts'
import { Refused } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { parseInstant } from '../text/time.ts'
import { nameHere } from './inspect-pool.ts'
import { head, type Point, type RollbackTarget } from './point-answer.ts'
import { isMoment } from './point-flags.ts'
import { holderOf, newestOfEach, newestUntil, treeOf, type Tree } from './point-tree.ts'
import { poolOf } from './pool-at-work.ts'
import type { Run } from './step.ts'
import { targetHostKey } from './target-host.ts'
import { pathChoice, toChoice, wayOf } from './way.ts'

/** What of a tree is chosen by a moment or a name, before it is said what is done with it. */
export interface Picked {
  readonly at: string
  readonly targets: RollbackTarget[]
  readonly left: string[]
}

function picked(at: string, tree: Tree, found: ReadonlyMap<string, Snapshot>): Picked {
  const targets = [...found.values()].map((each) => ({
    dataset: each.dataset,
    snapshot: each.name,
    guid: each.guid,
    createtxg: each.createtxg,
    createdAt: each.createdAt,
  }))
  return { at, targets, left: tree.datasets.map((each) => each.name).filter((name) => !found.has(name)) }
}

const byName = (tree: Tree, name: string): Picked =>
  picked(
    name,
    tree,
    newestOfEach(tree, (each) => each.name === name),
  )

/** What every name of a snapshot picks, the newest first; at most so many. */
export function byNames(tree: Tree, most: number): Picked[] {
  const its = Map.groupBy(
    tree.snapshots.toSorted((a, b) => b.createtxg - a.createtxg),
    (each) => each.name,
  )
  return [...its]
    .slice(0, most)
    .map(([name, all]) => picked(name, tree, new Map(all.toReversed().map((each) => [each.dataset, each]))))
}

export const newest = (tree: Tree): Picked =>
  picked(
    'latest',
    tree,
    newestOfEach(tree, () => true),
  )

function atMoment(tree: Tree, at: string, zone: string): Picked {
  const instant = parseInstant(at, zone)
  return picked(at, tree, newestUntil(tree, instant))
}

function named(run: Run, tree: Tree, name: string): Picked {
  const wanted = name.slice(name.indexOf('@') + 1)
  const found = byName(tree, wanted)
  // Files can be copied out of those that have it.
  if (found.targets.length === 0 || (found.left.length > 0 && wayOf(run) !== 'files')) {
    throw new Refused({
      code: 'snapshot-missing',
      message:
        found.targets.length === 0
          ? `no dataset has a snapshot called ${wanted}`
          : `these datasets have no snapshot called ${wanted}: ${found.left.join(', ')}`,
      notChanged: ['nothing was changed in the pool'],
      next: [
        {
          why: 'take each dataset to its newest snapshot at or before a moment instead',
          command: `lifeboat resume ${run.id} --at ${run.now().toISOString().slice(0, 13)}:00:00Z --way ${wayOf(run)}`,
        },
      ],
    })
  }
  return found
}

/** What is done with what was picked. @throws Refused where nothing is left to do it with */
function onTheWay(run: Run, tree: Tree, what: Picked): Point {
  const way = wayOf(run)
  if (way === 'none') return head
  if (what.targets.length === 0)
    throw new Refused({
      code: 'no-snapshot-at',
      message: `no dataset has a snapshot at or before ${what.at}`,
      notChanged: ['nothing was changed in the pool'],
    })
  if (way === 'files') return toCopy(run, tree, what)
  if (way === 'rollback') return { way, ...what }
  // The pool's own dataset can't be renamed, so no clone can take its place.
  const { pool } = poolOf(run)
  const targets = what.targets.filter((each) => each.dataset !== pool)
  if (targets.length === 0)
    throw new Refused({
      code: 'only-the-pool',
      message: `only ${pool} itself has that snapshot, and no clone can take its place`,
      notChanged: ['nothing was changed in the pool'],
    })
  const left = targets.length === what.targets.length ? what.left : [pool, ...what.left]
  return { way, at: what.at, targets, left }
}

/** Which dataset a path is in, and where in it. @throws Refused */
function toCopy(run: Run, tree: Tree, { at, targets: all, left }: Picked): Point {
  const { path } = run.answer(pathChoice)
  const { to } = run.answer(toChoice)
  const { dataset } = run.flags
  // A zvol holds a disk, not files.
  const disks = new Set(tree.datasets.filter((each) => each.type === 'volume').map((each) => each.name))
  const targets = all.filter((each) => !disks.has(each.dataset))
  if (targets.length === 0)
    throw new Refused({
      code: 'only-zvols',
      message: `only zvols have that snapshot, and they hold disks, not files: ${few(all.map((each) => each.dataset))}`,
      notChanged: ['nothing was copied'],
    })
  if (path === null)
    return {
      way: 'files',
      at,
      targets,
      left: [...left, ...all.flatMap((each) => (disks.has(each.dataset) ? [each.dataset] : []))],
      path: null,
      to,
    }
  const found = path.startsWith('/')
    ? holderOf(tree, path)
    : { dataset: nameHere(run, dataset[0] ?? ''), path: posix.normalize(path).replace(/(?<=.)\/$/, '') }
  const its = targets.find((each) => each.dataset === found?.dataset)
  if (found === undefined || its === undefined || /^\.\.(\/|$)/.test(found.path))
    throw new Refused({
      code: 'path-nowhere',
      message:
        found === undefined || its !== undefined
          ? `${path} is in no dataset of the pool`
          : `${path} is in ${found.dataset}, which has no such snapshot`,
      notChanged: ['nothing was copied'],
      next: [{ why: 'name another path', command: `lifeboat resume ${run.id} --path PATH` }],
    })
  return { way: 'files', at, targets: [its], left: [], path: found.path, to }
}

/** What this comes to on the way that was chosen, or why it can't be. */
export function possible(run: Run, tree: Tree, what: Picked): Point | Refused {
  try {
    return onTheWay(run, tree, what)
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

/** A moment as it may be named: `head`, `latest`, a snapshot's name, or a time. */
export async function resolveAt(run: Run, at: string): Promise<Point> {
  if (at === 'head') return head
  const tree = await treeOf(run)
  if (at === 'latest') return onTheWay(run, tree, newest(tree))
  const { timeZone } = run.answer(targetHostKey)
  return onTheWay(run, tree, isMoment(at) ? atMoment(tree, at, timeZone) : named(run, tree, at))
}
