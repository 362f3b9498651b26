import { z } from 'zod'
import { bytes } from '../text/bytes.ts'
import { Refused } from '../text/errors.ts'
import { many } from '../text/many.ts'
import { age } from '../text/time.ts'
import { pointKey, targetsOf, type Point } from './point-answer.ts'
import { snapshotsOf } from './point-tree.ts'
import { beyond } from './may-destroy.ts'
import { busyBlockers } from './busy-blockers.ts'
import { nameHere } from './inspect-pool.ts'
import { planMounts } from './mount-plan.ts'
import { refuseBlockers } from './refuse-blockers.ts'
import { replicationAtRisk, replicationLeftBeside } from './replication.ts'
import { planOf } from './review.ts'
import { blockersInPool, nameOf, type ToRollBack } from './rollback-blockers.ts'
import { volumeToPutAway } from './put-away.ts'
import { toRemove } from './remove-scratch.ts'
import { untouchedSnapshot } from './snapshot-original.ts'
import { commandsOfWay, demandWay } from './way-possible.ts'
import { fact, type AnswerKey, type Fact, type AnyAction, type Choice, type Run } from './step.ts'
import { wayBack } from './way-back.ts'

const reviewed = z.object({
  rollbacks: z.array(z.object({ dataset: z.string(), snapshot: z.string(), destroys: z.array(z.string()) })),
  /** What goes at the end: the volume that files were only copied out of, or all that a drill made. */
  deletes: z.array(z.string()).default([]),
})

/** What was confirmed: exactly these snapshots go, and these datasets' heads. Empty when the head is kept. */
export type Reviewed = z.infer<typeof reviewed>

/** By which other steps look the confirmed list up. */
export const reviewRollbackKey: AnswerKey<Reviewed> = { id: 'review-rollback', answer: reviewed }

const depth = (name: string): number => name.split('/').length

async function lookUp(run: Run): Promise<ToRollBack> {
  const point = run.answer(pointKey)
  if (point.way !== 'rollback') return { rollbacks: [], going: [], bookmarks: [], all: [] }
  const all = await snapshotsOf(run)
  const targets = new Map(point.targets.map((each) => [each.dataset, each]))
  const newer = all
    .filter((each) => each.createtxg > (targets.get(each.dataset)?.createtxg ?? Number.POSITIVE_INFINITY))
    .toSorted((a, b) => b.createtxg - a.createtxg)
  const going = newer.filter((each) => each.kind === 'snapshot')
  const ofDataset = Map.groupBy(going, (each) => each.dataset)
  // Children first: a parent's rollback must find nothing mounted or changed below it.
  const rollbacks = point.targets
    .toSorted((a, b) => depth(b.dataset) - depth(a.dataset))
    .map(({ dataset, snapshot }) => ({
      dataset,
      snapshot,
      destroys: (ofDataset.get(dataset) ?? []).map((each) => each.name),
    }))
  return { rollbacks, going, bookmarks: newer.filter((each) => each.kind === 'bookmark'), all }
}

/** What is in the way is told before anything is stopped or changed. @throws Refused */
async function demandFreeWay(run: Run, found: ToRollBack): Promise<void> {
  const busy = await busyBlockers(run)
  const inPool = found.rollbacks.length === 0 ? [] : await blockersInPool(run, found, busy.mountedSnapshots)
  // A clone that is mounted somewhere can't be destroyed: so what is in use comes first.
  refuseBlockers(run, [...busy.blockers, ...inPool])
  const point = run.answer(pointKey)
  const risk =
    point.way === 'clone'
      ? replicationLeftBeside(point.targets, await snapshotsOf(run))
      : replicationAtRisk(found.going)
  if (risk !== undefined) run.finding('warn', risk)
}

/** @throws Refused where a plan allows less */
export function refuseBeyondPlan(run: Run, { going, rollbacks }: Pick<ToRollBack, 'going' | 'rollbacks'>): void {
  if (run.bound === null) return
  // The plan names datasets as their owner knows them; the pool may have got another name here.
  const datasets = run.bound.datasets?.map((dataset) => nameHere(run, dataset)) ?? null
  const rolledBack = rollbacks.map((each) => each.dataset)
  const more = beyond({ ...run.bound, datasets }, rolledBack, going)
  if (more.length === 0) return
  const some = more.slice(0, 5).join(', ')
  throw new Refused({
    code: 'beyond-plan',
    message: `the plan allows less than this would destroy: ${some}${more.length > 5 ? ` and ${more.length - 5} more` : ''}`,
    notChanged: ['no snapshot was destroyed and no dataset was rolled back'],
    next: [{ why: 'keep the head: nothing is destroyed', command: `lifeboat resume ${run.id} --at head --way none` }],
  })
}

/** All that goes in one line, and where it still is: what has to be read first, and of a long list perhaps alone. */
function* inAll(run: Run, { going, rollbacks }: ToRollBack): Generator<string> {
  if (rollbacks.length === 0) return
  yield `in all: destroys ${many(going.length, 'snapshot')}, and what ${many(rollbacks.length, 'dataset')} ${rollbacks.length === 1 ? 'has' : 'have'} written since`
  if (run.route === 'local') {
    yield `a checkpoint of the pool is made first: ${wayBack(run, 'until the services start, lifeboat undo brings all of this back')}`
    return
  }
  const { snapshotId, startedAt } = untouchedSnapshot(run)
  yield `the EBS snapshot ${snapshotId} of ${startedAt} is not touched: all of this is still in it`
}

/** What goes: all of it in short, then the exact list, newest first. */
export function* toBeLost(run: Run, found: ToRollBack): Generator<Fact> {
  for (const line of inAll(run, found)) yield fact(line, 'summary')
  for (const each of found.rollbacks) yield fact(`rolls back ${each.dataset} to @${each.snapshot}`, 'summary')
  for (const each of found.going)
    yield fact(`destroys ${nameOf(each)}  ${age(each.createdAt, run.now())} old  ${bytes(each.usedBytes)}`, 'summary')
}

/** What the answer leads to, in a few words. */
function inShort({ going, rollbacks }: ToRollBack, answer: Point): string {
  const count = targetsOf(answer).length
  switch (answer.way) {
    case 'none':
      return 'keep the head and start the services'
    case 'rollback':
      return `destroy ${many(going.length, 'snapshot')} and roll back ${many(rollbacks.length, 'dataset')}`
    case 'clone':
      return `put clones of the snapshots in the place of ${many(count, 'dataset')}, which stay beside them`
    case 'files':
      return `copy ${answer.path ?? 'everything'} out of ${many(count, 'dataset')} to ${answer.to}`
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
    await demandFreeWay(run, found)
    if (run.answer(pointKey).way !== 'files') await planMounts(run)
    const rollbacks = found.rollbacks.map((each) => ({ ...each, destroys: [...each.destroys] }))
    const value = { rollbacks, deletes: [...volumeToPutAway(run), ...toRemove(run)] }
    yield* planOf(asIfAnswered(run, value), actions)
    yield* commandsOfWay(run)
    yield* toBeLost(run, found)
    yield { kind: 'option', value, label: inShort(found, run.answer(pointKey)) }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: async () => [],
})
