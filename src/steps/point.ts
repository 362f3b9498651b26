import { z } from 'zod'
import { fullName, writtenSince, type Snapshot } from '../remote/zfs/dataset.ts'
import { expiry, parseZfsnapName } from '../remote/zfsnap.ts'
import { bytes } from '../text/bytes.ts'
import { Refused } from '../text/errors.ts'
import { age, parseInstant } from '../text/time.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import { checkPointFlags, isMoment } from './point-flags.ts'
import { newestOfEach, treeOf, type Tree } from './point-tree.ts'
import { fact, type Choice, type Finding, type Option, type Run } from './step.ts'
import { targetChoice } from './target.ts'

const target = z.object({
  dataset: z.string(),
  snapshot: z.string(),
  guid: z.string(),
  createtxg: z.number(),
  createdAt: z.string(),
})

/** The snapshot that one dataset goes back to. */
type RollbackTarget = z.infer<typeof target>

const point = z.discriminatedUnion('way', [
  z.object({ way: z.literal('none'), at: z.literal('head') }),
  z.object({ way: z.literal('rollback'), at: z.string(), targets: z.array(target).min(1), left: z.array(z.string()) }),
])

export type Point = z.infer<typeof point>

function pointOf(at: string, tree: Tree, found: ReadonlyMap<string, Snapshot>): Point {
  const targets = [...found.values()].map((each) => ({
    dataset: each.dataset,
    snapshot: each.name,
    guid: each.guid,
    createtxg: each.createtxg,
    createdAt: each.createdAt,
  }))
  const left = tree.datasets.map((each) => each.name).filter((name) => !found.has(name))
  return { way: 'rollback', at, targets, left }
}

const byName = (tree: Tree, name: string): Point =>
  pointOf(
    name,
    tree,
    newestOfEach(tree, (each) => each.name === name),
  )

function atMoment(tree: Tree, at: string, zone: string): Point {
  const instant = parseInstant(at, zone)
  const found = newestOfEach(tree, (each) => new Date(each.createdAt).getTime() <= instant.getTime())
  if (found.size === 0)
    throw new Refused({ code: 'no-snapshot-at', message: `no dataset has a snapshot at or before ${at}` })
  return pointOf(at, tree, found)
}

function named(run: Run, tree: Tree, name: string): Point {
  const wanted = name.slice(name.indexOf('@') + 1)
  const chosen = byName(tree, wanted)
  if (chosen.way === 'rollback' && chosen.left.length > 0) {
    throw new Refused({
      code: 'snapshot-missing',
      message:
        chosen.targets.length === 0
          ? `no dataset has a snapshot called ${wanted}`
          : `these datasets have no snapshot called ${wanted}: ${chosen.left.join(', ')}`,
      notChanged: ['nothing was rolled back, the pool is imported read-only'],
      next: [
        {
          why: 'take each dataset to its newest snapshot at or before a moment instead',
          command: `lifeboat resume ${run.id} --at ${run.now().toISOString().slice(0, 13)}:00:00Z --way rollback`,
        },
      ],
    })
  }
  return chosen
}

const createdAt = (chosen: Point): string =>
  chosen.way === 'none'
    ? ''
    : (chosen.targets
        .map((each) => each.createdAt)
        .toSorted()
        .at(0) ?? '')

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

const targetsOf = (chosen: Point): readonly RollbackTarget[] => (chosen.way === 'none' ? [] : chosen.targets)

/** How many snapshots are newer than the targets, and so would be destroyed. */
function newerThan(tree: Tree, chosen: Point): number {
  const targets = new Map(targetsOf(chosen).map((each) => [each.dataset, each.createtxg]))
  return tree.snapshots.filter((each) => each.createtxg > (targets.get(each.dataset) ?? Number.POSITIVE_INFINITY))
    .length
}

