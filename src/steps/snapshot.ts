import { z } from 'zod'
import type { Volume } from '../remote/aws/ec2.ts'
import type { EbsSnapshot } from '../remote/aws/snapshots.ts'
import { oneLine } from '../text/display.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { age, utcMinute } from '../text/time.ts'
import { obstacle, originalVolume, usableOriginal } from './original.ts'
import { named, newerThan, notFound, returning, snapshotsOfHost, unarchiving, unusable } from './snapshot-list.ts'
import { fact, type Choice, type Finding, type Option, type Run } from './step.ts'
import { targetChoice } from './target.ts'

const chosen = z.object({
  /** True: no new volume is made; the volume that the snapshots are of is attached itself, and all here is of it. */
  original: z.boolean().default(false),
  /** Of an original volume, its own id: it stands where a snapshot's would. */
  snapshotId: z.string(),
  volumeId: z.string(),
  startedAt: z.string(),
  sizeGiB: z.number(),
  state: z.string(),
  tier: z.string(),
  encrypted: z.boolean(),
  kmsKeyId: z.string().nullable().default(null),
  progress: z.number().default(100),
  ownerId: z.string(),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
})

type Chosen = z.infer<typeof chosen>

export type ChosenSnapshot = Chosen

/** Where the command line says which, so many are listed; of so many archived ones it is asked whether they come back. */
const newestFew = 50

/** @param newer the next newer one of the same volume, where there is one */
function optionOf(
  run: Run,
  snapshot: EbsSnapshot,
  newer: EbsSnapshot | undefined,
  why = unusable(snapshot),
): Option<Chosen> {
  const gap = newer === undefined ? '' : `${age(snapshot.startedAt, newer.startedAt)} before the next newer one. `
  return {
    kind: 'option',
    value: { ...snapshot, original: false },
    label: `${snapshot.snapshotId}  ${age(snapshot.startedAt, run.now())} old  ${utcMinute(snapshot.startedAt)} UTC  ${snapshot.sizeGiB} GiB`,
    detail: oneLine(
      `what was written after it is not in it; the hourly snapshots before it are inside. ${gap}Of ${snapshot.volumeId}. ${snapshot.description}`,
    ),
    ...(why === undefined ? {} : { disabled: why }),
  }
}

const alone = async (run: Run, snapshot: EbsSnapshot): Promise<Option<Chosen>> =>
  optionOf(run, snapshot, undefined, (await returning(run, snapshot)) ?? unusable(snapshot))

function originalOption(run: Run, volume: Volume): Option<Chosen> {
  const { volumeId, sizeGiB, state, encrypted, tags } = volume
  return {
    kind: 'option',
    value: {
      original: true,
      snapshotId: volumeId,
      volumeId,
      startedAt: run.now().toISOString(),
      sizeGiB,
      state,
      tier: 'standard',
      encrypted,
      kmsKeyId: null,
      progress: 100,
      ownerId: run.answer(targetChoice).account,
      description: '',
      tags,
    },
    label: `${volumeId} itself  ${sizeGiB} GiB  the volume still exists`,
    detail: 'nothing written to it is lost; an EBS snapshot of it is taken first',
  }
}

/** The named snapshot, if it can become a volume now. @throws PreflightError */
function taken(run: Run, wanted: string, option: Option<Chosen> | undefined): Chosen {
  if (option === undefined) throw notFound(run, wanted)
  if (option.disabled === undefined) return option.value
  const archived = option.value.state === 'completed'
  const again = { why: 'then come back', command: `lifeboat restore --host ${run.host.name} --snapshot ${wanted}` }
  const asked = option.disabled.startsWith('it is on its way')
  const ask = { why: 'ask for its return, for 7 days', command: unarchiving(wanted) }
  throw new PreflightError({
    code: archived ? 'snapshot-archived' : 'snapshot-unusable',
    message: `${wanted} can't be used now: ${option.disabled}`,
    notChanged: ['nothing was changed'],
    next: archived && !asked ? [ask, again] : [again],
  })
}

const newestUsable = (seen: readonly Option<Chosen>[]): Option<Chosen> | undefined =>
  seen.find((option) => option.disabled === undefined && !option.value.original)

function latest(run: Run, seen: readonly Option<Chosen>[]): Chosen {
  const newest = newestUsable(seen)
  if (newest !== undefined) return newest.value
  const snapshots = seen.filter((each) => !each.value.original)
  const first = snapshots[0]
  throw new PreflightError({
    code: 'no-usable-snapshot',
    message:
      first === undefined
        ? `there is no EBS snapshot of ${run.host.name}'s volume in ${run.region}`
        : `none of the ${snapshots.length} EBS snapshots of ${run.host.name}'s volume can be used; ${first.value.snapshotId}: ${first.disabled}`,
    notChanged: ['nothing was changed'],
    next: [{ why: 'see what there is', command: `aws ec2 describe-snapshots --owner-ids self --region ${run.region}` }],
  })
}

