// A host of the lab in this process: what answers is a model, reached over ssh as a real one is.
import type { LabHost } from '../lab-host.ts'
import { makeWorld, type HostWorld } from './host-world.ts'
import type { Kernel, SimulatedZfs } from './kernel.ts'
import { clusterOf } from './postgres/cluster.ts'
import type { Shell } from './shell/shell.ts'
import { fingerprint, makeKeys, removeSshFiles, writeSshFiles, type HostKeys, type SshAccess } from './ssh/keys.ts'
import { startSshServer } from './ssh/server.ts'
import { users, root, type Account } from './users.ts'

export interface SimulatedHostOptions {
  /** For the ssh files; made if it's absent. */
  readonly folder: string
  readonly zfs: (kernel: Kernel) => SimulatedZfs
  /** What its clock shows at first. Default: now. */
  readonly startAt?: Date
  /** Of its clocks, an IANA name; as Debian's installer leaves it unless said. */
  readonly timeZone?: string
  /** Eight hexadecimal digits. */
  readonly hostid?: string
  /** What is random on it comes from this, but for its keys. */
  readonly seed?: string
  /** Where its sshd listens: a free port of 127.0.0.1 unless said. */
  readonly listen?: { readonly host: string; readonly port?: number }
  /** Made anew unless said. */
  readonly keys?: HostKeys
  /** More files of its root disk, by path. */
  readonly files?: Readonly<Record<string, string>>
}

export interface SimulatedHost extends LabHost {
  readonly ssh: SshAccess
  readonly console: () => Promise<string>
  readonly reboot: () => Promise<void>
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Runs a line as root, for the lab's and tests' own use. Never throws for an exit code. */
  readonly run: (
    line: string,
    options?: { readonly stdin?: string },
  ) => Promise<{ code: number; stdout: string; stderr: string }>
  /** Sets the host's clock, by default to the real time; no schedule makes up for what lies between. */
  readonly setClock: (iso?: string) => Promise<void>
  /** Lets time pass at once, with all that becomes due. */
  readonly advance: (ms: number) => Promise<void>
  /** Ends every ssh connection; what runs on the host goes on. */
  readonly dropConnections: () => void
  /** The power goes, and comes back: what was not written to a disk is lost. */
  readonly reset: () => Promise<void>
  /** Ends it all: connections, timers, files. The attached images stay as they are. */
  readonly close: () => Promise<void>
}

/** Starts the host and boots it. */
export async function startSimulatedHost(options: SimulatedHostOptions): Promise<SimulatedHost> {
  const { folder, zfs, startAt = new Date(), hostid = '7f4a10c2', seed = 'lab', files = {} } = options
  const { listen = { host: '127.0.0.1' }, keys = makeKeys('irc-1'), timeZone = 'Etc/UTC' } = options
  const world: HostWorld = await makeWorld({ folder, hostid, startAt, seed, zfs, timeZone, files })
  const { machine, systemd } = world
  await world.boot()
  const shells = (name: string, command: string): Shell => {
    const account = systemd.account(name)
    if (account === undefined) throw new Error(`${name} has no account`)
    return world.shell({ account, command })
  }
  const sshd = {
    keys,
    account: (name: string) =>
      users.some((user) => user.logsIn && user.name === name) ? systemd.account(name) : undefined,
    open: (account: Account, command: string) => world.shell({ account, command }),
  }
  const server = await startSshServer(sshd, listen)
  const ssh = await writeSshFiles(folder, keys, { host: listen.host, port: server.port })
  let isOff = false
  let shown = ''
  const tell = (line: string): void => {
    shown += `[${(machine.upMs() / 1000).toFixed(6).padStart(12)}] ${line}\n`
  }
  tell('Linux version 6.1.0-41-cloud-amd64')

  const goDown = (): void => {
    tell('reboot: Power down')
    server.answer(false)
    server.dropAll()
    world.halt()
    isOff = true
  }
  const comeUp = async (): Promise<void> => {
    if (!isOff) return
    await world.boot()
    tell('Linux version 6.1.0-41-cloud-amd64')
    isOff = false
    server.answer(true)
  }
  const restart = async (clean: boolean): Promise<void> => {
    if (clean && !isOff) machine.zfs.sync()
    goDown()
    await comeUp()
  }
  machine.power = (what) => {
    // Whoever asked for it is answered first.
    setImmediate(() => {
      if (isOff) return
      machine.zfs.sync()
      goDown()
      if (what === 'reboot') void comeUp()
    })
  }
  return {
    ssh,
    address: ssh.host,
    reaches: (url) => void machine.reached.add(new URL(url).host),
    async attach(imagePath, volumeId, { serials = true } = {}) {
      machine.plug(imagePath, volumeId, serials)
    },
    async detach(volumeId) {
      machine.unplug(volumeId)
    },
    frozen: (copy) => {
      if (!isOff) machine.zfs.sync()
      return machine.held(copy)
    },
    console: async () =>
      [
        shown,
        '-----BEGIN SSH HOST KEY FINGERPRINTS-----',
        `256 ${fingerprint(keys.hostPublic)} irc-1 (ED25519)`,
        '-----END SSH HOST KEY FINGERPRINTS-----',
        '-----BEGIN SSH HOST KEY KEYS-----',
        `${keys.hostPublic} irc-1`,
        '-----END SSH HOST KEY KEYS-----',
        '',
      ].join('\n'),
    reboot: () => restart(true),
    reset: () => restart(false),
    async stop() {
      if (isOff) return
      machine.zfs.sync()
      goDown()
    },
    start: comeUp,
    async run(line, { stdin = '' } = {}) {
      const shell = shells(root.name, line)
      try {
        const output = await shell.run(line, { cwd: root.home, stdin: Buffer.from(stdin) })
        return { code: output.exitCode, stdout: output.stdout.toString('utf8'), stderr: output.stderr.toString('utf8') }
      } finally {
        shell.end()
      }
    },
    async setClock(iso) {
      const schedules = ['cron.service', 'chat-backup.timer'].filter((name) => systemd.state(name).active === 'active')
      for (const name of schedules) await systemd.stop(name)
      machine.clock.set(iso === undefined ? new Date() : new Date(iso))
      machine.files().write('/var/lib/systemd/timers/stamp-chat-backup.timer', new Uint8Array())
      for (const name of schedules) await systemd.start(name)
    },
    dropConnections: () => server.dropConnections(),
    advance: (ms) => machine.clock.advance(ms),
    async close() {
      if (!isOff) goDown()
      machine.clock.close()
      await server.close()
      machine.closeDisks()
      await clusterOf(machine).remove()
      await removeSshFiles(ssh)
    },
  }
}
