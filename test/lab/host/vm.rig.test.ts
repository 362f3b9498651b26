// The real host: it needs `npm run rig:setup`. Times are of emulation on two cores.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { defaultCacheDir, rigDir } from '../../../src/lab/host/vm/cache.ts'
import { lock } from '../../../src/lab/host/vm/lock.ts'
import { type DiskImage, type World } from '../../../src/lab/host/manifest.ts'
import { readWorld } from '../../../src/lab/host/vm/read-world.ts'
import { readRig } from '../../../src/lab/host/vm/rig.ts'
import { usersOf } from '../../../src/lab/host/vm/stage.ts'
import { startVm, type Vm } from '../../../src/lab/host/vm/vm.ts'
import { fingerprintsInConsole } from '../../../src/remote/host/console-keys.ts'
import { fingerprint } from '../../../src/remote/host/host-key.ts'
import { sh } from '../../../src/text/quote.ts'
import { temporaryFolder } from './temporary-folder.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const cacheDir = defaultCacheDir()
const volumeId = 'vol-0123456789abcdef0'
const link = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0'

const lastWriteOf = async (path: string) => (await stat(path, { bigint: true })).mtimeNs

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the world lacks it')
  return value
}

const isAlive = (pid: number) =>
  stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  )

async function until(holds: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) return false
    await delay(50)
  }
  return true
}

/** Processes that name a folder in their command line. */
async function processesOf(folder: string): Promise<string[]> {
  const found = await execa('pgrep', ['--list-full', '--full', folder], { reject: false })
  return found.stdout.split('\n').filter((line) => line !== '' && !line.includes('pgrep'))
}

async function leases(): Promise<string[]> {
  const { world } = await readRig(cacheDir)
  const names = await readdir(usersOf(world)).catch(() => [])
  return names.filter((name) => name.startsWith(`${process.pid}.`))
}

