// ZFS of a simulated host: its commands, and what the host does to it.
import type { CommandOutput, Kernel, SimulatedZfs } from '../kernel.ts'
import { elsewhere, recorded, zfsCommands, zpoolCommands, type Command } from './commands.ts'
import { Failure, Out } from './failure.ts'
import { beginTxg, commit, remember, writeChanged } from './host-state.ts'
import { importCandidate } from './import-pool.ts'
import { inUseElsewhere, scan } from './import-scan.ts'
import { loadKeyOf } from './keys.ts'
import { diskOf } from './label.ts'
import type { Host, Imported } from './model.ts'
import { mountAll } from './mount-command.ts'
import { mountZfs } from './mount-zfs.ts'
import { datasetName, placeOf } from './names.ts'
import { poolHealth, vdevsHealth } from './pool-vdevs.ts'
import { measureAnew } from './space.ts'
import { zdbCommand } from './zdb.ts'

export interface ZfsOptions {
  /** What the host is called when a pool is written; else what /etc/hostname says. */
  readonly hostname?: () => string
  /** Where it is kept which pools are imported at boot, by GUID; else in memory. */
  readonly cache?: Host['cache']
}

/** ZFS with no pool imported. */
export function createZfs(kernel: Kernel, options: ZfsOptions = {}): SimulatedZfs {
  let cached: readonly string[] = []
  const host: Host = {
    kernel,
    imported: new Map(),
    changed: new Set(),
    cache: options.cache ?? { read: () => cached, write: (guids) => void (cached = guids) },
    hostname:
      options.hostname ?? (() => new TextDecoder().decode(kernel.readFile('/etc/hostname')).trim() || 'localhost'),
  }
  return {
    zfs: (args, stdin) => run(host, 'zfs', args, stdin),
    zpool: (args, stdin) => run(host, 'zpool', args, stdin),
    zdb: (args) => guarded(host, (out) => zdbCommand(host, args, out)),
    mount: (source, target, mountOptions) => guarded(host, (out) => mountZfs(host, source, target, mountOptions, out)),
    boot: () => boot(host),
    halt: () => halt(host),
    sync: () => sync(host),
    lost: (device) => lost(host, device),
    pools: () => Array.from(host.imported.values(), (each) => ({ name: each.name, state: poolHealth(each) })),
    zvols: () => zvols(host),
    snapshotFiles: (dataset, snapshot) => placeOf(host, `${dataset}@${snapshot}`)?.snapshot?.files,
    snapshotsOf: (dataset) => placeOf(host, dataset)?.dataset.snapshots.map((each) => each.name) ?? [],
    filesOf: (dataset) => placeOf(host, dataset)?.dataset.files,
  }
}

function guarded(host: Host, work: (out: Out) => void): CommandOutput {
  const out = new Out()
  measureAnew()
  out.attempt(() => work(out))
  writeChanged(host)
  return { stdout: out.stdout, stderr: out.stderr, exitCode: out.exitCode }
}

function run(host: Host, tool: 'zfs' | 'zpool', args: readonly string[], stdin: string): CommandOutput {
  const [name, ...rest] = args
  const commands: ReadonlyMap<string, Command> = tool === 'zfs' ? zfsCommands : zpoolCommands
  return guarded(host, (out) => {
    if (name === undefined || ['-?', '--help', 'help'].includes(name)) {
      const list = `usage: ${tool} command args ...\nwhere 'command' is one of the following:\n\n${[...commands.keys()].map((each) => `\t${each}\n`).join('')}`
      if (name === undefined) throw new Failure(`missing command\n${list}`, 2)
      out.stdout += list
      return
    }
    if (name === '-V' || name === '--version' || name === 'version') {
      out.print('zfs-2.1.11-1+deb12u1')
      out.print('zfs-kmod-2.1.11-1+deb12u1')
      return
    }
    const command = commands.get(name)
    if (command === undefined && elsewhere[tool].has(name)) throw new Failure(`${tool} ${name}: not in this lab`)
    if (command === undefined) throw new Failure(`unrecognized command '${name}'\nusage: ${tool} command args ...`, 2)
    const before = new Map(Array.from(host.imported.values(), (each) => [each.pool.guid, each.pool.txg]))
    command(host, rest, out, stdin)
    if (out.exitCode === 0 && recorded.has(name)) record(host, before, [tool, ...args])
  })
}

/** Writes the command line into the history of the pools that it has changed. */
function record(host: Host, before: ReadonlyMap<string, number>, words: readonly string[]): void {
  for (const imported of host.imported.values()) {
    // A program is noted whatever it does.
    const isProgram = words[1] === 'program' && words.includes(imported.name)
    if ((before.get(imported.pool.guid) === imported.pool.txg && !isProgram) || imported.readonly) continue
    remember(host, imported, words)
    commit(host, imported)
  }
}

/** Imports what the cache file names, as zfs-import-cache.service does, loads keys from files and mounts. */
function boot(host: Host): void {
  const out = new Out()
  measureAnew()
  for (const guid of host.cache.read()) {
    const candidate = scan(host, []).find(({ label }) => label.guid === guid)
    if (candidate !== undefined && !inUseElsewhere(host, candidate))
      out.attempt(() => importCandidate(host, candidate, {}))
  }
  for (const imported of host.imported.values()) {
    for (const dataset of imported.pool.state.datasets) {
      const fromFile = dataset.settings.get('keylocation')?.value.startsWith('file://') === true
      if (dataset.key !== null && fromFile)
        out.attempt(() => loadKeyOf(host, { imported, dataset }, { dry: false, stdin: '' }))
    }
  }
  mountAll(host, out)
  writeChanged(host)
}

/** Nothing is written: what was only in memory is gone. */
function halt(host: Host): void {
  for (const { fstype, target } of host.kernel.mounts().toReversed()) if (fstype === 'zfs') host.kernel.unmount(target)
  host.imported.clear()
  measureAnew()
}

function sync(host: Host): void {
  for (const imported of host.imported.values()) {
    if (imported.readonly || imported.suspended) continue
    beginTxg(host, imported)
    commit(host, imported)
  }
  writeChanged(host)
}

function lost(host: Host, device: string): void {
  for (const imported of host.imported.values()) {
    const gone = imported.pool.vdevs
      .flatMap(({ leaves }) => leaves)
      .filter((leaf) => {
        const node = diskOf(host.kernel, leaf.path)
        return node === undefined || node.disk.device === device
      })
    for (const leaf of gone) imported.missing.add(leaf.guid)
    if (vdevsHealth(imported.pool.vdevs, imported.missing) === 'UNAVAIL') imported.suspended = true
  }
}

const volumesOf = (imported: Imported) => imported.pool.state.datasets.filter(({ type }) => type === 'volume')

function zvols(host: Host) {
  return Array.from(host.imported.values())
    .flatMap((imported) => volumesOf(imported).map((dataset) => ({ imported, dataset })))
    .map((place, at) => ({
      dataset: datasetName(place),
      device: `/dev/zd${at * 16}`,
      sizeBytes: Number(place.dataset.settings.get('volsize')?.value ?? 0),
    }))
}
