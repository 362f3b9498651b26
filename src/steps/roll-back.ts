import { z } from 'zod'
import { findSnapshots, fullName, writtenSince, type SnapshotRef } from '../remote/zfs/dataset.ts'
import {
  lost,
  rollbackLines,
  runRollbackProgram,
  type ProgramResult,
  type Rollback,
} from '../remote/zfs/rollback-program.ts'
import { LifeboatError, Refused, RemoteCommandError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { poolOf } from './pool-at-work.ts'
import { reviewRollbackKey } from './review-rollback.ts'
import type { Action, Finding, Run } from './step.ts'

const rollback = z.object({
  dataset: z.string(),
  snapshot: z.string(),
  destroys: z.array(z.string()),
  /** Bytes written since its target, before anything was done. */
  written: z.number().optional(),
})
const before = z.object({ pool: z.string(), rollbacks: z.array(rollback) })

type Before = z.infer<typeof before>

const effect = z.object({ rolledBack: z.array(z.object({ dataset: z.string(), snapshot: z.string() })) })

/** What was confirmed, and nothing else. */
const confirmed = (run: Run): readonly Rollback[] => run.answer(reviewRollbackKey).rollbacks

const program = (stood: Before) => runRollbackProgram(stood.pool, stood.rollbacks)

const errnoText = new Map([
  [2, 'it is gone'],
  [16, 'it is held, mounted, or in use'],
  [17, 'it has a clone, or is newer than what was confirmed'],
  [28, 'there is too little room, for it or for its refreservation'],
  [122, 'its snapshot is larger than its refquota'],
])

function judge(run: Run, result: ProgramResult): void {
  if (result.state === 'rolled-back') return
  if (result.state === 'blocked') {
    const known = new Set(confirmed(run).flatMap(lost))
    const newer = result.blockers.map((each) => each.name).filter((name) => name.includes('@') && !known.has(name))
    const named = result.blockers.map(({ name, errno }) => `${name}: ${errnoText.get(errno) ?? `errno ${errno}`}`)
    throw new Refused({
      code: 'rollback-blocked',
      message: `the rollback is blocked: ${named.join('; ')}`,
      notChanged: ['no snapshot was destroyed and no dataset was rolled back'],
      next: [
        {
          why: 'see who holds what',
          command: run.onHost('zfs list -t snapshot -o name,userrefs,clones'),
        },
        ...newer.map((name) => ({
          why: `${name} was made after you confirmed: if nobody needs it, destroy it yourself`,
          command: run.onHost(sh`zfs destroy ${name}`),
        })),
        { why: 'then go on', command: `lifeboat resume ${run.id}` },
      ],
    })
  }
  throw new LifeboatError({
    code: 'rollback-broken',
    message: `the rollback stopped at ${result.at} (errno ${result.errno}) although all checks had passed; some snapshots are destroyed`,
    next: [{ why: 'see what is left', command: `lifeboat resume ${run.id}` }],
  })
}

/** Channel programs can be switched off, lack their privilege or a property; the program then has changed nothing. */
const programsNotAllowed = (error: unknown): boolean =>
  error instanceof RemoteCommandError &&
  /not supported|permission denied|unrecognized command|not a valid property/i.test(error.stderrTail)

const going = (rollbacks: readonly Rollback[]): SnapshotRef[] =>
  rollbacks.flatMap(({ dataset, destroys }) => destroys.map((snapshot) => ({ dataset, snapshot })))

/** The datasets whose rollback is not over: a newer snapshot is left, or `isBack` says no to what is written since (bytes). */
async function unfinished(
  run: Run,
  stood: Before,
  isBack: (written: number, once: number | undefined) => boolean,
): Promise<string[]> {
  const written = await run.do(writtenSince(stood.pool, stood.rollbacks))
  const newer = await run.do(findSnapshots(going(stood.rollbacks)))
  return stood.rollbacks
    .filter(
      (one) =>
        !isBack(written.get(fullName(one)) ?? Number.POSITIVE_INFINITY, one.written) ||
        one.destroys.some((name) => newer.has(`${one.dataset}@${name}`)),
    )
    .map((one) => one.dataset)
}

/** Nobody writes meanwhile: what has become less was rolled back, also where ZFS itself has written a block since. */
const hasGone = (written: number, once: number | undefined): boolean =>
  written === 0 || (once !== undefined && written < once)

/**
 * What ZFS itself writes into a head that it has just put back or made (bytes): one block, in every copy. It empties the
 * intent log that a snapshot of a dataset in use carries, and notes in a volume that it was opened.
 */
export const notedInHead = 64 * 1024

const done = (stood: Before): z.infer<typeof effect> => ({
  rolledBack: stood.rollbacks.map(({ dataset, snapshot }) => ({ dataset, snapshot })),
})

/** Rolls the chosen datasets back, all or none. */
export const rollBackAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'roll-back',
  version: 1,
  needs: ['point', 'review-rollback', 'hold'],
  title: 'roll the datasets back',
  why: 'One program runs inside the kernel: it looks at every dataset and snapshot again, and if one of them is held, cloned, mounted or new since you confirmed, it ends there with nothing changed. Only then does it destroy the newer snapshots and roll every dataset back, in one transaction group: a power cut leaves all of it done, or none.',
  danger: 'destructive',
  before,
  effect,
  // Mounting may already write: it finishes what was deleted while open when the snapshot was made.
  holdsUntil: 'mount',
  commands(run, stood) {
    const all = stood ?? {
      pool: poolOf(run).pool,
      rollbacks: [...confirmed(run)].map((one) => ({ ...one, destroys: [...one.destroys] })),
    }
    return all.rollbacks.length === 0 ? [] : [program(all), ...all.rollbacks.flatMap(rollbackLines)]
  },
  async survey(run, previous) {
    const { pool } = poolOf(run)
    const wanted = confirmed(run)
    if (wanted.length === 0) return { pool, rollbacks: [] }
    const there = await run.do(findSnapshots(going(wanted)))
    // What an earlier attempt may have rolled back was found by its own look.
    const written =
      previous === undefined
        ? await run.do(writtenSince(pool, wanted))
        : new Map(previous.rollbacks.map((one) => [fullName(one), one.written]))
    // What expired since the confirmation is gone already; nothing is ever added to what was confirmed.
    const rollbacks = wanted.map((one) => ({
      ...one,
      destroys: one.destroys.filter((name) => there.has(`${one.dataset}@${name}`)),
      written: written.get(fullName(one)),
    }))
    return { pool, rollbacks }
  },
  async find(run, stood) {
    if (stood.rollbacks.length === 0) return { state: 'present', effect: done(stood) }
    const left = await unfinished(run, stood, hasGone)
    if (left.length === 0) return { state: 'present', effect: done(stood) }
    return left.length === stood.rollbacks.length
      ? { state: 'absent' }
      : { state: 'partial', what: `not rolled back yet: ${left.join(', ')}` }
  },
  async perform(run, stood) {
    if (stood.rollbacks.length === 0) return done(stood)
    try {
      judge(run, await run.do(program(stood)))
    } catch (error) {
      if (!programsNotAllowed(error)) throw error
      run.finding('warn', 'channel programs are not allowed on the host: destroying and rolling back one by one')
      for (const command of stood.rollbacks.flatMap(rollbackLines)) await run.do(command)
    }
    return done(stood)
  },
  async verify(run, stood): Promise<Finding[]> {
    const targets = servedTargets(run.answer(pointKey))
    if (stood.rollbacks.length === 0) return []
    const findings: Finding[] = (await unfinished(run, stood, (written) => written <= notedInHead)).map((dataset) => ({
      level: 'error',
      message: `${dataset} does not stand at the chosen snapshot`,
    }))
    const guids = await run.do(findSnapshots(targets))
    for (const each of targets) {
      if (guids.get(`${each.dataset}@${each.snapshot}`) !== each.guid) {
        findings.push({
          level: 'error',
          message: `${each.dataset}@${each.snapshot} is not the snapshot that was chosen (its guid differs)`,
        })
      }
    }
    return findings
  },
}