describe('a host after the loss of its volume', () => {
  let runDir: string
  let vm: Vm
  let world: World
  let newest: DiskImage

  beforeAll(async () => {
    runDir = await mkdtemp(join(tmpdir(), 'lifeboat-test-'))
    world = await readWorld(cacheDir)
    newest = present(world.snapshots.at(-1))
    vm = await startVm({ cacheDir, runDir })
  })

  afterAll(async () => {
    await vm.stop()
    await rm(runDir, { recursive: true })
  })

  const says = async (line: string) => {
    const { code, stdout, stderr } = await vm.run(line, { timeoutMs: 150_000 })
    if (code !== 0) throw new Error(`${line}: ${code}: ${stderr}`)
    return stdout.trim()
  }

  test('has no pool, a failed service, and schedules that go on', async () => {
    expect(await says('hostname; hostid')).toBe(`irc-1\n${world.hostid}`)
    expect(await says('zpool list -H; zpool import 2>&1')).toBe('no pools available to import')
    expect((await vm.run('systemctl is-active chat.service')).stdout.trim()).toBe('failed')
    expect(await says('journalctl -u chat.service')).toContain('/tank/chat/messages.log is missing')
    expect(await says('systemctl is-active cron.service chat-backup.timer')).toBe('active\nactive')
    expect(await says('cat /sys/class/dmi/id/board_asset_tag')).toBe(world.instanceId)
  })

  test('has the real time, and another when told', async () => {
    const asked = Date.now()
    const told = Number(await says('date +%s%3N'))
    expect(told).toBeGreaterThan(asked - 2_000)
    expect(told).toBeLessThan(Date.now() + 2_000)
    await vm.setClock('2027-01-02T03:04:05Z')
    expect(await says('date -u +%FT%H:%M')).toBe('2027-01-02T03:04')
    expect((await vm.run('systemctl is-failed chat-backup.service')).stdout.trim()).toBe('inactive')
    await vm.setClock()
  })

  test('keeps the exit code and both outputs of a line apart, and feeds it', async () => {
    const ran = await vm.run('cat; echo err >&2; exit 7', { stdin: 'in\n' })
    expect(ran).toEqual({ code: 7, stdout: 'in\n', stderr: 'err\n' })
  })

  test('lets in an admin with sudo and a person without', async () => {
    const { port, identityFile, knownHostsFile } = vm.ssh
    const as = (user: string) =>
      execa(
        'ssh',
        [
          ['-F', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'LogLevel=ERROR'],
          ['-o', `UserKnownHostsFile=${knownHostsFile}`, '-i', identityFile, '-p', String(port)],
          [`${user}@127.0.0.1`, 'sudo -n id -u'],
        ].flat(),
        { reject: false },
      )
    const [admin, limited] = await Promise.all([as('admin'), as('limited')])
    expect(admin.stdout).toBe('0')
    expect(limited.exitCode).toBe(1)
    for (const file of [identityFile, knownHostsFile]) expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test("shows its sshd's keys on the console, as cloud-init prints them", async () => {
    const key = (await readFile(vm.ssh.knownHostsFile, 'utf8')).trim().split(' ').at(-1) ?? ''
    expect(fingerprintsInConsole(await vm.console())).toEqual([fingerprint(Buffer.from(key, 'base64'))])
  })

  test('shows an attached volume as Nitro does, and its pool is what the manifest says', async () => {
    const image = join(runDir, 'volume.raw')
    await execa('cp', ['--sparse=always', newest.image, image])
    await vm.attach(image, volumeId)
    await says(sh`udevadm wait --timeout=120 ${`${link}-part1`}`)
    expect(await says(sh`lsblk -no SERIAL ${link}`)).toMatch(/^vol0123456789abcdef0\b/)

    await says(sh`zpool import -N -o cachefile=none -d ${`${link}-part1`} ${world.poolGuid} && zfs mount -a`)
    const lastHourly = present(world.hourlies.findLast(({ at }) => at < newest.startedAt))
    const dayBefore = present(world.hourlies[world.hourlies.indexOf(lastHourly) - 24])
    const points = [
      { inside: '', contents: newest.head },
      ...[lastHourly, dayBefore].map((hourly) => ({ inside: `/.zfs/snapshot/${hourly.snapshot}`, contents: hourly })),
    ]
    for (const { inside, contents } of points) {
      const messages = `/tank/chat${inside}/messages.log`
      const sums = await says(sh`sha256sum ${messages} ${`/tank/home/alice${inside}/notes.txt`} | cut -d' ' -f1`)
      expect(sums).toBe(`${contents.messagesSha256}\n${contents.notesSha256}`)
      expect(await says(sh`tail -n1 ${messages} | cut -d' ' -f1; wc -l <${messages}`)).toBe(
        `${contents.newestRecordAt}\n${contents.records}`,
      )
    }
    // The head is newer than the newest hourly: rolling back without need loses data.
    expect(newest.head.newestRecordAt > lastHourly.at).toBe(true)
    expect(Number(await says(sh`zfs get -Hpo value ${`written@${lastHourly.snapshot}`} tank/chat`))).toBeGreaterThan(0)
  })

  test('serves its data again', async () => {
    await says('systemctl reset-failed chat.service && systemctl start chat.service')
    expect(JSON.parse(await says('curl -sf localhost:6680/'))).toEqual({
      service: 'chat',
      records: newest.head.records,
      newest: newest.head.newestRecordAt,
    })
    await says('curl -sf -H "X-Nick: alice" -d "we are back" localhost:6680/')
    expect(JSON.parse(await says('curl -sf localhost:6680/'))).toMatchObject({ records: newest.head.records + 1 })
    expect(await says('tail -n1 /tank/chat/messages.log')).toMatch(/^\S+Z alice we are back$/)
    expect(
      await says('/usr/local/bin/chat-backup && tar -tzf /var/backups/chat/$(date +%m-%d-%Y)/chat.tar.gz'),
    ).toContain('chat/messages.log')
  })

  test('a frozen guest writes nothing, and goes on afterwards', async () => {
    const writing = vm.run('for n in 1 2 3 4 5 6; do echo $n >>/tank/chat/topics.txt; zpool sync; sleep 0.1; done')
    const image = join(runDir, 'volume.raw')
    const [before, after] = await vm.frozen(async () => {
      const first = await lastWriteOf(image)
      await delay(500)
      return [first, await lastWriteOf(image)]
    })
    expect(after).toBe(before)
    expect((await writing).code).toBe(0)
    expect(await lastWriteOf(image)).not.toBe(before)
  })

  test('gives the volume up when asked, and has room for four', async () => {
    await says('systemctl stop chat.service && zpool export tank')
    await vm.detach(volumeId)
    // udev takes the links away a moment after the disk.
    await says(sh`udevadm wait --removed --timeout=120 ${link}`)
    const ids = [1, 2, 3, 4].map((n) => `vol-0000000000000000${n}`)
    for (const id of ids) {
      await writeFile(join(runDir, id), '')
      await truncate(join(runDir, id), 2 ** 20)
      await vm.attach(join(runDir, id), id)
    }
    await expect(vm.attach('/dev/null', volumeId)).rejects.toMatchObject({ code: 'vm-no-free-bus' })
    for (const id of ids) {
      await says(
        sh`udevadm wait --timeout=120 ${`/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace('-', '')}`}`,
      )
    }
    for (const id of ids) await vm.detach(id)
    expect(await says('ls /sys/class/nvme | wc -l')).toBe('0')
  })

  test('is an instance that can be stopped, given other disks meanwhile, and started', async () => {
    const [before, after] = ['vol-0000000000000000a', 'vol-0000000000000000b']
    for (const id of [before, after]) {
      await writeFile(join(runDir, id), '')
      await truncate(join(runDir, id), 2 ** 20)
    }
    const boot = await says('cat /proc/sys/kernel/random/boot_id')
    await vm.attach(join(runDir, before), before)
    await vm.instance.stop?.()
    await vm.detach(before)
    await vm.attach(join(runDir, after), after)
    await vm.instance.start?.()
    expect(await says('cat /proc/sys/kernel/random/boot_id')).not.toBe(boot)
    expect(await says('lsblk -dno SERIAL /dev/nvme0n1')).toBe(after.replace('-', ''))
  })
})

test('two started at once run apart, and stopped they leave no process and no file', async () => {
  const folders = [await temporaryFolder(), await temporaryFolder()]
  const vms = await Promise.all(folders.map((runDir) => startVm({ cacheDir, runDir })))
  onTestFinished(async () => void (await Promise.all(vms.map((vm) => vm.stop()))))
  expect(new Set(vms.map((vm) => vm.ssh.port)).size).toBe(2)
  await Promise.all(vms.map((vm, at) => vm.run(`echo ${at} >/root/which`)))
  const which = await Promise.all(vms.map((vm) => vm.run('cat /root/which')))
  expect(which.map(({ stdout }) => stdout)).toEqual(['0\n', '1\n'])
  expect(await leases()).toHaveLength(2)
  await Promise.all(vms.map((vm) => vm.stop()))
  for (const folder of folders) {
    expect(await readdir(folder)).toEqual([])
    expect(await processesOf(folder)).toEqual([])
  }
  expect(await leases()).toEqual([])
})

test('dies with the process that started it, even by kill -9', async () => {
  const runDir = await temporaryFolder()
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'start-and-wait.ts'), runDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [line]: unknown[] = await once(createInterface(parent.stdout), 'line')
  const pid = Number(line)
  expect(await isAlive(pid)).toBe(true)
  expect(await processesOf(runDir)).not.toEqual([])
  parent.kill('SIGKILL')
  expect(await until(async () => (await processesOf(runDir)).length === 0, 5_000)).toBe(true)
  expect(await until(async () => !(await isAlive(pid)), 5_000)).toBe(true)
})

