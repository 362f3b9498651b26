import { z } from 'zod'
import { createTags, deleteTags, describeVolumes, type Volume } from '../remote/aws/ec2.ts'
import { createSnapshot, describeSnapshots, type EbsSnapshot } from '../remote/aws/snapshots.ts'
import type { AwsCommand } from '../remote/command.ts'
import { LifeboatError, Refused, type Resource } from '../text/errors.ts'
import { isLockedBy, lockText, obstacle } from './original.ts'
import { snapshotChoice } from './snapshot.ts'
import { settlesWithinMs } from './settling.ts'
import type { Action, Finding, Found, Run } from './step.ts'
import { ownershipTags, tag } from './tags.ts'

/** Both null where a new volume is made: then there is nothing to secure. */
const before = z.object({ volumeId: z.string().nullable(), lock: z.string().nullable() })

type Before = z.infer<typeof before>

const effect = z.object({ snapshotId: z.string().nullable(), startedAt: z.string().nullable() })

type Effect = z.infer<typeof effect>

const nothing: Effect = { snapshotId: null, startedAt: null }

/** A volume's first snapshot copies all of it: hours, for terabytes. */
const patienceMs = 24 * 3_600_000

function calls(run: Run, stood: Before | undefined) {
  const { volumeId } = run.answer(snapshotChoice)
  return {
    lock: createTags(volumeId, { [tag.lock]: stood?.lock ?? lockText(run, '@now') }),
    secure: createSnapshot(
      volumeId,
      `${volumeId} before run ${run.id} of Lifeboat used it`,
      ownershipTags(run.id, run.host.name, 'snapshot-original'),
    ),
  }
}

/** What secures an original volume before it is used: the lock, and an EBS snapshot of it. */
export const securing = (run: Run, stood: Before | undefined): AwsCommand<unknown>[] =>
  run.answer(snapshotChoice).original ? Object.values(calls(run, stood)) : []

const unlocking = (run: Run): AwsCommand<unknown> => deleteTags(run.answer(snapshotChoice).volumeId, [tag.lock])

const volumeNow = async (run: Run): Promise<Volume | undefined> =>
  (await run.do(describeVolumes({ 'volume-id': [run.answer(snapshotChoice).volumeId] }))).at(0)

/** The EBS snapshots that this step took, oldest first. CreateSnapshot has no token: a lost answer may have left two. */
const ours = async (run: Run): Promise<EbsSnapshot[]> =>
  (await run.do(describeSnapshots({ [`tag:${tag.made}`]: [run.id], [`tag:${tag.step}`]: ['snapshot-original'] })))
    .filter((each) => each.state !== 'error')
    .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))

async function demandUsable(run: Run): Promise<void> {
  const volume = await volumeNow(run)
  const { volumeId } = run.answer(snapshotChoice)
  if (volume === undefined) throw new Refused({ code: 'original-gone', message: `${volumeId} is not there any more` })
  const wrong = obstacle(run, volume)
  if (wrong !== undefined) throw new Refused(wrong)
}

async function completed(run: Run, snapshotId: string): Promise<Effect> {
  const begun = run.now().getTime()
  return run.until(
    `${snapshotId} to be completed`,
    async () => {
      const [found] = await run.do(describeSnapshots({ 'snapshot-id': [snapshotId] }))
      if (found?.state === 'completed') return { snapshotId, startedAt: found.startedAt }
      if (found?.state === 'error' || (found === undefined && run.now().getTime() - begun > settlesWithinMs(run))) {
        const how = found === undefined ? 'is gone again' : 'ended in state error'
        throw new LifeboatError({
          code: 'snapshot-failed',
          message: `the EBS snapshot ${snapshotId} of the original volume ${how}: the volume was not used; resume takes another`,
        })
      }
      run.report({ done: found?.progress ?? 0, total: 100, unit: '%', waitingFor: `${snapshotId} to be completed` })
      return undefined
    },
    { everyMs: 2000, withinMs: patienceMs },
  )
}

