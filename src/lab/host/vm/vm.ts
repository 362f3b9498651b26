// A running host of the lab: a copy of the saved guest, whose disks come and go and whose clock can be set.
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Output } from '../../../remote/command.ts'
import { sh } from '../../../text/quote.ts'
import type { LabHost } from '../lab-host.ts'
import { disksOf } from './disks.ts'
import { errorCode } from '../../../text/error-code.ts'
import { freezer } from './freeze.ts'
import { serialLogFile, startMachine, type Machine, type MachineOptions } from './machine.ts'
import { powerOf, type Power } from './power.ts'
import type { QmpClient } from './qmp.ts'
import { readRig, rigNotBuilt } from './rig.ts'
import { sshFiles, sshRunner, writeSshFiles, type SshRunner, type VmSsh } from './ssh.ts'
import { usersOf } from './stage.ts'
import { VmError } from './vm-error.ts'

export interface Vm extends Pick<LabHost, 'attach' | 'detach' | 'frozen'> {
  /** What the lab's cloud is given of it: an instance's own stop is another thing than this machine's. */
  readonly instance: LabHost
  readonly ssh: VmSsh
  /** QEMU's process. */
  readonly pid: number
  /** Runs a line as root in the guest, for the lab's and tests' own use. Never throws for an exit code. */
  readonly run: SshRunner['run']
  /** Sets the guest's clock, by default to the real time, and lets cron and the timers run by it. */
  readonly setClock: (iso?: string) => Promise<void>
  readonly reboot: Power['reboot']
  readonly reset: Power['reset']
  /** What EC2's GetConsoleOutput shows: the serial console, with the host's keys as cloud-init prints them. */
  readonly console: () => Promise<string>
  /** Kills the guest and removes its files. The attached images stay as the guest left them. */
  readonly stop: () => Promise<void>
}

/** The saved state that every machine goes on from. */
export const savedState = 'ready'
/** The guest's disk in a stage's folder. */
export const savedDisk = 'host.qcow2'

/**
 * Starts the host as the incident left it: no pool, its service down. Takes 3 to 5 s under emulation.
 * `runDir` is made if it's absent and holds the guest's disk, the ssh files and the serial log. `signal` gives up the
 * start; a machine that runs is ended by `stop`.
 * @throws PreflightError `rig-not-built`; VmError `vm-start-failed`.
 */
export async function startVm(options: {
  readonly cacheDir: string
  readonly runDir: string
  readonly signal?: AbortSignal
}): Promise<Vm> {
  const { cacheDir, runDir, signal } = options
  const rig = await readRig(cacheDir)
  // Keeps a set-up that runs meanwhile from removing the world under this machine.
  const lease = join(usersOf(rig.world), `${process.pid}.${crypto.randomUUID()}`)
  try {
    await mkdir(usersOf(rig.world))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw rigNotBuilt(`${rig.world} is gone`, error)
    if (errorCode(error) !== 'EEXIST') throw error
  }
  await writeFile(lease, '')
  try {
    const vm = await startFrom(join(rig.world, savedDisk), {
      accel: rig.accel,
      imageDir: rig.image,
      runDir,
      loadvm: savedState,
      bannerTimeoutMs: 60_000,
      signal,
    })
    try {
      await vm.setClock()
      signal?.throwIfAborted()
    } catch (error) {
      await vm.stop()
      throw error
    }
    return {
      ...vm,
      stop: async () => {
        await vm.stop()
        await rm(lease, { force: true })
      },
    }
  } catch (error) {
    await rm(lease, { force: true })
    throw error
  }
}

/** The QMP client is for the set-up, which saves states. */
export type BareVm = Vm & { readonly qmp: QmpClient }

