// A whole world to lose a server in: AWS's endpoints on loopback, a host, and the config that points Lifeboat at them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startCloud, type Cloud } from './cloud/start-cloud.ts'
import { cloudWorld } from './host/cloud-world.ts'
import { type World } from './host/manifest.ts'
import { makeKey } from './host/simulated/ssh/keys.ts'
import { chat, hostName, newLabKeys, writeLabConfig } from './lab-config.ts'
import { machines, type HostKind, type Machine } from './machine.ts'
import { sh } from '../text/quote.ts'
import { errorCode } from '../text/error-code.ts'
import { makeFolder } from '../text/make-folder.ts'
import { UsageError } from '../text/errors.ts'
import type { CloudWorld } from './cloud/world.ts'
import type { Scenario, Stage } from './scenarios/scenario.ts'

export interface LabOptions {
  readonly cacheDir: string
  readonly host: HostKind
  readonly delays: 'none' | 'real'
  /** Without one the volume is lost, and nothing else. */
  readonly scenario?: Scenario
  /** The same seed makes the same world, and the same faults. */
  readonly seed?: number
  /** How many machines there are for instances that are launched: as many as the incident needs unless said. */
  readonly spares?: number
  readonly signal?: AbortSignal
}

/** The line that `lab --json` prints when it is ready. */
export interface LabReady {
  readonly ec2: string
  readonly s3: string
  readonly sts: string
  readonly iam: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly ssh: LabSsh
  readonly hosts: readonly {
    readonly name: string
    readonly instanceId: string
    readonly pool: string
    readonly services: readonly string[]
    readonly ssh: LabSsh
  }[]
  /** A config that is all Lifeboat needs. */
  readonly config: string
}

interface LabSsh {
  readonly destination: string
  readonly port: number
  readonly identityFile: string
  readonly knownHosts: string
}

export interface Lab {
  readonly ready: LabReady
  /** The folder that goes with it. */
  readonly dir: string
  readonly stage: Stage
  /** What every clock in it shows. */
  readonly clock: () => Date
  close(): Promise<void>
}

/** A clock that goes as fast as ours. @param begins what it shows now, ISO UTC */
function clockFrom(begins: string | undefined): () => Date {
  const aheadMs = begins === undefined ? 0 : Date.parse(begins) - Date.now()
  return () => new Date(Date.now() + aheadMs)
}

