import { z } from 'zod'
import { describeInstance, describeVolumes } from '../remote/aws/ec2.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { duration } from '../text/time.ts'
import { priceOf } from './prices.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Choice, Option, Run } from './step.ts'
import { targetChoice } from './target.ts'

// Provisioned-IOPS types want a number of IOPS and are left out; the magnetic ones are no place for a pool.
const types = ['gp3', 'gp2', 'st1'] as const

export const newVolumeType = z.enum(types)

const newVolume = z.object({
  /** Of a new volume one of the types above; an original may be of any type. */
  type: z.string(),
  sizeGiB: z.number(),
  /** MiB/s, or null: blocks are fetched as they are read. */
  initRate: z.number().nullable(),
  zone: z.string(),
  device: z.string(),
})

type NewVolume = z.infer<typeof newVolume>

/** `/dev/sdf` and `/dev/xvdf` are one slot ("Device names for volumes", EC2 user guide). */
const slot = (device: string): string => device.replace(/^\/dev\/(sd|xvd)/, '')

/** The device names that are free on the instance, the config's first. @throws PreflightError when there is none */
export async function freeDevices(run: Run): Promise<[string, ...string[]]> {
  const { instanceId } = run.answer(targetChoice)
  const instance = await run.do(describeInstance(instanceId))
  const taken = new Set((instance?.disks ?? []).map((disk) => slot(disk.device)))
  const wanted = [
    ...(run.host.device === undefined ? [] : [run.host.device]),
    ...'fghijklmnop'.split('').map((letter) => `/dev/sd${letter}`),
  ]
  const [first, ...others] = [...new Set(wanted)].filter((device) => !taken.has(slot(device)))
  if (first !== undefined) return [first, ...others]
  throw new PreflightError({
    code: 'no-free-device',
    message: `every device name from /dev/sdf to /dev/sdp is taken on ${instanceId}`,
    notChanged: ['nothing was changed on the instance'],
  })
}

/** How fast its blocks arrive: at a rate it is known, without one AWS promises nothing. */
function arrival({ sizeGiB, initRate }: NewVolume): string {
  if (initRate === null) return 'blocks fetched as they are read: slow until each was read once'
  return `initialized at ${initRate} MiB/s: about ${duration(((sizeGiB * 1024) / initRate) * 1000)}`
}

const optionOf = (run: Run, value: NewVolume): Option<NewVolume> => ({
  kind: 'option',
  value,
  label: `${value.type}  ${value.sizeGiB} GiB  ${value.zone}  as ${value.device}${value.initRate === null ? '' : `  initialized at ${value.initRate} MiB/s`}`,
  detail: `${priceOf(run, value)}; ${arrival(value)}`,
})

async function originalOption(run: Run, device: string): Promise<Option<NewVolume>> {
  const { volumeId, sizeGiB } = run.answer(snapshotChoice)
  const { zone } = run.answer(targetChoice)
  const type = (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)?.type ?? 'unknown'
  return {
    kind: 'option',
    value: { type, sizeGiB, initRate: null, zone, device },
    label: `${volumeId} as it is  ${type}  ${sizeGiB} GiB  as ${device}`,
    detail: 'no new volume; all of its blocks are there',
  }
}

/** The slowest and the fastest rate there is, in MiB/s, where all of the volume is to be there soon. Others can be named. */
const offeredRates = (type: string): readonly (number | null)[] => (type === 'gp3' ? [null, 100, 300] : [null])

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
  danger: (run) => (run.answer(snapshotChoice).original ? 'moderate' : 'low'),
  answer: newVolume,
  async *options(run) {
    const { zone } = run.answer(targetChoice)
    const { original, sizeGiB } = run.answer(snapshotChoice)
    const [device] = await freeDevices(run)
    if (original) {
      yield await originalOption(run, device)
      return
    }
    for (const type of types) {
      // The smallest st1 volume has 125 GiB (EBS volume types, EBS user guide).
      if (type === 'st1' && sizeGiB < 125) continue
      // What the command line says of one is no question of the other any more.
      const rates = run.flags.initRate === undefined ? offeredRates(type) : [run.flags.initRate]
      for (const initRate of rates) yield optionOf(run, { type, sizeGiB, initRate, zone, device })
    }
  },
  suggested: (run, seen) =>
    run.answer(snapshotChoice).original ? seen[0] : seen.find((option) => option.value.type === 'gp3'),
  fromFlags(run, seen) {
    const { volumeType, initRate } = run.flags
    if (run.answer(snapshotChoice).original && (volumeType !== undefined || initRate !== undefined)) {
      throw new UsageError('--volume-type and --init-rate are for a new volume, and --snapshot original makes none')
    }
    if (initRate !== undefined && !(Number.isInteger(initRate) && initRate >= 100 && initRate <= 300)) {
      throw new UsageError(`--init-rate ${initRate} is not a whole number of MiB/s from 100 to 300`)
    }
    if (volumeType === undefined) return undefined
    const found = seen.find((option) => option.value.type === volumeType)
    if (found === undefined)
      throw new UsageError(
        `--volume-type ${volumeType} is not one of ${[...new Set(seen.map((option) => option.value.type))].join(', ')}`,
      )
    return found.value
  },
  check: async () => [],
}
