import { posix } from 'node:path'
import { z } from 'zod'
import { fullName, writtenSince, type Snapshot } from '../remote/zfs/dataset.ts'
import { bytes } from '../text/bytes.ts'
import { Refused } from '../text/errors.ts'
import { age, parseInstant } from '../text/time.ts'
import { nameHere } from './inspect-pool.ts'
import { checkPointFlags, isMoment } from './point-flags.ts'
import { countExpired, pointFindings } from './point-findings.ts'
import { holderOf, newestOfEach, newestUntil, treeOf, type Tree } from './point-tree.ts'
import { poolOf } from './pool-at-work.ts'
import { fact, type AnswerKey, type Choice, type Fact, type Finding, type Option, type Run } from './step.ts'
import { targetHostKey } from './target-host.ts'
import { pathChoice, toChoice, wayOf } from './way.ts'

const target = z.object({
  dataset: z.string(),
  snapshot: z.string(),
  guid: z.string(),
  createtxg: z.number(),
  createdAt: z.string(),
})

/** The snapshot that one dataset goes back to. */
type RollbackTarget = z.infer<typeof target>

const pickedFields = { at: z.string(), targets: z.array(target).min(1), left: z.array(z.string()) }

const point = z.discriminatedUnion('way', [
  z.object({ way: z.literal('none'), at: z.literal('head') }),
  z.object({ way: z.literal('rollback'), ...pickedFields }),
  z.object({ way: z.literal('clone'), ...pickedFields }),
  z.object({
    way: z.literal('files'),
    ...pickedFields,
    /** Below the only target's top; null for all of every target. */
    path: z.string().nullable(),
    /** A folder on the host. */
    to: z.string(),
  }),
])

export type Point = z.infer<typeof point>

/** By which other steps look the chosen moment and way up. */
export const pointKey: AnswerKey<Point> = { id: 'point', answer: point }

/** The snapshots that the datasets go back to, or are copied from; none where the head is kept. */
export const targetsOf = (answer: Point): readonly RollbackTarget[] => (answer.way === 'none' ? [] : answer.targets)

/** The targets where the datasets are to stand on them in the end. */
export const servedTargets = (answer: Point): readonly RollbackTarget[] =>
  answer.way === 'files' ? [] : targetsOf(answer)