/** Locks the original volume, and takes an EBS snapshot of it before anything is done with it. */
export const snapshotOriginalAction: Action<Before, Effect> = {
  kind: 'action',
  id: 'snapshot-original',
  version: 1,
  needs: ['snapshot', 'gate'],
  title: 'secure the original volume',
  why: 'The volume itself is the only copy of what was written since the last EBS snapshot, and a pool that is imported for writing is changed. So an EBS snapshot of it is taken first: whatever happens later, this moment can be had again. The tag says who uses the volume meanwhile.',
  danger: 'low',
  before,
  effect,
  holdsUntil: 'hand-over',
  aside: true,
  applies: (run) => run.answer(snapshotChoice).original,
  commands: securing,
  async survey(run, previous) {
    const { original, volumeId } = run.answer(snapshotChoice)
    if (!original) return { volumeId: null, lock: null }
    await demandUsable(run)
    return { volumeId, lock: previous?.lock ?? lockText(run, run.now().toISOString()) }
  },
  async find(run): Promise<Found<Effect>> {
    if (!run.answer(snapshotChoice).original) return { state: 'present', effect: nothing }
    const [first] = await ours(run)
    const volume = await volumeNow(run)
    if (first === undefined || volume === undefined || !isLockedBy(run, volume)) return { state: 'absent' }
    if (first.state === 'completed')
      return { state: 'present', effect: { snapshotId: first.snapshotId, startedAt: first.startedAt } }
    return { state: 'underway', what: `${first.snapshotId} to be completed (${first.progress} %)` }
  },
  async perform(run, stood) {
    if (stood.volumeId === null) return nothing
    const { lock, secure } = calls(run, stood)
    await run.do(lock)
    return completed(run, (await run.do(secure)).snapshotId)
  },
  async verify(run, stood, { snapshotId }): Promise<Finding[]> {
    if (stood.volumeId === null || snapshotId === null) return []
    const there = await ours(run)
    const others = there.filter((each) => each.snapshotId !== snapshotId)
    const volume = await volumeNow(run)
    const gone = there.length > others.length ? [] : [`the EBS snapshot ${snapshotId} is gone`]
    const unlocked =
      volume !== undefined && isLockedBy(run, volume) ? [] : [`${stood.volumeId} lost its lock ${tag.lock}`]
    return [
      ...[...gone, ...unlocked].map((message): Finding => ({ level: 'error', message })),
      ...others.map((each): Finding => ({
        level: 'warn',
        message: `${each.snapshotId} was taken twice, because an answer was lost: aws ec2 delete-snapshot --snapshot-id ${each.snapshotId}`,
      })),
    ]
  },
  undo: {
    // It need not be completed to be left where it is; but it is to be named, also where AWS shows it a little late.
    async find(run, stood) {
      let [first] = await ours(run)
      for (let tries = 1; first === undefined && stood.volumeId !== null && tries < 5; tries++) {
        await run.wait('AWS to show an EBS snapshot that it may have taken', 2000)
        ;[first] = await ours(run)
      }
      if (first === undefined) return { state: 'absent' }
      return { state: 'present', effect: { snapshotId: first.snapshotId, startedAt: first.startedAt } }
    },
    commands: (run, stood) => (stood.volumeId === null ? [] : [unlocking(run)]),
    async perform(run, stood) {
      if (stood.volumeId === null) return
      const volume = await volumeNow(run)
      if (volume !== undefined && isLockedBy(run, volume)) await run.do(unlocking(run))
      for (const { snapshotId } of await ours(run)) {
        const later = `when it is not needed any more: aws ec2 delete-snapshot --snapshot-id ${snapshotId}`
        run.finding('warn', `${snapshotId} is kept: ${stood.volumeId} as it was before this run. ${later}`)
      }
    },
  },
  resources(run, stood, it) {
    if (stood.volumeId === null) return []
    const common = { region: run.region, host: run.host.name, madeByUs: true }
    const lock = { kind: 'lock', id: `${tag.lock} on ${stood.volumeId}`, state: 'held', ...common } as const
    return typeof it?.snapshotId === 'string'
      ? [{ kind: 'snapshot', id: it.snapshotId, state: 'completed', ...common }, lock]
      : [lock]
  },
}

/** The EBS snapshot of the original volume, which stays also where the run is taken back. */
export const keptSnapshot = (run: Run, { snapshotId }: Effect): Resource[] =>
  snapshotId === null
    ? []
    : [
        {
          kind: 'snapshot',
          id: snapshotId,
          region: run.region,
          host: run.host.name,
          state: 'kept',
          madeByUs: true,
        },
      ]

/** What is not touched by a run, and still holds all of it: the chosen EBS snapshot, or that of the original volume. */
export function untouchedSnapshot(run: Run): { readonly snapshotId: string; readonly startedAt: string } {
  const chosen = run.answer(snapshotChoice)
  if (!chosen.original) return chosen
  const { snapshotId, startedAt } = run.effect(snapshotOriginalAction)
  return { snapshotId: snapshotId ?? chosen.snapshotId, startedAt: startedAt ?? chosen.startedAt }
}
