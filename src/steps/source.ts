import { z } from 'zod'
import { AnotherRoute } from './another-route.ts'
import { UsageError } from '../text/errors.ts'
import { fact, routeIds, type Choice, type Fact, type Finding, type Option, type RouteId, type Run } from './step.ts'
import { targetChoice } from './target.ts'

const sources = {
  ebs: { label: 'an EBS snapshot', detail: 'the volume, the pool or the zone is lost' },
  dump: { label: 'a dump in S3', detail: 'the service has a dump, or nothing else is left' },
  local: { label: "this host's own zfsnap snapshots", detail: 'a bad deploy, a deleted folder; the pool is healthy' },
} as const

const optionOf = (source: RouteId): Option<RouteId> => ({ kind: 'option', value: source, ...sources[source] })

/** What on the host speaks for the one or the other. */
function* reasons(run: Run): Generator<Fact> {
  if (run.route !== 'ebs') return
  const { pools, suspended } = run.answer(targetChoice)
  if (suspended !== null) return
  const working = pools.filter((each) => each.health === 'ONLINE').map((each) => each.pool)
  yield fact(
    working.length === 0
      ? 'no pool is imported that works: the data has to come from outside the host'
      : `the pool ${working.join(', ')} works here: if only some of its data is wrong, its own snapshots are nearer`,
  )
}

/** Which kind of backup the data comes from. */
export const sourceChoice: Choice<RouteId> = {
  kind: 'choice',
  id: 'source',
  version: 1,
  needs: ['target'],
  question: 'Where does the data come back from?',
  flag: '--source',
  answeredBy: ['source'],
  why: 'An EBS snapshot holds the whole disk as it was at one moment, pool and zfsnap snapshots included: it is the way back when the disk itself is gone. If the pool is healthy and only some data is wrong, a snapshot inside the pool is nearer; if the service has its own dump, that may be newer.',
  danger: () => 'none',
  answer: z.enum(routeIds),
  async *options(run) {
    yield* reasons(run)
    for (const source of routeIds) yield optionOf(source)
  },
  suggested: (run, seen) => seen.find((each) => each.value === run.route),
  fromFlags: ({ flags }) => flags.source,
  async check(run, answer): Promise<Finding[]> {
    if (answer !== 'dump' && run.flags.only !== undefined)
      throw new UsageError('--only names a part of a dump: it goes with --source dump')
    // The source decides which steps a run has.
    if (answer !== run.route) throw new AnotherRoute(answer)
    return []
  },
}
