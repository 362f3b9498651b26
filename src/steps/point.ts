import { fullName, writtenSince } from '../remote/zfs/dataset.ts'
import { bytes } from '../text/bytes.ts'
import { Refused } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { many } from '../text/many.ts'
import { age, parseInstant } from '../text/time.ts'
import { byNames, newest, possible, resolveAt, type Picked } from './pick-point.ts'
import { head, pointKey, targetsOf, type Point } from './point-answer.ts'
import { checkPointFlags, isMoment } from './point-flags.ts'
import { countExpired, pointFindings } from './point-findings.ts'
import { looksOf } from './looks.ts'
import { treeOf, type Tree } from './point-tree.ts'
import { poolOf } from './pool-at-work.ts'
import { fact, type Choice, type Fact, type Finding, type Option, type Run } from './step.ts'
import { targetHostKey } from './target-host.ts'
import { wayOf } from './way.ts'

const createdAt = ({ targets }: Picked): string =>
  targets
    .map((each) => each.createdAt)
    .toSorted()
    .at(0) ?? ''

/** What so many of the newest moments would lose is asked beforehand: each costs ZFS a walk over what was written since. */
const asked = 24

/** So many snapshots of datasets are offered at most, over all moments: more is no list any more. */
const offered = 2_000_000

/** How many snapshots are newer than the targets, and so would be destroyed. */
function newerThan(tree: Tree): (chosen: Picked) => number {
  const txgs = new Map(
    [...Map.groupBy(tree.snapshots, (each) => each.dataset)].map(([dataset, its]) => [
      dataset,
      its.map((each) => each.createtxg).toSorted((a, b) => a - b),
    ]),
  )
  return ({ targets }) =>
    targets.reduce((sum, { dataset, createtxg }) => {
      const all = txgs.get(dataset) ?? []
      return sum + all.length - countUpTo(all, createtxg)
    }, 0)
}

/** How many of some numbers are not greater. @param sorted ascending */
function countUpTo(sorted: readonly number[], limit: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] ?? 0) <= limit) from = middle + 1
    else to = middle
  }
  return from
}

/** What was written since, where it was asked for. */
function lost({ targets }: Picked, written: ReadonlyMap<string, number>): string {
  const known = targets.map((each) => written.get(fullName(each)))
  if (known.includes(undefined)) return 'loses what was written since (told when it is chosen), '
  return `loses ${bytes(known.reduce((sum: number, each) => sum + (each ?? 0), 0))} written since, `
}

async function* pointOptions(run: Run): AsyncGenerator<Fact | Option<Point>> {
  const tree = await treeOf(run)
  const { pool } = poolOf(run)
  const { timeZone } = run.answer(targetHostKey)
  yield fact(`${many(tree.datasets.length, 'dataset')}, ${many(tree.snapshots.length, 'snapshot')}`)
  if (wayOf(run) === 'none') {
    yield { kind: 'option', value: head, label: 'the head, as it is' }
    return
  }
  if (tree.snapshots.length === 0) return
  const latest = newest(tree)
  // Who names the moment beforehand needs no list of all.
  const most = run.flags.at === undefined ? Math.max(asked, Math.floor(offered / tree.datasets.length)) : asked
  const moments = byNames(tree, most)
  const recent = [latest, ...moments.slice(0, asked)].flatMap((each) => each.targets)
  const written = await run.do(writtenSince(pool, recent))
  const newer = newerThan(tree)
  /** Why those that can't be had can't be. */
  const refused = new Set<string>()
  const optionsOf = (what: Picked, label: string): Option<Point>[] => {
    const value = possible(run, tree, what)
    if (value instanceof Refused) {
      refused.add(value.message)
      return []
    }
    const of = `${targetsOf(value).length} of ${tree.datasets.length} datasets`
    const details = {
      none: '',
      rollback: `rolls back ${of}: ${lost(what, written)}destroys ${many(newer(what), 'newer snapshot')}`,
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

/** What is left although it may have the snapshot, because of what it is. */
function exceptions(run: Run, tree: Tree, { way, left }: Exclude<Point, { way: 'none' }>) {
  const zvols = tree.datasets.flatMap((each) => (each.type === 'volume' ? [each.name] : []))
  const its = way === 'files' ? zvols : way === 'clone' ? [poolOf(run).pool] : []
  const names = left.filter((name) => its.includes(name))
  const why =
    way === 'files'
      ? 'nothing is copied out of zvols, which hold disks, not files'
      : "left as in the head, because no clone can take the place of the pool's own dataset"
  const findings: Finding[] = names.length === 0 ? [] : [{ level: 'warn', message: `${why}: ${few(names)}` }]
  return { names, findings }
}

async function fromFlags(run: Run): Promise<Point | undefined> {
  const { at } = run.flags
  checkPointFlags(run, run.answer(targetHostKey).timeZone)
  return at === undefined ? undefined : resolveAt(run, at)
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
  looks: looksOf,
  typed: { what: "any snapshot's name, or a time such as 2026-01-31T23:00:00Z", read: resolveAt },
  async check(run, answer): Promise<Finding[]> {
    if (answer.way === 'none') return []
    const tree = await treeOf(run)
    const { timeZone } = run.answer(targetHostKey)
    const excepted = exceptions(run, tree, answer)
    const findings = pointFindings({
      ...answer,
      left: answer.left.filter((name) => !excepted.names.includes(name)),
      asked: isMoment(answer.at) ? parseInstant(answer.at, timeZone) : undefined,
      written: await run.do(writtenSince(poolOf(run).pool, answer.targets)),
      snapshots: tree.snapshots,
      zone: timeZone,
      now: run.now(),
    })
    return [...findings, ...excepted.findings]
  },
}
