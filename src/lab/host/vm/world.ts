// Makes the lab's world: lets a machine live through a week with a pool on an EBS-like disk, keeps what the disk was on
// four evenings, takes the disk away for good and saves the host as that leaves it.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { sh } from '../../../text/quote.ts'
import { weekBefore, type Week } from '../calendar.ts'
import { serialOf } from './disks.ts'
import { contentsSchema, hourlySchema, manifestFile, type DiskImage, type Hourly, type World } from '../manifest.ts'
import { instanceId } from './qemu.ts'
import type { Accel } from './rig.ts'
import { saveState } from './saved-state.ts'
import { expectSuccess, savedDisk, savedState, startFrom, type BareVm } from './vm.ts'

const originalVolumeId = 'vol-0a1b2c3d4e5f60718'
const pool = 'tank'
const sizeGiB = 1

export const weekProgram = join(import.meta.dirname, 'world/week.pl')

const reportSchema = z.union([
  hourlySchema.extend({ kind: z.literal('hourly') }),
  contentsSchema.extend({ kind: z.literal('head') }),
])

/** Fills a folder with the manifest, the evenings' images and the saved host. Takes 2 to 3 minutes under emulation. */
export async function makeWorld(
  folder: string,
  // The guest of `readyDir` has booted and has no pool.
  inputs: { readonly accel: Accel; readonly imageDir: string; readonly readyDir: string; readonly nowMs: number },
): Promise<void> {
  const runDir = join(folder, 'making')
  const disk = join(runDir, 'original.raw')
  await mkdir(runDir, { recursive: true })
  await execa('truncate', [`--size=${sizeGiB}G`, disk])
  const vm = await startFrom(join(inputs.readyDir, savedDisk), {
    accel: inputs.accel,
    imageDir: inputs.imageDir,
    runDir,
    loadvm: savedState,
    bannerTimeoutMs: 60_000,
  })
  try {
    await vm.attach(disk, originalVolumeId)
    const week = weekBefore(inputs.nowMs)
    const lived = await live(vm, week, disk, folder)
    const [poolGuid, hostid] = (
      await expectSuccess(vm.run(sh`zpool get -H -o value guid ${pool} && hostid`), 'name its pool')
    ).split('\n')
    await loseTheDisk(vm, week)
    const world = {
      builtAt: new Date(inputs.nowMs).toISOString(),
      incidentAt: new Date(week.incidentMs).toISOString(),
      availabilityZone: 'us-east-1a',
      instanceId,
      originalVolumeId,
      sizeGiB,
      pool,
      poolGuid: poolGuid ?? '',
      hostid: hostid ?? '',
      ...lived,
    } satisfies World
    await writeFile(join(folder, manifestFile), `${JSON.stringify(world, null, 1)}\n`)
    await saveState(vm, runDir, folder)
  } finally {
    await vm.stop()
  }
}

async function live(
  vm: BareVm,
  week: Week,
  disk: string,
  folder: string,
): Promise<{ readonly snapshots: DiskImage[]; readonly hourlies: Hourly[] }> {
  const program = '/run/week.pl'
  const link = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${serialOf(originalVolumeId)}`
  const stdin = await readFile(weekProgram, 'utf8')
  await expectSuccess(
    vm.run(
      sh`cat >${program} && udevadm wait --timeout=120 ${link} && perl ${program} create ${link} ${week.beginMs / 1000}`,
      { stdin },
    ),
    'make its pool',
  )
  const hourlies: Hourly[] = []
  const liveUntil = async (atMs: number) => {
    const said = await expectSuccess(
      vm.run(sh`perl ${program} until ${atMs / 1000}`, { timeoutMs: 900_000 }),
      'live through the week',
    )
    const reports = said
      .trimEnd()
      .split('\n')
      .map((line) => reportSchema.parse(JSON.parse(line)))
    for (const report of reports) if (report.kind === 'hourly') hourlies.push(hourlySchema.parse(report))
    return contentsSchema.parse(reports.at(-1))
  }

  const snapshots: DiskImage[] = []
  for (const [at, eveningMs] of week.eveningsMs.entries()) {
    const head = await liveUntil(eveningMs)
    const image = `evening-${at + 1}.raw`
    await vm.frozen(async () => {
      await execa('cp', ['--sparse=always', '--reflink=auto', disk, join(folder, image)])
    })
    // EBS starts a snapshot some seconds after its schedule's time.
    const snapshotId = snapshotIdOf(week.eveningsMs.length - at)
    snapshots.push({ snapshotId, startedAt: new Date(eveningMs + 4_000).toISOString(), image, head })
  }
  await liveUntil(week.incidentMs)
  await expectSuccess(vm.run(sh`rm -f ${program} /run/week.at`), 'tidy up')
  return { snapshots, hourlies }
}

// The same ids in every world: the newest is always the same, and so on back.
function snapshotIdOf(eveningsAgo: number): string {
  return `snap-0${createHash('sha256').update(`${originalVolumeId} ${eveningsAgo}`).digest('hex').slice(0, 16)}`
}

// As after the reboot that follows a lost volume: the pool is gone, the service has tried and failed, the schedules go
// on. They rest while the guest is saved, because the clock will jump when it wakes.
async function loseTheDisk(vm: BareVm, week: Week): Promise<void> {
  await expectSuccess(vm.run(sh`systemctl stop chat.service && zpool export ${pool}`), 'let go of its pool')
  await vm.detach(originalVolumeId)
  await expectSuccess(
    vm.run(
      sh`date -u -s ${`@${week.incidentMs / 1000}`} >/dev/null; systemctl start chat.service; for try in 1 2 3 4 5 6 7 8 9 10; do systemctl is-failed --quiet chat.service && break; sleep 1; done; systemctl is-failed chat.service && sync`,
      { timeoutMs: 60_000 },
    ),
    'see its service fail',
  )
}
