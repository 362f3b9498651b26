import { z } from 'zod'
import { holdTags, listSnapshots, type Snapshot } from '../remote/zfs/dataset.ts'
import { commandText } from '../remote/remote.ts'
import { exportPool, importPool } from '../remote/zfs/pool.ts'
import type { Rollback } from '../remote/zfs/rollback-program.ts'
import { bytes } from '../text/bytes.ts'
import { Refused, type Next } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { age } from '../text/time.ts'
import { findDiskAction } from './find-disk.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import { pointKey, targetsOf, type Point } from './point.ts'
import { poolOf } from './pool-at-work.ts'
import { beyond } from './may-destroy.ts'
import { planOf } from './review.ts'
import { volumeToPutAway } from './put-away.ts'
import { untouchedSnapshot } from './snapshot-original.ts'
import { commandsOfWay, demandWay } from './way-possible.ts'
import { fact, type AnswerKey, type Fact, type AnyAction, type Choice, type Run } from './step.ts'

const reviewed = z.object({
  rollbacks: z.array(z.object({ dataset: z.string(), snapshot: z.string(), destroys: z.array(z.string()) })),
  /** The volume that was only made to look into, where nothing else is wanted of it than a copy of some files. */
  deletes: z.array(z.string()).default([]),
})

/** What was confirmed: exactly these snapshots go, and these datasets' heads. Empty when the head is kept. */
export type Reviewed = z.infer<typeof reviewed>

/** By which other steps look the confirmed list up. */
export const reviewRollbackKey: AnswerKey<Reviewed> = { id: 'review-rollback', answer: reviewed }

interface Found {
  readonly rollbacks: readonly Rollback[]
  /** The snapshots that go, newest first. */
  readonly going: readonly Snapshot[]
  /** Bookmarks newer than a target, which nothing but `zfs destroy` of each can remove. */
  readonly bookmarks: readonly Snapshot[]
}

const depth = (name: string): number => name.split('/').length

async function lookUp(run: Run): Promise<Found> {
  const point = run.answer(pointKey)
  if (point.way !== 'rollback') return { rollbacks: [], going: [], bookmarks: [] }
  const all = await run.do(listSnapshots(poolOf(run).pool))
  const targets = new Map(point.targets.map((each) => [each.dataset, each]))
  const newer = all
    .filter((each) => each.createtxg > (targets.get(each.dataset)?.createtxg ?? Number.POSITIVE_INFINITY))
    .toSorted((a, b) => b.createtxg - a.createtxg)
  const going = newer.filter((each) => each.kind === 'snapshot')
  // Children first: a parent's rollback must find nothing mounted or changed below it.
  const rollbacks = point.targets
    .toSorted((a, b) => depth(b.dataset) - depth(a.dataset))
    .map(({ dataset, snapshot }) => ({
      dataset,
      snapshot,
      destroys: going.filter((each) => each.dataset === dataset).map((each) => each.name),
    }))
  return { rollbacks, going, bookmarks: newer.filter((each) => each.kind === 'bookmark') }
}

/** A pool that is only looked at is open read-only: what lifts a blocker has to open it for writing, and close it again. */
function liftingCommand(run: Run, lines: readonly string[]): string {
  if (run.route === 'local') return run.onHost(lines.join(' && '))
  const { pool, guid } = run.effect(inspectPoolAction)
  const { node } = run.effect(findDiskAction)
  const open = [exportPool(pool), importPool({ guid, node, force: true })].map(commandText)
  const line = [...open, ...lines, commandText(exportPool(pool))].join(' && ')
  return run.onHost(line)
}

const full = (each: Snapshot): string => `${each.dataset}${each.kind === 'bookmark' ? '#' : '@'}${each.name}`

async function refuseBlockers(run: Run, found: Found): Promise<void> {
  const held = found.going.filter((each) => each.holds > 0)
  const cloned = found.going.filter((each) => each.clones.length > 0)
  const tags =
    held.length === 0
      ? []
      : await run.do(holdTags(held.map((each) => ({ dataset: each.dataset, snapshot: each.name }))))
  const blockers = [
    ...tags.map(({ tag, name }) => ({ what: `${name} is held by "${tag}"`, line: sh`zfs release ${tag} ${name}` })),
    ...cloned.map((each) => ({
      what: `${full(each)} has the clone ${each.clones.join(', ')}`,
      line: each.clones.map((clone) => sh`zfs promote ${clone}`).join(' && '),
    })),
    ...found.bookmarks.map((each) => ({
      what: `${full(each)} is a bookmark newer than the snapshot`,
      line: sh`zfs destroy ${full(each)}`,
    })),
  ]
  if (blockers.length === 0) return
  const next: Next[] = [
    ...blockers.map(({ what, line }) => ({
      why: `lift it yourself, if nobody needs it: ${what}`,
      command: liftingCommand(run, [line]),
    })),
    { why: 'then go on', command: `lifeboat resume ${run.id}` },
    { why: 'or keep the head: nothing is destroyed', command: `lifeboat resume ${run.id} --at head --way none` },
  ]
  throw new Refused({
    code: 'rollback-blocked',
    message: `the rollback would need to destroy what can't be destroyed: ${blockers.map((each) => each.what).join('; ')}`,
    notChanged: ['no snapshot was destroyed and no dataset was rolled back'],
    next,
  })
}