async function* pointOptions(run: Run) {
  const tree = await treeOf(run)
  const { pool } = run.effect(inspectPoolAction)
  yield fact(`${tree.datasets.length} datasets, ${tree.snapshots.length} snapshots`)
  const head: Option<Point> = {
    kind: 'option',
    value: { way: 'none', at: 'head' },
    label: 'keep the head as it is: no rollback',
    detail: 'loses nothing of what the EBS snapshot holds; a snapshot of one volume is consistent by itself',
  }
  yield head
  if (tree.snapshots.length === 0) return
  const newest = pointOf(
    'latest',
    tree,
    newestOfEach(tree, () => true),
  )
  const moments = newestNames(tree).map((name) => byName(tree, name))
  const written = await run.do(writtenSince(pool, [newest, ...moments].flatMap(targetsOf)))
  const optionOf = (value: Point, label: string): Option<Point> => {
    const loss = targetsOf(value).reduce((sum, each) => sum + (written.get(fullName(each)) ?? 0), 0)
    const of = `${targetsOf(value).length} of ${tree.datasets.length} datasets`
    return {
      kind: 'option',
      value,
      label: `${label}  ${age(createdAt(value), run.now())} old`,
      detail: `rolls back ${of}: loses ${bytes(loss)} written since, destroys ${newerThan(tree, value)} newer snapshots`,
    }
  }
  yield optionOf(newest, "each dataset's newest snapshot")
  for (const chosen of moments) yield optionOf(chosen, chosen.at)
}

async function fromFlags(run: Run): Promise<Point | undefined> {
  const { at, way } = run.flags
  checkPointFlags(run.flags, run.answer(targetChoice).timeZone)
  if (at === undefined && way === undefined) return undefined
  return resolveAt(run, at ?? 'head')
}

/** A moment as it may be named: `head`, `latest`, a snapshot's name, or a time. */
async function resolveAt(run: Run, at: string): Promise<Point> {
  if (at === 'head') return { way: 'none', at: 'head' }
  const tree = await treeOf(run)
  if (at === 'latest')
    return pointOf(
      at,
      tree,
      newestOfEach(tree, () => true),
    )
  return isMoment(at) ? atMoment(tree, at, run.answer(targetChoice).timeZone) : named(run, tree, at)
}

function expired(chosen: RollbackTarget, now: Date): boolean {
  const name = parseZfsnapName(chosen.snapshot)
  const end = name === undefined ? undefined : expiry(new Date(chosen.createdAt), name.ttl)
  return end !== undefined && end.getTime() <= now.getTime()
}

/** Which moment of the pool's data the services are to run on. */
export const pointChoice: Choice<Point> = {
  kind: 'choice',
  id: 'point',
  version: 1,
  needs: ['inspect-pool'],
  question: 'Which moment of the data should the services run on?',
  flag: '--at and --way',
  answeredBy: ['at', 'way', 'dataset'],
  why: 'The head is the newest data there is: the EBS snapshot was taken later than the last hourly zfsnap snapshot, and ZFS comes back from it as from a power cut. After a lost volume it is the right choice, and rolling back throws away what was written since the last hourly for nothing. Roll back only when the head itself is bad: files deleted, overwritten or encrypted by somebody. Rolling back destroys the newer snapshots too.',
  danger: () => 'none',
  answer: point,
  options: pointOptions,
  suggested: (_run, seen) => seen[0],
  fromFlags,
  typed: { what: "any snapshot's name, or a time such as 2026-01-31T23:00:00Z", read: resolveAt },
  async check(run, answer): Promise<Finding[]> {
    if (answer.way === 'none') return []
    const findings: Finding[] = []
    const transactions = new Set(answer.targets.map((each) => each.createtxg))
    if (transactions.size > 1) {
      findings.push({
        level: 'info',
        message: `the chosen snapshots were not made in one moment: ${transactions.size} transaction groups`,
      })
    }
    for (const name of answer.left) {
      findings.push({ level: 'warn', message: `${name} has no such snapshot: it is left as it is in the head` })
    }
    const late = answer.targets.filter((each) => expired(each, run.now()))
    if (late.length > 0) {
      findings.push({
        level: 'info',
        message: `${late.length} of the chosen snapshots are past their time to live; they will be held`,
      })
    }
    return findings
  },
}