/** Starts a machine on a copy of a disk. The copy is small: it holds what differs from the image, and the saved state. */
export async function startFrom(disk: string, options: Omit<MachineOptions, 'disk'>): Promise<BareVm> {
  const { runDir } = options
  await mkdir(runDir, { recursive: true, mode: 0o700 })
  try {
    const own = join(runDir, savedDisk)
    await copyFile(disk, own)
    return await vmOn(await startMachine({ ...options, disk: own }), options)
  } catch (error) {
    await removeFiles(runDir)
    throw error
  }
}

async function vmOn(machine: Machine, { imageDir, runDir }: Omit<MachineOptions, 'disk'>): Promise<BareVm> {
  const { qmp, pid, sshPort, kill } = machine
  const ssh = await writeSshFiles(imageDir, runDir, sshPort)
  const runner = sshRunner(ssh, runDir)

  const power = powerOf(qmp, runner, machine.answers)
  const freeze = freezer(qmp)
  const disks = {
    ...disksOf(qmp, power.isOff),
    frozen: <T>(copy: () => Promise<T>) => (power.isOff() ? copy() : freeze(copy)),
  }
  async function shown(): Promise<string> {
    const serial = await readFile(join(runDir, serialLogFile), 'utf8').catch(() => '')
    return `${serial}\n${await expectSuccess(runner.run(hostKeysLine), 'show its host keys')}`
  }
  return {
    ...disks,
    instance: {
      ...disks,
      reboot: power.reboot,
      stop: power.shutDown,
      start: power.start,
      console: shown,
      address: ssh.host,
    },
    reboot: power.reboot,
    reset: power.reset,
    console: shown,
    qmp,
    pid,
    ssh,
    run: runner.run,
    async setClock(iso) {
      // The handshake takes seconds, so it comes before the clock is read.
      await runner.open()
      await expectSuccess(runner.run(sh`systemctl stop ${schedules}`), 'stop its schedules')
      // On a busy machine a line takes seconds to arrive, and the time that it brings is as old.
      for (let tries = 0, exact = false; tries < 5 && !exact; tries++) {
        const at = (iso === undefined ? Date.now() : Date.parse(iso)) / 1000
        await expectSuccess(runner.run(sh`date -u -s ${`@${at}`}`), 'set its clock')
        const asked = Date.now()
        const told = Number(await expectSuccess(runner.run('date +%s%3N'), 'tell its time'))
        exact = iso !== undefined || (told > asked - exactMs && told < Date.now() + exactMs)
      }
      await expectSuccess(runner.run(sh`touch ${stamp} && systemctl start ${schedules}`), 'start its schedules')
    },
    async stop() {
      await kill()
      await runner.close()
      qmp.close()
      await removeFiles(runDir)
    },
  }
}

/** By how much a guest's clock may differ from the real time. */
const exactMs = 1000

// As cloud-init's keys-to-console prints them at each boot.
const hostKeysLine = [
  'echo "-----BEGIN SSH HOST KEY FINGERPRINTS-----"',
  'for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf "$key"; done',
  'echo "-----END SSH HOST KEY FINGERPRINTS-----"; echo "-----BEGIN SSH HOST KEY KEYS-----"',
  'cat /etc/ssh/ssh_host_*_key.pub; echo "-----END SSH HOST KEY KEYS-----"',
].join('; ')

// A persistent timer makes up for what it missed as soon as it runs (systemd.timer(5)), and cron does so for a few hours
// (cron(8)). The jump of the clock is the lab's doing, so nothing was missed.
const schedules = ['cron.service', 'chat-backup.timer']
const stamp = '/var/lib/systemd/timers/stamp-chat-backup.timer'

async function removeFiles(runDir: string): Promise<void> {
  for (const file of [savedDisk, serialLogFile, ...sshFiles]) await rm(join(runDir, file), { force: true })
}

/** @throws VmError with what the guest said, unless the line ended with 0. */
export async function expectSuccess(running: Promise<Output>, what: string): Promise<string> {
  const { code, stdout, stderr } = await running
  if (code === 0) return stdout
  throw new VmError({ code: 'vm-line-failed', message: `the guest could not ${what} (${code}): ${stderr.trim()}` })
}