/** What of a tree is chosen by a moment or a name, before it is said what is done with it. */
interface Picked {
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

const newest = (tree: Tree): Picked =>
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
function toCopy(run: Run, tree: Tree, { at, targets, left }: Picked): Point {
  const { path } = run.answer(pathChoice)
  const { to } = run.answer(toChoice)
  const { dataset } = run.flags
  if (path === null) return { way: 'files', at, targets, left, path: null, to }
  const found = path.startsWith('/')
    ? holderOf(tree, path)
    : { dataset: nameHere(run, dataset[0] ?? ''), path: posix.normalize(path) }
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

const createdAt = ({ targets }: Picked): string =>
  targets
    .map((each) => each.createdAt)
    .toSorted()
    .at(0) ?? ''

/** How many of the newest snapshot names are offered. One listing asks for what each would lose. */
const offered = 24

function newestNames(tree: Tree): string[] {
  const names = new Set<string>()
  for (const snapshot of tree.snapshots.toSorted((a, b) => b.createtxg - a.createtxg)) {
    names.add(snapshot.name)
    if (names.size === offered) break
  }
  return [...names]
}

/** How many snapshots are newer than the targets, and so would be destroyed. */
function newerThan(tree: Tree, chosen: Picked): number {
  const targets = new Map(chosen.targets.map((each) => [each.dataset, each.createtxg]))
  return tree.snapshots.filter((each) => each.createtxg > (targets.get(each.dataset) ?? Number.POSITIVE_INFINITY))
    .length
}

const head: Point = { way: 'none', at: 'head' }

async function* pointOptions(run: Run): AsyncGenerator<Fact | Option<Point>> {
  const tree = await treeOf(run)
  const { pool } = poolOf(run)
  const { timeZone } = run.answer(targetHostKey)
  yield fact(`${tree.datasets.length} datasets, ${tree.snapshots.length} snapshots`)
  if (wayOf(run) === 'none') {
    yield { kind: 'option', value: head, label: 'the head, as it is' }
    return
  }
  if (tree.snapshots.length === 0) return
  const latest = newest(tree)
  const moments = newestNames(tree).map((name) => byName(tree, name))
  const written = await run.do(
    writtenSince(
      pool,
      [latest, ...moments].flatMap((each) => each.targets),
    ),
  )
  /** Why those that can't be had can't be. */
  const refused = new Set<string>()
  const optionsOf = (what: Picked, label: string): Option<Point>[] => {
    const value = possible(run, tree, what)
    if (value instanceof Refused) {
      refused.add(value.message)
      return []
    }
    const since = what.targets.reduce((sum, each) => sum + (written.get(fullName(each)) ?? 0), 0)
    const of = `${targetsOf(value).length} of ${tree.datasets.length} datasets`
    const details = {
      none: '',
      rollback: `rolls back ${of}: loses ${bytes(since)} written since, destroys ${newerThan(tree, what)} newer snapshots`,
      clone: `puts clones in the place of ${of}: destroys nothing, the old ones stay beside them`,
      files: `copies files out of ${of}: changes nothing in the pool`,
    }
    const late = countExpired(what.targets, timeZone, run.now())
    return [
      {
        kind: 'option',
        value,
        label: `${label}  ${age(createdAt(what), run.now())} old`,
        detail: `${details[value.way]}${late === 0 ? '' : `; ${late} of them past their time to live`}`,
      },
    ]
  }
  const options = [
    ...optionsOf(latest, "each dataset's newest snapshot"),
    ...moments.flatMap((each) => optionsOf(each, each.at)),
  ]
  if (options.length === 0) for (const message of refused) yield fact(message)
  yield* options
}

/** What this comes to on the way that was chosen, or why it can't be. */
function possible(run: Run, tree: Tree, what: Picked): Point | Refused {
  try {
    return onTheWay(run, tree, what)
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

async function fromFlags(run: Run): Promise<Point | undefined> {
  const { at } = run.flags
  checkPointFlags(run, run.answer(targetHostKey).timeZone)
  return at === undefined ? undefined : resolveAt(run, at)
}

/** A moment as it may be named: `head`, `latest`, a snapshot's name, or a time. */
async function resolveAt(run: Run, at: string): Promise<Point> {
  if (at === 'head') return head
  const tree = await treeOf(run)
  if (at === 'latest') return onTheWay(run, tree, newest(tree))
  const { timeZone } = run.answer(targetHostKey)
  return onTheWay(run, tree, isMoment(at) ? atMoment(tree, at, timeZone) : named(run, tree, at))
}

/** Which moment of the pool's data the services are to run on. */
export const pointChoice: Choice<Point> = {
  ...pointKey,
  kind: 'choice',
  version: 1,
  needs: ['inspect-pool', 'way', 'path', 'to'],
  question: 'Which moment of the data should it be?',
  flag: '--at',
  answeredBy: ['at', 'dataset'],
  why: 'Each zfsnap snapshot holds one hour of each dataset. Take the newest one that is still good: all that was written after it is lost with a rollback, or missing from a clone. Where datasets have different snapshots, each goes to its newest at or before that moment.',
  danger: () => 'none',
  options: pointOptions,
  settled: (run) => (wayOf(run) === 'none' ? head : undefined),
  // Which moment is still good, only the operator knows.
  suggested: () => undefined,
  fromFlags,
  typed: { what: "any snapshot's name, or a time such as 2026-01-31T23:00:00Z", read: resolveAt },
  async check(run, answer): Promise<Finding[]> {
    if (answer.way === 'none') return []
    const tree = await treeOf(run)
    const { timeZone } = run.answer(targetHostKey)
    return pointFindings({
      ...answer,
      asked: isMoment(answer.at) ? parseInstant(answer.at, timeZone) : undefined,
      written: await run.do(writtenSince(poolOf(run).pool, answer.targets)),
      snapshots: tree.snapshots,
      zone: timeZone,
      now: run.now(),
    })
  },
}
