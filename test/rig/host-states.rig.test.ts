// @module-tag long
// Hosts and pools that are not as a plain restore expects them: the pool is there still, or suspended, or another one
// has its name; disks tell nothing of themselves; and what a volume brings along.
import { DetachVolumeCommand } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CloudWorld } from '../../src/lab/cloud/world.ts'
import { listDevices } from '../../src/remote/linux/disks.ts'
import { labelBearer } from '../../src/steps/new-disk.ts'
import { demandPool } from '../../src/steps/pool-possible.ts'
import { missingOwners, missingUsers } from '../../src/steps/strangers.ts'
import { Refused } from '../../src/text/errors.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { head } from './bad-days/bad-day.ts'
import { endState, sha } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { hostRun } from './host-run.ts'
import { attachCopy } from './prepared-snapshot.ts'
import type { Event, Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'
import { hostState } from './whole-state.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

const limits = { timeout: 180_000, interval: 200 }

const newest = (scene: Scene) => {
  const image = scene.world.snapshots.at(-1)
  if (image === undefined) throw new Error('the world has no EBS snapshot')
  return image
}

/** Takes every pool and every data volume from the host. */
async function emptied(scene: Scene): Promise<void> {
  const { code } = await scene.rig.vm
    .run(
      'systemctl stop chat.service; for p in $(zpool list -Ho name); do zpool destroy -f "$p"; done; rm -rf --one-file-system /tank',
    )
    .catch(() => ({ code: null }))
  // Where a case failed before the reboot, ZFS waits for its disk: the next case is to find a host that works.
  if (code !== 0) await scene.rig.vm.reset()
  const { instanceId } = scene.world
  for (const { VolumeId } of (await scene.dataVolumes()).filter((each) => each.State === 'in-use'))
    await scene.ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId: instanceId }))
  await vi.waitUntil(async () => (await scene.dataVolumes()).every((each) => each.State === 'available'), limits)
}

async function sceneOf(change?: (world: CloudWorld) => CloudWorld): Promise<Scene> {
  const scene = await rig.scene(change)
  scene.later(() => emptied(scene))
  await scene.editHost({ stable_seconds: 1 })
  return scene
}

/** Runs the service on a copy of the newest pool, in which a file is other than in any backup. @returns its volume */
async function living(scene: Scene): Promise<string> {
  const volumeId = await attachCopy(scene, newest(scene).snapshotId, '/dev/sdf')
  const partition = 'ls /dev/nvme?n1p1 /dev/vd[b-z]1 2>/dev/null'
  await vi.waitUntil(async () => (await scene.ssh(`udevadm settle; ${partition} || true`)) !== '', limits)
  await scene.ssh(
    `zpool import -f -d "$(${partition})" tank && echo ours > /tank/home/alice/notes.txt && systemctl reset-failed chat.service; systemctl start chat.service`,
  )
  return volumeId
}

const eventsOf = (ran: Ran, type: string): Event[] => ran.events.filter((event) => event.type === type)
const findings = (ran: Ran): string =>
  eventsOf(ran, 'finding')
    .map((event) => String(event.message))
    .join('\n')
const finished = (ran: Ran): unknown[] => eventsOf(ran, 'step-finished').map((event) => event.step)
const ended = (ran: Ran) => ({ exitCode: ran.exitCode, error: errorOf(ran)?.message })

async function expectRestored(scene: Scene): Promise<void> {
  const image = newest(scene)
  const { gates, messages, notes, service, cronMounts, answer } = await endState(scene)
  expect({ gates, cronMounts, service, messages: sha(messages), notes: sha(notes) }).toEqual({
    gates: '',
    cronMounts: '',
    service: 'active',
    messages: image.head.messagesSha256,
    notes: image.head.notesSha256,
  })
  expect(JSON.parse(answer)).toMatchObject({ newest: image.head.newestRecordAt })
}

/** Without what each start of a service and each import of a pool makes new. */
const lasting = async (scene: Scene): Promise<object> => {
  const { units, mounts, files, ...rest } = (await hostState(scene)) as Record<string, string>
  return {
    ...rest,
    units: units?.replaceAll(/InvocationID=\w+/g, ''),
    mounts: mounts?.split('\n').toSorted(),
    files: files?.replace(/^\w+ +(?=\/etc\/zfs\/zpool\.cache$)/m, ''),
  }
}