test('a start that is given up leaves nothing', async () => {
  const runDir = await temporaryFolder()
  const giveUp = new AbortController()
  const starting = startVm({ cacheDir, runDir, signal: giveUp.signal })
  setTimeout(() => giveUp.abort(), 500)
  await expect(starting).rejects.toThrow('abort')
  expect(await processesOf(runDir)).toEqual([])
  expect(await readdir(runDir)).toEqual([])
  expect(await leases()).toEqual([])
})

test('a start that fails tells what QEMU and the guest said', async () => {
  const broken = await temporaryFolder()
  const rig = await readRig(cacheDir)
  const world = join(broken, 'rig/world-broken')
  await execa('mkdir', ['-p', world])
  // A disk without a saved state, as after a QEMU that can't read it.
  await copyFile(join(rig.image, 'base.qcow2'), join(world, 'host.qcow2'))
  await writeFile(join(rigDir(broken), 'rig.json'), JSON.stringify({ ...rig, world }))
  const starting = startVm({ cacheDir: broken, runDir: join(broken, 'run') })
  await expect(starting).rejects.toMatchObject({
    code: 'vm-start-failed',
    message: expect.stringContaining("Snapshot 'ready' does not exist"),
    next: [{ command: 'npm run rig:setup' }],
  })
  expect(await readdir(join(broken, 'run'))).toEqual([])
})

test('one set-up waits for another, and a killed one holds up nobody', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'setup.lock')
  const first = await lock(path, () => {})
  let waited = false
  const second = lock(path, () => (waited = true))
  expect(await Promise.race([second.then(() => 'got it'), delay(800, 'waits')])).toBe('waits')
  expect(waited).toBe(true)
  await first.release()
  await (await second).release()

  const module = join(import.meta.dirname, '../../../src/lab/host/vm/lock.ts')
  const program = `import { lock } from ${JSON.stringify(module)}; await lock(${JSON.stringify(path)}, () => {}); console.log('held'); setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(createInterface(holder.stdout), 'line')
  holder.kill('SIGKILL')
  await (await lock(path, () => {})).release()
  expect(await readFile(path, 'utf8')).toBe('')
})
