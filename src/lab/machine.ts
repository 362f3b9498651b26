// The machine of a lab that stands for the instance irc-1: a virtual one with a real system, or a simulated one.
import { join } from 'node:path'
import type { LabHost } from './host/lab-host.ts'
import type { World } from './host/manifest.ts'
import { makeWorld } from './host/simulated/world/make-world.ts'
import { makeKeys, type HostKeys } from './host/simulated/ssh/keys.ts'
import { startSimulatedHost } from './host/simulated/simulated-host.ts'
import { createZfs } from './host/simulated/zfs/create-zfs.ts'
import { readWorld } from './host/vm/read-world.ts'
import { startVm } from './host/vm/vm.ts'
import { UsageError } from '../text/errors.ts'
import type { OwnTime } from './scenarios/scenario.ts'

/** How it is reached by ssh. */
export interface MachineSsh {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly identityFile: string
  readonly knownHostsFile: string
}

/** A running machine. */
export interface Machine {
  readonly world: World
  /** What the cloud plugs disks into. */
  readonly instance: LabHost
  readonly ssh: MachineSsh
  /** The image of the disk as it was at the incident; null where the world has none. */
  readonly lastImage: string | null
  /** A line as root. Never throws for an exit code. */
  readonly run: (line: string) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>
  /** Ends every ssh connection to it; absent where that can't be done. */
  readonly dropConnections?: () => void
  /** Another machine, for an instance that is launched; it opens to the same key. */
  readonly spare?: { readonly instance: LabHost; readonly run: Machine['run'] }
  close(): Promise<void>
}

interface MachineOptions {
  /** Where the real host was set up. */
  readonly cacheDir: string
  /** For all files of it. */
  readonly dir: string
  readonly seed: number
  /** What its clocks show, and how they go on. */
  readonly clock: () => Date
  /** Where that is not the time everywhere. */
  readonly time?: OwnTime
  /** Whether there is a second machine. */
  readonly hasSpare?: boolean
  readonly signal?: AbortSignal
}

/** The real system in a virtual machine: seconds. @throws PreflightError `rig-not-built`, VmError */
async function virtualMachine({ cacheDir, dir, hasSpare, time, signal }: MachineOptions): Promise<Machine> {
  if (hasSpare === true) throw new UsageError('this incident needs two hosts, which are simulated: --host simulated')
  if (time !== undefined)
    throw new UsageError('this incident needs a time of its own, which a simulated host has: --host simulated')
  const world = await readWorld(cacheDir)
  const vm = await startVm({ cacheDir, runDir: join(dir, 'vm'), ...(signal === undefined ? {} : { signal }) })
  return { world, instance: vm.instance, ssh: vm.ssh, lastImage: null, run: (line) => vm.run(line), close: vm.stop }
}

/** A model of it in this process: at once, and on any system. */
async function simulatedMachine({ dir, seed, hasSpare, clock, time }: MachineOptions): Promise<Machine> {
  const now = clock()
  const { timeZone = 'Etc/UTC', roundsNames = true } = time ?? {}
  const worldDir = join(dir, 'world')
  const world = await makeWorld(worldDir, { nowMs: now.getTime(), seed, timeZone, roundsNames })
  const keys = makeKeys('irc-1')
  const common = { zfs: createZfs, startAt: now, seed: String(seed), timeZone }
  const host = await startSimulatedHost({ ...common, folder: join(dir, 'host'), hostid: world.hostid, keys })
  // It opens to the same key, and has a host key of its own. Until it is launched it is off.
  const spare =
    hasSpare === true
      ? await startSimulatedHost({
          ...common,
          folder: join(dir, 'spare'),
          keys: { ...keys, ...hostKeyOf(makeKeys('irc-1')) },
        })
      : undefined
  await spare?.stop()
  return {
    world,
    instance: host,
    // Both have this machine's one address, and ssh's configuration one port: that of the one which will answer.
    ssh: { ...host.ssh, ...(spare === undefined ? {} : { port: spare.ssh.port }) },
    lastImage: join(worldDir, 'last.img'),
    run: (line) => host.run(line),
    dropConnections: host.dropConnections,
    ...(spare === undefined ? {} : { spare: { instance: spare, run: (line: string) => spare.run(line) } }),
    async close() {
      await spare?.close()
      await host.close()
    },
  }
}

const hostKeyOf = ({ hostPrivate, hostPublic }: HostKeys): Pick<HostKeys, 'hostPrivate' | 'hostPublic'> => ({
  hostPrivate,
  hostPublic,
})

/** By the word of `--host`. */
export const machines = { vm: virtualMachine, simulated: simulatedMachine } as const

export type HostKind = keyof typeof machines

export const isHostKind = (word: string): word is HostKind => Object.hasOwn(machines, word)