describe('the pool that is to be restored is on the host still', () => {
  it('is let go of with its volume, and is back with its services when the run is taken back', async () => {
    await using scene = await sceneOf()
    const old = await living(scene)
    const [volume] = scene.cloud.volumes().filter((each) => each.volumeId === old)
    const before = await lasting(scene)
    scene.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'volume-error' } })
    const failed = await scene.restore(head)
    expect(ended(failed)).toMatchObject({ exitCode: 3, error: expect.stringContaining('in state error') as unknown })
    expect(finished(failed)).toContain('let-go')
    expect(await scene.ssh('zpool list -H; lsblk -rno SERIAL')).not.toContain(old.replace('-', ''))
    expect(ended(await scene.undo())).toEqual({ exitCode: 0 })
    expect(await lasting(scene)).toEqual(before)
    const attachment = { ...volume?.attachment, attachedAt: expect.any(Date) as unknown }
    expect(scene.cloud.volumes()).toContainEqual({ ...volume, attachment })
    expect(await scene.ssh('cat /tank/home/alice/notes.txt')).toBe('ours')

    const files = await scene.restore(['--snapshot', 'latest', '--at', 'latest', '--way', 'files', '--to', '/root/out'])
    expect(errorOf(files)).toMatchObject({
      code: 'pool-imported',
      next: [{ command: expect.stringContaining('--source local') as unknown }, {}],
    })
    expect(files.last).toMatchObject({ exitCode: 5 })

    const ran = await scene.restore(head)
    expect(ended(ran)).toEqual({ exitCode: 0 })
    await expectRestored(scene)
    const leadsOn = JSON.stringify(ran.last?.['next'])
    expect(leadsOn).toContain(`aws ec2 delete-volume --volume-id ${old}`)
    const volumes = scene.cloud.volumes().filter((each) => each.attachment?.device !== '/dev/xvda')
    expect(volumes).toHaveLength(2)
    expect(volumes).toContainEqual({ ...volume, state: 'available', attachment: null })
  })
})

const zfsCommand = /(?:^|[;&|(]|\$\()\s*(?:zpool|zfs|zdb)\b/

/** Takes a volume from the host that is using it. */
async function pulled(scene: Scene, VolumeId: string): Promise<void> {
  await scene.ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId: scene.world.instanceId, Force: true }))
  await vi.waitUntil(async () => (await scene.dataVolumes())[0]?.State === 'available', limits)
}

const kernelsWord = (scene: Scene): Promise<string> => scene.ssh('cat /proc/spl/kstat/zfs/tank/state')
const written = '(dd if=/dev/zero of=/tank/chat/more bs=64k count=64; sync) >/dev/null 2>&1 </dev/null & true'

/** The commands that were run until the host had been rebooted. */
function untilReboot({ events }: Ran): string[] {
  const rebooted = events.findIndex((event) => event.type === 'step-finished' && event.step === 'reboot')
  return events.slice(0, rebooted).flatMap((event) => (event.type === 'command' ? [String(event.text)] : []))
}

async function expectRebooted(scene: Scene, ran: Ran): Promise<void> {
  expect(ended(ran)).toEqual({ exitCode: 0 })
  await expectRestored(scene)
  expect(untilReboot(ran)).toContainEqual(expect.stringContaining('reboot-instances'))
  expect(finished(ran)).toContain('reboot')
  expect(finished(ran).indexOf('reboot')).toBeLessThan(finished(ran).indexOf('create-volume'))
}

