// Which EBS snapshots are this host's, and which of them can become a volume now.
import { describeInstance } from '../remote/aws/ec2.ts'
import { describeSnapshot, describeSnapshots, snapshotTiering, type EbsSnapshot } from '../remote/aws/snapshots.ts'
import { AwsError, PreflightError, UsageError } from '../text/errors.ts'
import type { Run } from './step.ts'
import { targetChoice } from './target.ts'

/** AWS filters, any of which is enough for a snapshot to be this host's. */
type Rules = readonly Readonly<Record<string, readonly string[]>>[]

/** The rule that says which snapshots are this host's. @throws UsageError where nothing says it */
async function rulesOf(run: Run): Promise<Rules> {
  const { volume, snapshot_tags: tags } = run.host
  const byTags = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tag:${key}`, [value]]))
  const fixed = [
    ...(volume === undefined ? [] : [{ 'volume-id': [volume] }]),
    ...(Object.keys(tags).length === 0 ? [] : [byTags]),
  ]
  if (fixed.length > 0) return fixed
  const { instanceId } = run.flags.scratch ? { instanceId: run.host.instance } : run.answer(targetChoice)
  const instance = instanceId === undefined ? undefined : await run.do(describeInstance(instanceId))
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

async function listed(run: Run, rules: Rules): Promise<EbsSnapshot[]> {
  const found = new Map<string, EbsSnapshot>()
  for (const rule of rules) {
    for (const snapshot of await run.do(describeSnapshots(rule))) found.set(snapshot.snapshotId, snapshot)
  }
  return [...found.values()].toSorted(newestFirst)
}

/** The account's own snapshots of this host, newest first. @throws UsageError where nothing says which they are */
export const snapshotsOfHost = async (run: Run): Promise<EbsSnapshot[]> => listed(run, await rulesOf(run))

/** The host's snapshots that are newer than this one; by its own volume, where nothing else says which are the host's. */
export async function newerThan(run: Run, chosen: EbsSnapshot): Promise<EbsSnapshot[]> {
  const rules = await rulesOf(run).catch((error: unknown): Rules => {
    if (error instanceof UsageError) return [{ 'volume-id': [chosen.volumeId] }]
    throw error
  })
  return (await listed(run, rules)).filter((each) => each.startedAt > chosen.startedAt)
}

/** A snapshot by its id, whoever owns it; undefined where this region has none. */
export async function named(run: Run, snapshotId: string): Promise<EbsSnapshot | undefined> {
  try {
    return await run.do(describeSnapshot(snapshotId))
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidSnapshot')) return undefined
    throw error
  }
}

export const notFound = (run: Run, snapshotId: string): PreflightError =>
  new PreflightError({
    code: 'snapshot-not-found',
    message: `there is no EBS snapshot ${snapshotId} in ${run.region}, or it is not shared with this account; a snapshot is only there in its own region`,
    notChanged: ['nothing was changed'],
    next: [
      { why: 'see what there is here', command: `aws ec2 describe-snapshots --owner-ids self --region ${run.region}` },
      {
        why: 'or, if it is in another region, copy it here',
        command: `aws ec2 copy-snapshot --source-region REGION --source-snapshot-id ${snapshotId} --region ${run.region}`,
      },
    ],
  })

/** The command that asks for an archived snapshot's return. */
export const unarchiving = (snapshotId: string): string =>
  `aws ec2 restore-snapshot-tier --snapshot-id ${snapshotId} --temporary-restore-days 7`

/** Why no volume can be made from it now, as far as the snapshot itself tells. */
export function unusable({ snapshotId, state, tier, progress }: EbsSnapshot): string | undefined {
  if (state === 'pending')
    return `it is pending: ${progress} % of it has arrived, and only a completed one can become a volume`
  if (state !== 'completed') return `it is ${state}, and only a completed one can become a volume`
  if (tier === 'standard') return undefined
  return `it is archived, and its return takes up to 72 hours: ${unarchiving(snapshotId)}`
}

/** The return of an archived snapshot that was asked for already, in words; undefined where none was, or nobody says. */
export async function returning(run: Run, { snapshotId, tier }: EbsSnapshot): Promise<string | undefined> {
  if (tier === 'standard') return undefined
  try {
    const tiering = await run.do(snapshotTiering(snapshotId))
    return tiering?.operation.endsWith('restore-in-progress') === true
      ? `it is on its way back from the archive: ${tiering.progress} %, up to 72 hours in all`
      : undefined
  } catch (error) {
    // A policy may well lack this one action; what it would tell is only a comfort.
    if (error instanceof AwsError && error.missingPermission !== null) return undefined
    throw error
  }
}
