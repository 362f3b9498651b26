import { z } from 'zod'
import { describeInstance } from '../remote/aws/ec2.ts'
import { describeSnapshot, describeSnapshots, type EbsSnapshot } from '../remote/aws/snapshots.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { oneLine } from '../text/display.ts'
import { age } from '../text/time.ts'
import type { Choice, Finding, Option, Run } from './step.ts'
import { targetChoice } from './target.ts'

const chosen = z.object({
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

/** The rule that says which snapshots are this host's: one AWS filter each, any of which is enough. */
async function rules(run: Run): Promise<Record<string, string[]>[]> {
  const { volume, snapshot_tags: tags } = run.host
  const byTags = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tag:${key}`, [value]]))
  const named = [
    ...(volume === undefined ? [] : [{ 'volume-id': [volume] }]),
    ...(Object.keys(tags).length === 0 ? [] : [byTags]),
  ]
  if (named.length > 0) return named
  const instance = await run.do(describeInstance(run.answer(targetChoice).instanceId))
  // The first disk of an instance is its root: never the data volume.
  const attached = (instance?.disks ?? []).slice(1).map((disk) => disk.volumeId)
  if (attached.length === 1) return [{ 'volume-id': attached }]
  if (attached.length > 1) {
    throw new UsageError(
      `which of the attached volumes is ${run.host.name}'s data: ${attached.join(', ')}? Write it as "volume" into the config`,
    )
  }
  throw new UsageError(
    `which snapshots are ${run.host.name}'s? Its config names no "volume" and no "snapshot_tags", and no data volume is attached. Give --snapshot snap-… or write one of them`,
  )
}

const newestFirst = (a: EbsSnapshot, b: EbsSnapshot): number => b.startedAt.localeCompare(a.startedAt)

function unusable(snapshot: EbsSnapshot): string | undefined {
  if (snapshot.state !== 'completed') return `it is ${snapshot.state}, and only a completed one can become a volume`
  if (snapshot.tier !== 'standard') return 'it is archived: restoring it to the standard tier takes up to 72 hours'
  return undefined
}

function optionOf(run: Run, snapshot: EbsSnapshot): Option<EbsSnapshot> {
  const why = unusable(snapshot)
  return {
    kind: 'option',
    value: snapshot,
    label: `${snapshot.snapshotId}  ${age(snapshot.startedAt, run.now())} old  ${snapshot.startedAt.slice(0, 16).replace('T', ' ')} UTC  ${snapshot.sizeGiB} GiB`,
    detail: oneLine(`of ${snapshot.volumeId}. ${snapshot.description}`),
    ...(why === undefined ? {} : { disabled: why }),
  }
}

const newestUsable = (seen: readonly Option<EbsSnapshot>[]): Option<EbsSnapshot> | undefined =>
  seen.find((option) => option.disabled === undefined)

function latest(run: Run, seen: readonly Option<EbsSnapshot>[]): EbsSnapshot {
  const newest = newestUsable(seen)
  if (newest !== undefined) return newest.value
  throw new PreflightError({
    code: 'no-usable-snapshot',
    message:
      seen.length === 0
        ? `there is no EBS snapshot of ${run.host.name}'s volume in ${run.region}`
        : `none of the ${seen.length} EBS snapshots of ${run.host.name}'s volume can be used: ${seen[0]?.value.snapshotId}: ${seen[0]?.disabled}`,
    notChanged: ['nothing was changed'],
    next: [{ why: 'see what there is', command: `aws ec2 describe-snapshots --owner-ids self --region ${run.region}` }],
  })
}

/** Which EBS snapshot the new volume is made from. */
export const snapshotChoice: Choice<EbsSnapshot> = {
  kind: 'choice',
  id: 'snapshot',
  version: 1,
  needs: ['target', 'source'],
  question: 'Which EBS snapshot should the new volume be made from?',
  flag: '--snapshot',
  answeredBy: ['snapshot'],
  why: "An EBS snapshot holds the blocks of the volume at the moment it was started, as after a power cut; ZFS is made to come back from that. Everything written after that moment is not in it. The zfsnap snapshots made before it are inside and can be chosen later. Only snapshots of this host's own volume are offered: the newest one of the account may be another machine's.",
  danger: () => 'none',
  answer: chosen,
  async *options(run) {
    const wanted = run.flags.snapshot
    if (wanted?.startsWith('snap-') === true) {
      const one = await run.do(describeSnapshot(wanted))
      if (one !== undefined) yield optionOf(run, one)
      return
    }
    const found = new Map<string, EbsSnapshot>()
    for (const rule of await rules(run)) {
      for (const snapshot of await run.do(describeSnapshots(rule))) found.set(snapshot.snapshotId, snapshot)
    }
    for (const snapshot of [...found.values()].toSorted(newestFirst)) yield optionOf(run, snapshot)
  },
  suggested: (_run, seen) => newestUsable(seen),
  fromFlags(run, seen) {
    const wanted = run.flags.snapshot
    if (wanted === undefined) return undefined
    if (wanted === 'latest') return latest(run, seen)
    if (wanted === 'original')
      throw new UsageError('--snapshot original is not supported by this version; give latest or snap-…')
    if (!/^snap-[0-9a-f]{8,17}$/.test(wanted))
      throw new UsageError(`--snapshot ${wanted} is neither latest nor a snapshot id (snap-…)`)
    const option = seen.find((each) => each.value.snapshotId === wanted)
    if (option?.disabled === undefined && option !== undefined) return option.value
    throw new PreflightError({
      code: 'snapshot-unusable',
      message:
        option === undefined
          ? `there is no EBS snapshot ${wanted} in ${run.region}`
          : `${wanted} can't be used: ${option.disabled}`,
      notChanged: ['nothing was changed'],
    })
  },
  async check(run, answer): Promise<Finding[]> {
    const named = run.host.volume
    const foreign = named !== undefined && answer.volumeId !== named
    const written = `everything written after ${answer.startedAt} is not in ${answer.snapshotId}`
    return [
      { level: 'info', message: written },
      ...(foreign
        ? [
            {
              level: 'warn' as const,
              message: `${answer.snapshotId} is of ${answer.volumeId}, not of ${named}, which the config names`,
            },
          ]
        : []),
    ]
  },
}