describe('a pool whose disk was pulled', () => {
  it('suspended, the host is rebooted with all gates closed and ZFS not asked, and then restored', async () => {
    await using scene = await sceneOf()
    const old = await living(scene)
    // The disk is there still and nothing of it can be read or written: so ZFS suspends the pool, before it is pulled.
    await scene.ssh(
      `resizepart "$(lsblk -prno PKNAME "$(zpool list -vHPL tank | grep -o '/dev/\\w*')")" 1 8; ${written}`,
    )
    await vi.waitUntil(async () => (await kernelsWord(scene)) === 'SUSPENDED', limits)
    await pulled(scene, old)

    const ran = await scene.restore(head)
    await expectRebooted(scene, ran)
    // What stands between quotes is looked for in the host's files.
    expect(untilReboot(ran).filter((text) => zfsCommand.test(text.replaceAll(/'[^']*'/g, '')))).toEqual([])
  })

  it('while it was written to, so that ZFS waits for ever and says ONLINE, the host is rebooted as well', async () => {
    await using scene = await sceneOf()
    // What ZFS does all the time leaves an emulated host little for anything else.
    await scene.editSsh((text) => text.replace(/^Host .*$/m, '$&\n  ConnectTimeout 180'))
    await pulled(scene, await living(scene))
    await scene.ssh(written)
    expect(await kernelsWord(scene)).toBe('ONLINE')

    await expectRebooted(scene, await scene.restore(head))
  })
})

describe('another pool has the name, and no disk bears a serial', () => {
  it('where it is mounted the restore stops before any service does; out of the way, ours comes under another name', async () => {
    await using scene = await sceneOf((world) => ({
      ...world,
      instances: world.instances.map((each) => ({ ...each, instanceType: 't2.medium' })),
    }))
    // With the pool's name in the config it would be taken for the lost one, which is not to be let go of here.
    await scene.editConfig(({ hosts }) => delete hosts[0]['pool'])
    await scene.onHost(
      'truncate -s 96M /run/theirs && zpool create -o cachefile=none tank /run/theirs && echo theirs > /tank/theirs',
      'rm /run/theirs',
    )

    const refused = await scene.restore(head)
    expect(errorOf(refused)).toMatchObject({
      code: 'mountpoint-taken',
      message: expect.stringContaining('/tank is the mount of tank') as unknown,
    })
    expect(refused.exitCode).toBe(3)
    expect(finished(refused)).not.toContain('stop-services')
    expect(findings(refused)).toContain('this one is called tank-restored from now on')
    const found = eventsOf(refused, 'step-finished').find((event) => event.step === 'find-disk')
    expect(found?.effect).toMatchObject({ node: expect.stringContaining('/dev/disk/by-partuuid/') as unknown })
    await scene.ssh('zfs set mountpoint=none tank')

    expect(ended(await scene.resume())).toEqual({ exitCode: 0 })
    await expectRestored(scene)
    expect(await scene.ssh('findmnt -no SOURCE /tank/chat; zpool list -Ho name')).toBe(
      'tank-restored/chat\ntank\ntank-restored',
    )
  })
})

/** Pools on loop devices, which lie in a folder each: devices of one pool, and one that is no pool's. */
const pools = {
  whole: 'mkpool whole mirror a b && zpool export whole',
  checkpoint: 'mkpool checkpoint a && zpool checkpoint checkpoint && zpool export checkpoint',
  damaged: 'mkpool damaged a && zpool export damaged && dd if=/dev/urandom of=damaged/a bs=256k count=2 conv=notrunc',
  readable:
    'mkpool readable a && zpool export readable && zhack -d readable feature enable -r readable org.example:newer && zhack -d readable feature ref readable org.example:newer',
  unreadable:
    'mkpool unreadable a && zpool export unreadable && zhack -d unreadable feature enable unreadable org.example:newer && zhack -d unreadable feature ref -m unreadable org.example:newer',
  parity: 'mkpool parity raidz a b c && zpool export parity',
  stripe: 'mkpool stripe a b && zpool export stripe',
  logged: 'mkpool logged a log b && zpool export logged',
  cut: 'mkpool cut a && zpool export cut && truncate -s 70M img/cut-a && losetup -c $(readlink -f cut/a)',
  // Partitioned anew after it was a pool: a table of one partition, written by hand.
  several: String.raw`mkpool several a && zpool export several && printf '\0\0\0\0\203\0\0\0\0\020\0\0\040\277\002\0' | dd of=several/a bs=1 seek=446 conv=notrunc && printf '\125\252' | dd of=several/a bs=1 seek=510 conv=notrunc && partx -u $(readlink -f several/a) && udevadm settle && zpool create -f within "$(readlink -f several/a)p1" && zpool export within`,
  bare: 'mkdir bare && device bare a',
  half: 'mkpool half mirror a b && zpool export half && losetup -d $(readlink -f half/b)',
} as const

/** The lines that make all of them. */
const made = String.raw`
set -e
mkdir -p /run/pools/img; cd /run/pools
device() { truncate -s 96M img/$1-$2; ln -s $(losetup -f -P --show img/$1-$2) $1/$2; }
mkpool() {
  pool=$1; shift; mkdir $pool; words=
  for w in "$@"; do case $w in ?) device $pool $w; w=$(readlink -f $pool/$w);; esac; words="$words $w"; done
  zpool create -o cachefile=none -O canmount=noauto $pool $words
}
`

/** Where on a disk the label is found that a run with this config takes. */
async function bearerOf(path: string, pool?: string) {
  const on = await hostRun(rig, pool === undefined ? {} : { pool })
  const found = (await on.run.do(listDevices())).find((each) => each.path === path)
  if (found === undefined) throw new Error(`lsblk does not show ${path}`)
  return { bearer: await labelBearer(on.run, found, () => Promise.resolve(found.children)), warnings: on.warnings() }
}

describe('what a volume brings along', () => {
  beforeAll(async () => {
    const { code, stderr } = await rig.vm.run(`${made}${Object.values(pools).join('\n').replaceAll(' && ', '\n')}`, {
      timeoutMs: 400_000,
    })
    if (code !== 0) throw new Error(`the pools were not made: ${stderr}`)
  })
  afterAll(() =>
    rig.vm.run(
      'for p in $(zpool list -Ho name); do zpool export -f "$p"; done; losetup -D; rm -rf /run/pools /run/lifeboat',
    ),
  )
  const device = async (pool: keyof typeof pools) =>
    (await rig.vm.run(`readlink -f /run/pools/${pool}/a`)).stdout.trim()

  const peculiar: [keyof typeof pools, RegExp, string | null][] = [
    ['half', /^the pool half is degraded: \/dev\/loop\d+ is not there\. .*zpool detach half \/dev\/loop\d+$/, null],
    ['checkpoint', /^somebody's checkpoint is in the pool \(created .*\): .*zpool checkpoint -d checkpoint$/, null],
    ['damaged', /^only 2 of the four copies of the pool's label can be read/, null],
    ['readable', /uses features that this host's OpenZFS does not know \(org\.example:newer\)/, 'pool-only-readable'],
  ]
  it.each(peculiar)('%s: it is said, and the pool is looked into', async (pool, warns, writing) => {
    const on = await hostRun(rig)
    await on.inspect(await device(pool))
    expect(on.warnings()).toEqual([expect.stringMatching(warns)])
    const refused = await demandPool(on.run).catch((error: unknown) => error)
    expect(refused instanceof Refused ? refused.code : null).toBe(writing)
  })

  const impossible: [keyof typeof pools, string][] = [
    ['whole', 'other-half-here'],
    ['parity', 'several-volumes'],
    ['stripe', 'several-vdevs'],
    ['logged', 'log-device'],
    ['unreadable', 'features-unsupported'],
    ['cut', 'devices-missing'],
  ]
  it.each(impossible)('%s: it is refused in words, and nothing of it stays imported', async (pool, code) => {
    const on = await hostRun(rig)
    expect(await thrownBy(on.inspect(await device(pool)))).toMatchObject({ code })
    expect((await rig.vm.run('zpool list -Ho name')).stdout.split('\n')).not.toContain(pool)
  })

  it('of the labels of several pools that of the config is taken; without any, and where none can be read, it is refused', async () => {
    const several = await device('several')
    expect(await thrownBy(bearerOf(several))).toMatchObject({
      code: 'several-labels',
      message: expect.stringMatching(/p1: within \(GUID \d+, 4 of 4 labels\); \S+: several \(/) as unknown,
    })
    expect(await bearerOf(several, 'within')).toMatchObject({
      bearer: { path: `${several}p1` },
      warnings: [expect.stringContaining(`Taken: ${several}p1`)],
    })
    expect(await thrownBy(bearerOf(await device('bare')))).toMatchObject({ code: 'no-zfs-label' })
  })

  it('owners and users whom the host does not have are named with a file, and with the unit', async () => {
    await using scene = await rig.scene()
    await scene.onHost(
      'mkdir -p /run/odd/of && touch "/run/odd/of/two words" && chown 4242:4243 "/run/odd/of/two words" && printf "[Service]\\nType=oneshot\\nUser=nobody-here\\nExecStart=/bin/true\\n" > /run/systemd/system/odd.service && systemctl daemon-reload',
      'rm -r /run/odd /run/systemd/system/odd.service && systemctl daemon-reload',
    )
    const { run } = await hostRun(rig, { services: ['odd.service', 'chat.service'] })
    expect(await missingOwners(run, [{ mountpoint: '/run/odd' }])).toEqual([
      {
        level: 'warn',
        message: 'the host has no user with the uid 4242, who owns files such as /run/odd/of/two words',
      },
      {
        level: 'warn',
        message: 'the host has no group with the gid 4243, who owns files such as /run/odd/of/two words',
      },
    ])
    expect(await missingUsers(run)).toEqual([
      { level: 'warn', message: expect.stringContaining('odd.service is to run as the user nobody-here') as unknown },
    ])
  })
})
