import { z } from 'zod'
import type { Tags } from '../remote/aws/call.ts'
import { createTags, deleteTags, describeVolumes } from '../remote/aws/ec2.ts'
import { releaseLock } from '../remote/linux/gate.ts'
import { releaseSnapshots, holdTags } from '../remote/zfs/dataset.ts'
import type { Next } from '../text/errors.ts'
import { redacted } from '../text/redact.ts'
import { attachVolumeAction } from './attach-volume.ts'
import { launchedInstance } from './launch-instance.ts'
import { letGoAction } from './let-go.ts'
import { chosenSnapshots, holdTag } from './hold.ts'
import { untouchedSnapshot } from './snapshot-original.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { tag } from './tags.ts'

const before = z.object({ tags: z.record(z.string(), z.string()) })
const effect = z.object({ volumeId: z.string() })

/** What the old volume carried: DLM copies a volume's tags to its snapshots, and adds its own. */
const productionTags = (tags: Tags): Tags =>
  Object.fromEntries(
    Object.entries(tags).filter(
      // What was taken for a secret when it was written down is not known any more after a resume.
      ([key, value]) => !/^(aws:|lifeboat:|snapshotcreator$)/i.test(key) && value !== redacted,
    ),
  )

const unknownTags = (tags: Tags): string[] => Object.keys(tags).filter((key) => tags[key] === redacted)

function finishing(run: Run) {
  const { volumeId } = run.effect(attachVolumeAction)
  const { original, tags: carried } = run.answer(snapshotChoice)
  const instanceId = launchedInstance(run)
  const held = chosenSnapshots(run)
  // An original volume has its tags.
  const tags = original ? {} : productionTags(carried)
  return {
    release: held.length === 0 ? undefined : releaseSnapshots(holdTag(run), held),
    tags: Object.keys(tags).length === 0 ? undefined : createTags(volumeId, tags),
    disown: deleteTags(volumeId, [original ? tag.lock : tag.made]),
    settle: instanceId === undefined ? undefined : deleteTags(instanceId, [tag.made]),
    unlock: releaseLock(run.id),
  }
}

const planned = (run: Run) => Object.values(finishing(run)).filter((command) => command !== undefined)

/** What only people and other tools can do after a restore. */
export function afterwards(run: Run): Next[] {
  const { volumeId, instanceId, device } = run.effect(attachVolumeAction)
  const { original, volumeId: old } = run.answer(snapshotChoice)
  const terraform = run.host.terraform
  const attachment = terraform?.attachment ?? 'aws_volume_attachment.NAME'
  const importing = `terraform import ${attachment} ${device}:${volumeId}:${instanceId}`
  if (original) {
    const { snapshotId } = untouchedSnapshot(run)
    return [
      {
        why: 'let Terraform forget the old attachment, if it names another one',
        command: `terraform state rm ${attachment}`,
      },
      { why: 'tell it of this one before its next run, or it will undo this restore', command: importing },
      {
        why: `when the data has served for a while: delete the EBS snapshot taken of ${volumeId} before`,
        command: `aws ec2 delete-snapshot --snapshot-id ${snapshotId}`,
      },
    ]
  }
  const next: Next[] = [
    {
      why: 'let Terraform forget the lost volume, if it still names it',
      command: `terraform state rm ${terraform?.volume ?? 'aws_ebs_volume.NAME'} ${attachment}`,
    },
    {
      why: 'tell Terraform of the new volume before its next run, or it will undo this restore',
      command: `terraform import ${terraform?.volume ?? 'aws_ebs_volume.NAME'} ${volumeId}`,
    },
    { why: 'and of its attachment', command: importing },
    { why: 'and keep both from being replaced: in the resource', command: 'lifecycle { prevent_destroy = true }' },
  ]
  const kept = run.began('let-go') ? run.effect(letGoAction).volumes : [old]
  const superseded = kept.filter((each) => each !== volumeId)
  return [
    ...next,
    ...superseded.map((each) => ({
      why: `when the restored data has served for a while, and ${each} still exists: delete it`,
      command: `aws ec2 delete-volume --volume-id ${each}`,
    })),
  ]
}

/** Makes the restored volume the production volume: imported at boot, backed up, and no longer Lifeboat's to delete. */
export const handOverAction: Action<z.infer<typeof before>, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'hand-over',
  version: 1,
  needs: ['snapshot', 'attach-volume', 'import-pool', 'hold', 'prove', 'lift-gate'],
  title: 'hand the volume over to production',
  why: "DLM finds its volumes by tags: a restored volume without them is silently not backed up from now on. It gets them only now, after the proof, because each snapshot of a bad volume pushes a good one out. The holds are released, and the tag that made the volume Lifeboat's own is taken off: no undo and no cleanup can delete it any more.",
  danger: 'low',
  before,
  effect,
  commands: planned,
  survey: async (run) => ({ tags: { ...productionTags(run.answer(snapshotChoice).tags) } }),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    const { release, tags, disown, settle, unlock } = finishing(run)
    const held = chosenSnapshots(run)
    const stillHeld = held.length > 0 && (await run.do(holdTags(held))).some((each) => each.tag === holdTag(run))
    if (release !== undefined && stillHeld) await run.do(release)
    if (tags !== undefined) await run.do(tags)
    await run.do(disown)
    if (settle !== undefined) await run.do(settle)
    for (const key of unknownTags(run.answer(snapshotChoice).tags))
      run.finding('warn', `the tag ${key} looked like a secret and was not written down: put it on the volume yourself`)
    await run.do(unlock)
    return { volumeId: run.effect(attachVolumeAction).volumeId }
  },
  async verify(run, stood, { volumeId }): Promise<Finding[]> {
    const look = async (): Promise<Finding[]> => {
      const volume = (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)
      const missing = Object.entries(stood.tags).filter(([key, value]) => volume?.tags[key] !== value)
      const left = [tag.made, tag.lock]
        .filter((key) => volume?.tags[key] !== undefined)
        .map((key) => `${volumeId} still carries ${key}`)
      return [...missing.map(([key]) => `${volumeId} does not carry the tag ${key}`), ...left].map((message) => ({
        level: 'error',
        message,
      }))
    }
    // EC2 shows tags a little later than it takes them.
    for (let tries = 0; tries < 15; tries++) {
      if ((await look()).length === 0) return []
      await run.wait(`EC2 to show the tags of ${volumeId}`, 2000)
    }
    return look()
  },
}
