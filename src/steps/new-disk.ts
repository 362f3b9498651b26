// Which of the host's disks is the volume's, and where on it the pool's label is.
import type { Device } from '../remote/linux/disks.ts'
import { readLabel, type PoolLabel } from '../remote/zfs/pool.ts'
import { bytes } from '../text/bytes.ts'
import { Refused } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import type { Run } from './step.ts'

const bytesPerGiB = 1024 ** 3

const refused = (run: Run, code: string, message: string): Refused =>
  new Refused({
    code,
    message,
    notChanged: ['no disk was written to'],
    next: [
      { why: 'see what the host has', command: run.onHost('lsblk -o NAME,SIZE,SERIAL,FSTYPE,MOUNTPOINT') },
      { why: 'take the volume off again', command: `lifeboat undo ${run.id} --confirm ${run.host.name}` },
    ],
  })

const named = (disk: Device): string => `${disk.path} (${bytes(disk.size)})`

/**
 * The one disk that was not there before, where no serial tells it. Undefined while there is none.
 * @throws Refused where there are several, or where its size is not the volume's
 */
export function newDisk(
  run: Run,
  devices: readonly Device[],
  others: readonly string[],
  sizeGiB: number,
): Device | undefined {
  const fresh = devices.filter((each) => each.type === 'disk' && !others.includes(each.path))
  const [disk] = fresh
  if (disk === undefined) return undefined
  if (fresh.length > 1)
    throw refused(
      run,
      'several-new-disks',
      `${fresh.length} disks have come since the volume was attached, and none bears a serial: ${fresh.map(named).join(', ')}. Which one is the volume can't be told`,
    )
  if (disk.size !== sizeGiB * bytesPerGiB)
    throw refused(
      run,
      'other-disk-came',
      `the disk that came when the volume was attached is ${named(disk)}, and the volume has ${sizeGiB} GiB`,
    )
  return disk
}

interface Bearer {
  readonly device: Device
  readonly label: PoolLabel
}

const told = ({ device, label }: Bearer): string =>
  `${device.path}: ${label.name} (GUID ${label.guid}, ${label.readable} of 4 labels)`

/** Labels of other pools may be left of what was on the disk before; each later one has taken some of its copies. */
function chosen(run: Run, bearers: readonly Bearer[]): Bearer {
  const most = Math.max(...bearers.map(({ label }) => label.readable))
  const pools = new Set(bearers.map(({ label }) => label.guid))
  const wanted = bearers.filter(({ label }) => run.host.pool === undefined || label.name === run.host.pool)
  const fitting = wanted.length === 0 ? bearers : wanted
  const whole =
    new Set(fitting.map(({ label }) => label.guid)).size === 1
      ? fitting
      : fitting.filter(({ label }) => label.readable === most)
  const best = whole.toSorted((a, b) => b.label.readable - a.label.readable)[0]
  if (best === undefined || new Set(whole.map(({ label }) => label.guid)).size > 1)
    throw refused(
      run,
      'several-labels',
      `the disk bears labels of several pools, and which is meant can't be told: ${bearers.map(told).join('; ')}. If the config says the pool's name, that one is taken`,
    )
  if (pools.size > 1)
    run.finding(
      'warn',
      `the disk bears labels of several pools: ${bearers.map(told).join('; ')}. Taken: ${best.device.path}`,
    )
  return best
}

/**
 * The partition, or the disk itself, that bears the label.
 * @param partitions of the disk, as the kernel knows them now
 * @throws Refused
 */
export async function labelBearer(
  run: Run,
  disk: Device,
  partitions: () => Promise<readonly Device[]>,
): Promise<Device> {
  const bearing = async (device: Device): Promise<Bearer[]> => {
    const label = await run.do(readLabel(device.path))
    return label === undefined ? [] : [{ device, label }]
  }
  // The kernel shows a disk before it has read its partitions, and lets it be opened when it has. So the disk itself is
  // read first, and then its partitions are looked up.
  const own = await bearing(disk)
  const bearers: Bearer[] = []
  // ZFS puts its label on the first partition when it was given a whole disk, else on what it was given.
  for (const partition of await partitions()) bearers.push(...(await bearing(partition)))
  bearers.push(...own)
  if (bearers.length > 0) return chosen(run, bearers).device
  throw new Refused({
    code: 'no-zfs-label',
    message: `${disk.path} bears no ZFS label that can be read: the EBS snapshot it was made from holds no pool, or all four copies of its label are damaged`,
    notChanged: ['the disk was only read'],
    next: [
      { why: 'see what is on it', command: run.onHost(sh`lsblk -f ${disk.path}; zdb -lll ${disk.path}`) },
      {
        why: 'take it off again, then choose another EBS snapshot',
        command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
      },
    ],
  })
}