async function* offer(run: Run) {
  const all = await snapshotsOfHost(run)
  if (run.flags.snapshot === 'original' && !run.flags.scratch) {
    yield originalOption(run, await usableOriginal(run, all[0]))
    return
  }
  const firstUsable = all.findIndex((each) => unusable(each) === undefined)
  const shown = run.flags.snapshot === undefined ? all.length : Math.max(newestFew, firstUsable + 1)
  for (const [at, snapshot] of all.slice(0, shown).entries()) {
    const back = at < newestFew ? await returning(run, snapshot) : undefined
    yield optionOf(run, snapshot, all[at - 1], back ?? unusable(snapshot))
  }
  if (all.length > shown) yield fact(`and ${all.length - shown} older ones, which can be named: --snapshot snap-…`)
  // A drill never takes the volume itself.
  const original = run.flags.scratch ? undefined : await originalVolume(run, all[0])
  if (original === undefined) return
  const wrong = obstacle(run, original)
  yield wrong === undefined ? originalOption(run, original) : fact(wrong.message)
}

/** What is lost with this one that a newer one would have. */
async function passedOver(run: Run, answer: Chosen): Promise<Finding[]> {
  const newer = await newerThan(run, answer)
  const [newest] = newer
  if (newest === undefined) return []
  const later = `${age(answer.startedAt, newest.startedAt)} later`
  const why = unusable(newest)
  const message = `${newer.length === 1 ? 'a newer EBS snapshot is' : `${newer.length} newer EBS snapshots are`} passed over; the newest, ${newest.snapshotId}, is of ${newest.startedAt}, ${later}${why === undefined ? '' : `: ${why}`}`
  return [{ level: 'warn', message }]
}

/** Which EBS snapshot the new volume is made from, or that the original volume is taken. */
export const snapshotChoice: Choice<Chosen> = {
  kind: 'choice',
  id: 'snapshot',
  version: 1,
  needs: ['target', 'source'],
  question: 'Which EBS snapshot should the new volume be made from?',
  flag: '--snapshot',
  answeredBy: ['snapshot'],
  why: "An EBS snapshot holds the blocks of the volume at the moment it was started, as after a power cut; ZFS is made to come back from that. Everything written after that moment is not in it. The zfsnap snapshots made before it are inside and can be chosen later. Only snapshots of this host's own volume are offered: the newest one of the account may be another machine's. Where the volume itself still exists and nobody uses it, it can be attached as it is: then nothing is lost.",
  danger: () => 'none',
  answer: chosen,
  // AWS doesn't say when a volume was last written: an original is as old as the answer.
  lasting: (answer) => (answer.original ? { ...answer, startedAt: '' } : answer),
  async *options(run) {
    const wanted = run.flags.snapshot
    if (wanted?.startsWith('snap-') !== true) return yield* offer(run)
    const one = await named(run, wanted)
    if (one !== undefined) yield await alone(run, one)
  },
  suggested: (_run, seen) => newestUsable(seen),
  fromFlags(run, seen) {
    const wanted = run.flags.snapshot
    if (wanted === undefined) return undefined
    if (wanted === 'latest') return latest(run, seen)
    if (wanted === 'original') return seen.find((each) => each.value.original)?.value
    if (!/^snap-[0-9a-f]{8,17}$/.test(wanted))
      throw new UsageError(`--snapshot ${wanted} is neither latest nor original nor a snapshot id (snap-…)`)
    return taken(
      run,
      wanted,
      seen.find((each) => each.value.snapshotId === wanted),
    )
  },
  typed: {
    what: 'the id of another EBS snapshot (snap-…)',
    async read(run, text) {
      const wanted = text.trim()
      if (!/^snap-[0-9a-f]{8,17}$/.test(wanted)) throw new UsageError(`${oneLine(wanted)} is no snapshot id (snap-…)`)
      const one = await named(run, wanted)
      return taken(run, wanted, one === undefined ? undefined : await alone(run, one))
    },
  },
  async check(run, answer): Promise<Finding[]> {
    if (answer.original) {
      const message = `${answer.volumeId} itself is attached; it was not made by this run, and is never deleted by it`
      return [{ level: 'info', message }]
    }
    const written = `everything written after ${answer.startedAt} is not in ${answer.snapshotId}`
    const findings: Finding[] = [{ level: 'info', message: written }]
    const { account } = run.answer(targetChoice)
    if (answer.ownerId !== account) {
      const message = `${answer.snapshotId} belongs to another AWS account, ${answer.ownerId}, which shares it`
      findings.push({ level: 'warn', message })
    }
    const { volume } = run.host
    if (volume !== undefined && answer.volumeId !== volume) {
      const message = `${answer.snapshotId} is of ${answer.volumeId}, not of ${volume}, which the config names`
      findings.push({ level: 'warn', message })
    }
    return [...findings, ...(await passedOver(run, answer))]
  },
}