/** Labs that were killed left their folders; their processes are gone. */
async function removeLeftBehind(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/**
 * A folder that goes when this process does, however it ends: a shell waits for the end of what only we could write.
 * @returns what removes it now
 */
function removedWithUs(dir: string): () => Promise<void> {
  const cleaner = spawn('/bin/sh', ['-c', 'cat >/dev/null; rm -rf -- "$1"', 'sh', dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  cleaner.unref()
  return async () => {
    const ended = once(cleaner, 'exit')
    cleaner.ref()
    cleaner.stdin.end()
    await ended
  }
}

/** The world as somebody finds it: with the volume, where that is not lost. */
function beginningOf(
  machine: Machine,
  scenario: Scenario | undefined,
  keys: ReturnType<typeof newLabKeys>,
): CloudWorld {
  const { world, lastImage } = machine
  const begin = cloudWorld(world, keys)
  const withVolume =
    scenario?.begins === 'pool-in-use'
      ? { ...begin, volumes: [...begin.volumes, volumeInUse(world, begin, lastImage)] }
      : begin
  return scenario?.cloud?.(withVolume, world) ?? withVolume
}

const volumeInUse = (
  world: World,
  { volumes }: CloudWorld,
  imagePath: string | null,
): CloudWorld['volumes'][number] => ({
  volumeId: world.originalVolumeId,
  availabilityZone: world.availabilityZone,
  sizeGiB: world.sizeGiB,
  volumeType: 'gp3',
  createdAt: volumes[0]?.createdAt ?? world.builtAt,
  snapshotId: null,
  tags: { Name: 'irc-data', Snapshot: 'true', SnapshotPolicy: 'Daily-2Weeks' },
  imagePath,
  attached: { instanceId: world.instanceId, device: '/dev/xvdf' },
})

/** Puts the pool into use, as it was before anything went wrong. */
async function putIntoUse({ instance, lastImage, world }: Machine, stage: Stage): Promise<void> {
  if (lastImage === null)
    throw new UsageError('this incident begins with a pool in use, which only a simulated host has: --host simulated')
  await instance.attach(lastImage, world.originalVolumeId)
  await stage.ssh(
    sh`zpool import -f -d /dev/disk/by-id ${world.pool}; systemctl reset-failed chat.service; systemctl start chat.service`,
  )
}

function stageOf(machine: Machine, cloud: Cloud, dir: string, seed: number, scenario: Scenario | undefined): Stage {
  const { dropConnections, instance, ssh: access, world } = machine
  const { run } = (scenario?.begins === 'zone-down' ? machine.spares[0] : undefined) ?? machine
  const imageOf = (snapshotId: string): string => {
    const found = world.snapshots.find((each) => each.snapshotId === snapshotId)
    if (found === undefined) throw new Error(`the world has no snapshot ${snapshotId}`)
    return found.image
  }
  const ssh = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await run(line)
    if (code !== 0) throw new Error(`the host ended "${line}" with ${code}: ${stderr}`)
    return stdout.trimEnd()
  }
  return {
    world,
    cloud,
    seed,
    ssh,
    pull: (volumeId) => instance.detach(volumeId),
    async plugCopy(snapshotId, volumeId) {
      const copy = join(dir, `${volumeId}.img`)
      await copyFile(imageOf(snapshotId), copy)
      await instance.attach(copy, volumeId)
    },
    async changeSnapshot(snapshotId, line) {
      const volumeId = snapshotId.replace('snap-', 'vol-')
      await instance.attach(imageOf(snapshotId), volumeId)
      await ssh(sh`zpool import -f -o cachefile=none -d /dev/disk/by-id ${world.pool}`)
      await ssh(line)
      await ssh(sh`zpool export ${world.pool}`)
      await instance.detach(volumeId)
    },
    mistakeHostKey: () =>
      writeFile(access.knownHostsFile, `[${access.host}]:${access.port} ${makeKey('another').public}\n`),
    dropConnections() {
      if (dropConnections === undefined)
        throw new UsageError('only a simulated host drops connections: --host simulated')
      dropConnections()
    },
  }
}

/** What the system says of a place for files, where that is what is wrong. */
const ofThePlace = ['EACCES', 'EDQUOT', 'EEXIST', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS']

function noPlace(folder: string, error: unknown): unknown {
  const code = errorCode(error)
  return code !== null && ofThePlace.includes(code)
    ? new UsageError(`the lab can't keep its files in ${folder}: ${code}; name another place with --cache-dir`)
    : error
}

/** @throws UsageError where there can be none */
async function newFolder(cacheDir: string): Promise<string> {
  const labs = join(cacheDir, 'labs')
  try {
    makeFolder(labs)
    await removeLeftBehind(labs)
    return await mkdtemp(join(labs, `${process.pid}-`))
  } catch (error) {
    throw noPlace(labs, error)
  }
}

/** Refuses before anybody is asked anything what could not be begun afterwards. @throws UsageError */
export const demandPlace = async (cacheDir: string): Promise<void> => rmdir(await newFolder(cacheDir))

/** Starts the lab. @throws PreflightError `rig-not-built`, VmError, UsageError */
export async function startLab({
  cacheDir,
  host,
  delays,
  scenario,
  seed = 1,
  signal,
  spares,
}: LabOptions): Promise<Lab> {
  const dir = await newFolder(cacheDir)
  const closing: (() => Promise<unknown>)[] = [removedWithUs(dir)]
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end()
  }
  const clock = clockFrom(scenario?.time?.begins)
  try {
    const machine = await machines[host]({
      cacheDir,
      dir,
      seed,
      spares: spares ?? (scenario?.begins === 'zone-down' ? 1 : 0),
      isDown: scenario?.begins === 'zone-down',
      clock,
      ...(scenario?.time === undefined ? {} : { time: scenario.time }),
      ...(signal === undefined ? {} : { signal }),
    })
    closing.push(() => machine.close())
    const { world } = machine
    const keys = newLabKeys()
    const start = beginningOf(machine, scenario, keys)
    await mkdir(join(dir, 'disks'))
    const cloud = await startCloud({
      world: start,
      hosts: new Map([[world.instanceId, machine.instance]]),
      spares: machine.spares.map((each) => each.instance),
      dir: join(dir, 'disks'),
      delays,
      clock,
    })
    closing.push(() => cloud.close())
    for (const each of [machine, ...machine.spares]) each.instance.reaches?.(cloud.s3)
    const stage = stageOf(machine, cloud, join(dir, 'disks'), seed, scenario)
    if (scenario?.begins === 'zone-down') await machine.instance.stop?.()
    if (scenario?.begins === 'pool-in-use') await putIntoUse(machine, stage)
    await scenario?.prepare?.(stage)
    const { region } = start
    const { served = chat } = scenario ?? {}
    const [template] = start.launchTemplates ?? []
    const config = await writeLabConfig(dir, world, {
      cloud,
      region,
      ...keys,
      ssh: machine.ssh,
      served,
      ...(template === undefined ? {} : { launchTemplate: template.launchTemplateId }),
      // A simulated service that crashes does so at once, and again before a second has passed.
      ...(delays === 'none' && host === 'simulated' ? { stableSeconds: 2 } : {}),
      // Its AWS shows at once what is.
      ...(delays === 'none' ? { settleSeconds: 2 } : {}),
    })
    const ssh = {
      destination: `${machine.ssh.user}@${machine.ssh.host}`,
      port: machine.ssh.port,
      identityFile: machine.ssh.identityFile,
      knownHosts: machine.ssh.knownHostsFile,
    }
    const ready: LabReady = {
      ec2: cloud.ec2,
      s3: cloud.s3,
      sts: cloud.sts,
      iam: cloud.iam,
      region,
      ...keys,
      ssh,
      hosts: [{ name: hostName, instanceId: world.instanceId, pool: world.pool, services: served.services, ssh }],
      config,
    }
    return { ready, dir, stage, clock, close }
  } catch (error) {
    await close()
    throw errorCode(error) === 'ENOSPC' ? noPlace(dir, error) : error
  }
}
