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
  /** Other machines, for instances that are launched; they open to the same key. */
  readonly spares: readonly { readonly instance: LabHost; readonly run: Machine['run'] }[]
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
  /** How many other machines there are; none unless said. */
  readonly spares?: number
  /** The host itself is not to be reached: the first of the others answers at its address. */
  readonly isDown?: boolean
  readonly signal?: AbortSignal
}

/** The real system in a virtual machine: seconds. @throws PreflightError `rig-not-built`, VmError */
async function virtualMachine({ cacheDir, dir, spares = 0, time, signal }: MachineOptions): Promise<Machine> {
  if (spares > 0) throw new UsageError('this incident needs two hosts, which are simulated: --host simulated')
  if (time !== undefined)
    throw new UsageError('this incident needs a time of its own, which a simulated host has: --host simulated')
  const world = await readWorld(cacheDir)
  const vm = await startVm({ cacheDir, runDir: join(dir, 'vm'), ...(signal === undefined ? {} : { signal }) })
  return {
    world,
    instance: vm.instance,
    ssh: vm.ssh,
    lastImage: null,
    run: (line) => vm.run(line),
    spares: [],
    close: vm.stop,
  }
}

/** A model of it in this process: at once, and on any system. */
async function simulatedMachine({
  dir,
  seed,
  spares: count = 0,
  isDown = false,
  clock,
  time,
}: MachineOptions): Promise<Machine> {
  const now = clock()
  const { timeZone = 'Etc/UTC', roundsNames = true } = time ?? {}
  const worldDir = join(dir, 'world')
  const world = await makeWorld(worldDir, { nowMs: now.getTime(), seed, timeZone, roundsNames })
  const keys = makeKeys('irc-1')
  const common = { zfs: createZfs, startAt: now, seed: String(seed), timeZone }
  const host = await startSimulatedHost({ ...common, folder: join(dir, 'host'), hostid: world.hostid, keys })
  // They open to the same key, and have host keys of their own. ssh goes to one port: that of another address, where the
  // host answers at its own.
  const spares = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      startSimulatedHost({
        ...common,
        folder: join(dir, `spare-${at}`),
        ...(isDown ? {} : { listen: { host: `127.0.0.${at + 2}`, port: host.ssh.port } }),
        keys: { ...keys, ...hostKeyOf(makeKeys('irc-1')) },
      }),
    ),
  )
  const [first] = isDown ? spares : []
  // Until it is launched it is off.
  await first?.stop()
  return {
    world,
    instance: host,
    // Both have this machine's one address, and ssh's configuration one port: that of the one which will answer.
    ssh: { ...host.ssh, ...(first === undefined ? {} : { port: first.ssh.port }) },
    lastImage: join(worldDir, 'last.img'),
    run: (line) => host.run(line),
    dropConnections: host.dropConnections,
    spares: spares.map((spare) => ({ instance: spare, run: (line: string) => spare.run(line) })),
    async close() {
      for (const spare of spares) await spare.close()
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
