import { z } from 'zod'
import { describeInstance } from '../remote/aws/ec2.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Choice, Option, Run } from './step.ts'
import { targetChoice } from './target.ts'

// Provisioned-IOPS types want a number of IOPS and are left out; the magnetic ones are no place for a pool.
const types = ['gp3', 'gp2', 'st1'] as const

const newVolume = z.object({
  type: z.enum(types),
  sizeGiB: z.number(),
  /** MiB/s, or null: blocks are fetched as they are read. */
  initRate: z.number().nullable(),
  zone: z.string(),
  device: z.string(),
})

type NewVolume = z.infer<typeof newVolume>

/** `/dev/sdf` and `/dev/xvdf` are one slot ("Device names for volumes", EC2 user guide). */
const slot = (device: string): string => device.replace(/^\/dev\/(sd|xvd)/, '')

async function freeDevice(run: Run): Promise<string> {
  const instance = await run.do(describeInstance(run.answer(targetChoice).instanceId))
  const taken = new Set((instance?.disks ?? []).map((disk) => slot(disk.device)))
  const wanted = [
    ...(run.host.device === undefined ? [] : [run.host.device]),
    ...'fghijklmnop'.split('').map((letter) => `/dev/sd${letter}`),
  ]
  const free = wanted.find((device) => !taken.has(slot(device)))
  if (free !== undefined) return free
  throw new PreflightError({
    code: 'no-free-device',
    message: `every device name from /dev/sdf to /dev/sdp is taken on ${run.answer(targetChoice).instanceId}`,
    notChanged: ['nothing was changed'],
  })
}

function optionOf(value: NewVolume): Option<NewVolume> {
  const rate = value.initRate === null ? 'blocks fetched as they are read' : `initialized at ${value.initRate} MiB/s`
  return {
    kind: 'option',
    value,
    label: `${value.type}  ${value.sizeGiB} GiB  ${value.zone}  as ${value.device}`,
    detail: rate,
  }
}

/** What the new volume is like. Its zone is the instance's, its size the snapshot's. */
export const volumeChoice: Choice<NewVolume> = {
  kind: 'choice',
  id: 'volume',
  version: 1,
  needs: ['target', 'snapshot'],
  question: 'What should the new volume be like?',
  flag: '--volume-type',
  answeredBy: ['volumeType', 'initRate'],
  why: "A volume can only be attached in its own zone, so the zone is the instance's; it can't be smaller than the snapshot. Until a block has been read once it comes from S3 and is slow: an initialization rate fetches all of them at a known speed, for a little money. gp3 is the type AWS recommends and the cheapest that is not slow.",
  danger: () => 'low',
  answer: newVolume,
  async *options(run) {
    const { zone } = run.answer(targetChoice)
    const { sizeGiB } = run.answer(snapshotChoice)
    const device = await freeDevice(run)
    for (const type of types) {
      // The smallest st1 volume has 125 GiB (EBS volume types, EBS user guide).
      if (type === 'st1' && sizeGiB < 125) continue
      yield optionOf({ type, sizeGiB, initRate: run.flags.initRate ?? null, zone, device })
    }
  },
  suggested: (_run, seen) => seen.find((option) => option.value.type === 'gp3'),
  fromFlags({ flags }, seen) {
    const { volumeType, initRate } = flags
    if (initRate !== undefined && !(Number.isInteger(initRate) && initRate >= 100 && initRate <= 300)) {
      throw new UsageError(`--init-rate ${initRate} is not a whole number of MiB/s from 100 to 300`)
    }
    if (volumeType === undefined) return undefined
    const found = seen.find((option) => option.value.type === volumeType)
    if (found === undefined)
      throw new UsageError(
        `--volume-type ${volumeType} is not one of ${seen.map((option) => option.value.type).join(', ')}`,
      )
    return found.value
  },
  check: async () => [],
}