/** @throws Refused where a plan allows less */
function refuseBeyondPlan(run: Run, { going, rollbacks }: Found): void {
  const more =
    run.bound === null
      ? []
      : beyond(
          run.bound,
          rollbacks.map((each) => each.dataset),
          going,
        )
  if (more.length === 0) return
  const some = more.slice(0, 5).join(', ')
  throw new Refused({
    code: 'beyond-plan',
    message: `the plan allows less than this would destroy: ${some}${more.length > 5 ? ` and ${more.length - 5} more` : ''}`,
    notChanged: ['no snapshot was destroyed and no dataset was rolled back'],
    next: [{ why: 'keep the head: nothing is destroyed', command: `lifeboat resume ${run.id} --at head --way none` }],
  })
}

/** The exact list of what goes, newest first: the last thing that is read before the answer. */
function* toBeLost(run: Run, { going, rollbacks }: Found): Generator<Fact> {
  for (const each of rollbacks) yield fact(`rolls back ${each.dataset} to @${each.snapshot}`)
  for (const each of going) {
    yield fact(`destroys ${full(each)}  ${age(each.createdAt, run.now())} old  ${bytes(each.usedBytes)}`)
  }
  if (rollbacks.length === 0) return
  yield fact(`in all: ${going.length} snapshots, and what ${rollbacks.length} datasets have written since`)
  if (run.route === 'local') {
    yield fact(
      'a checkpoint of the pool is made first: until the services start, lifeboat undo brings all of this back',
    )
    return
  }
  const { snapshotId, startedAt } = untouchedSnapshot(run)
  yield fact(`the EBS snapshot ${snapshotId} of ${startedAt} is not touched: all of this is still in it`)
}

/** What the answer leads to, in a few words. */
function inShort({ going, rollbacks }: Found, answer: Point): string {
  const count = targetsOf(answer).length
  switch (answer.way) {
    case 'none':
      return 'keep the head and start the services'
    case 'rollback':
      return `destroy ${going.length} snapshots and roll back ${rollbacks.length} datasets`
    case 'clone':
      return `put clones of the snapshots in the place of ${count} datasets, which stay beside them`
    case 'files':
      return `copy ${answer.path ?? 'everything'} out of ${count} datasets to ${answer.to}`
  }
}

/** The run as it will be with this answer: what it will do is shown before it is given. */
const asIfAnswered = (run: Run, value: Reviewed): Run => ({
  ...run,
  answer: <A>(key: AnswerKey<A>): A => (key.id === reviewRollbackKey.id ? key.answer.parse(value) : run.answer(key)),
})

const dangers = { none: 'moderate', rollback: 'destructive', clone: 'moderate', files: 'low' } as const

/** The question before the only step that destroys something: the exact list, and what stands in the way. */
export const reviewRollbackChoice = (actions: readonly AnyAction[]): Choice<Reviewed> => ({
  ...reviewRollbackKey,
  kind: 'choice',
  version: 1,
  needs: ['point'],
  question: 'Shall the services run on this data?',
  flag: '--yes, or --confirm HOST for a rollback',
  answeredBy: [],
  why: 'From here on the pool on the new volume is written to. A rollback destroys the newer snapshots of a dataset and everything written after the chosen one, for good: the EBS snapshot is then the only place that still has it. ZFS would destroy the newer ones one by one and only then notice that one is held or cloned; so everything is checked over the whole tree first, and it is all of it or nothing.',
  danger: (run) => dangers[run.answer(pointKey).way],
  confirmation(run) {
    const point = run.answer(pointKey)
    return point.way === 'rollback' && point.targets.length === 1
      ? (point.targets[0]?.dataset ?? run.host.name)
      : run.host.name
  },
  async *options(run) {
    await demandWay(run)
    const found = await lookUp(run)
    refuseBeyondPlan(run, found)
    await refuseBlockers(run, found)
    const rollbacks = found.rollbacks.map((each) => ({ ...each, destroys: [...each.destroys] }))
    const value = { rollbacks, deletes: volumeToPutAway(run) }
    yield* planOf(asIfAnswered(run, value), actions)
    yield* commandsOfWay(run)
    yield* toBeLost(run, found)
    yield { kind: 'option', value, label: inShort(found, run.answer(pointKey)) }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: async () => [],
})
