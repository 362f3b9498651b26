// zpool(8): what is imported, what a device holds, and bringing a pool in and out.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { orNull, rows } from '../table.ts'

export interface Pool {
  readonly name: string
  readonly guid: string
  readonly health: string
  readonly readonly: boolean
  readonly altroot: string | null
}

const poolFields = ['name', 'guid', 'health', 'readonly', 'altroot'] as const

/** The pools that are imported. */
export const listPools = (): ShellCommand<Pool[]> =>
  readLine('zpool list -Hpo name,guid,health,readonly,altroot', ({ stdout }) =>
    rows(stdout, poolFields).map((row) => ({ ...row, readonly: row.readonly === 'on', altroot: orNull(row.altroot) })),
  )

/** The state of every imported pool as the kernel knows it: it answers also where `zpool` would hang (a suspended pool). */
export const poolStates = (): ShellCommand<{ pool: string; state: string }[]> =>
  readLine(
    'for f in /proc/spl/kstat/zfs/*/state; do [ -e "$f" ] && printf \'%s\\t%s\\n\' "$f" "$(cat "$f")"; done; true',
    ({ stdout }) =>
      rows(stdout, ['file', 'state']).map(({ file, state }) => ({ pool: file.split('/').at(-2) ?? '', state })),
  )

/** What a ZFS label says of the pool its device belongs to. */
export interface PoolLabel {
  readonly name: string
  readonly guid: string
  /** The pool's state at its last write: 0 in use, 1 exported (`pool_state_t`). */
  readonly state: number
  readonly txg: string
  readonly hostId: string | null
  readonly hostName: string | null
  /** The number of top-level vdevs, log devices among them. */
  readonly topLevelVdevs: number
  readonly topLevelType: string
  /** How many of the four copies of the label can be read. */
  readonly readable: number
}

/** Reads the first whole label that `zdb -l` prints; undefined when the device holds none. */
export function parseLabel(stdout: string): PoolLabel | undefined {
  // A line without its end may have lost the rest of a number.
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1)
  // A disk whose labels differ has several printed: a key that the first lacks must not come from another.
  const label = whole.split(/^LABEL \d+ *$/m).find((each) => /^ {4}pool_guid: /m.test(each)) ?? ''
  const top = (key: string): string | undefined =>
    new RegExp(`^ {4}${key}: (.*)\n`, 'm').exec(label)?.[1]?.replaceAll(/^'|'$/g, '')
  const digits = (key: string): string | undefined => /^\d{1,20}$/.exec(top(key) ?? '')?.[0]
  const name = top('name')
  const guid = digits('pool_guid')
  const state = digits('state')
  // What a label says of its vdevs comes last: without it the label is not whole.
  const tree = /^ {4}vdev_tree:\n((?: {8}.*\n?)*)/m.exec(label)?.[1]
  if (name === undefined || guid === undefined || state === undefined || tree === undefined) return undefined
  return {
    name,
    guid,
    state: Number(state),
    txg: digits('txg') ?? '0',
    hostId: digits('hostid') ?? null,
    hostName: top('hostname') ?? null,
    topLevelVdevs: Number(digits('vdev_children') ?? 1),
    topLevelType: /^ {8}type: '(.*)'$/m.exec(tree)?.[1] ?? 'unknown',
    // Copies that are the same are printed once, with the numbers of all.
    readable: [...stdout.matchAll(/^ {4}labels = ([\d ]+)$/gm)].flatMap((found) => (found[1] ?? '').trim().split(/\s+/))
      .length,
  }
}

/** The ZFS label on a device node. `zdb -l` ends with 1 or 2 when no label can be unpacked. */
export const readLabel = (node: string): ShellCommand<PoolLabel | undefined> =>
  readLine(sh`zdb -l ${node}`, (output) => parseLabel(output.stdout), { accepts: [0, 1, 2] })

export interface Import {
  readonly guid: string
  /** The name that it gets on this host, where its own is taken: for good, or as long as it is only looked at. */
  readonly as?: string
  /** The device node that bears the label; no other device is looked at. */
  readonly node: string
  /** For a pool that another host used last and did not export. Its safety is computed by the caller. */
  readonly force: boolean
  /** Only to look: nothing is written, datasets mount below `altroot`. */
  readonly inspection?: { readonly altroot: string }
}

/**
 * Imports one pool by its GUID with no dataset mounted, and not to be imported at boot. A read-only import doesn't
 * replay the intent log and its export writes nothing (zpool-import(8)).
 */
export const importPool = ({ guid, as, node, force, inspection }: Import): ShellCommand<string> => {
  const look = inspection === undefined ? undefined : raw(sh`-R ${inspection.altroot} -o readonly=on`)
  const temporary = as !== undefined && inspection !== undefined
  const flags = raw([...(force ? ['-f'] : []), ...(temporary ? ['-t'] : [])].join(' '))
  return changeLine(sh`zpool import -N ${look} -o cachefile=none ${flags} -d ${node} ${guid} ${as}`)
}

/** What keeps its mountpoint from being `/NAME` where the pool is called otherwise now than it was. */
export const keepMountpoint = (pool: string, original: string): ShellCommand<string> =>
  changeLine(
    sh`[ "$(zfs get -Ho source mountpoint ${pool})" != default ] || zfs set mountpoint=${`/${original}`} ${pool}`,
  )

/** What an imported pool tells of itself that a restore has to heed. */
export interface PoolCondition {
  /** Features that this host's OpenZFS does not know, and that only writing needs (zpool-features(7)). */
  readonly readOnlyFeatures: readonly string[]
  /** Somebody's checkpoint: `created Sun Nov 22 06:42:30 2026, consumes 48K`, in the host's own words; null for none. */
  readonly checkpoint: string | null
  /** The devices that are not there or don't work, as `zpool status` names them. */
  readonly missing: readonly string[]
}

export const poolCondition = (pool: string): ShellCommand<PoolCondition> =>
  readLine(
    sh`zpool get -H -o property,value all ${pool} | grep '^unsupported@'; zpool status -P ${pool}`,
    ({ stdout }) => ({
      readOnlyFeatures: [...stdout.matchAll(/^unsupported@(\S+)\treadonly$/gm)].map((found) => found[1] ?? ''),
      checkpoint: /^ *checkpoint: (.*)$/m.exec(stdout)?.[1] ?? null,
      missing: [
        ...stdout.matchAll(
          /^\t +(\S+) +(?:UNAVAIL|FAULTED|REMOVED|OFFLINE|CANT_OPEN) +\d+ +\d+ +\d+(?: +was (\S+))?/gm,
        ),
      ].map((found) => found[2] ?? found[1] ?? ''),
    }),
  )

/** What `zpool import` says of a device's pool without importing it: its state, its devices, what is missing. */
export const importable = (node: string): ShellCommand<string> =>
  readLine(sh`zpool import -d ${node} 2>&1; true`, ({ stdout }) => stdout)

export const exportPool = (name: string): ShellCommand<string> => changeLine(sh`zpool export ${name}`)

/** Imports a pool again as it was, with nothing mounted: remembered for the next boot where it had been. */
export const importAgain = (
  guid: string,
  nodes: readonly string[],
  { atBoot }: { readonly atBoot: boolean },
): ShellCommand<string> => {
  const where = raw(nodes.map((node) => sh`-d ${node}`).join(' '))
  return changeLine(sh`zpool import -N -o cachefile=${atBoot ? '/etc/zfs/zpool.cache' : 'none'} ${where} ${guid}`)
}

/** Whether a pool is remembered for the next boot. */
export const isImportedAtBoot = (name: string): ShellCommand<boolean> =>
  readLine(sh`zpool get -Ho value cachefile ${name}`, ({ stdout }) => stdout.trim() !== 'none')

/** From now on the pool is imported at boot, by zfs-import-cache.service. */
export const importAtBoot = (name: string): ShellCommand<string> =>
  changeLine(sh`zpool set cachefile=/etc/zfs/zpool.cache ${name}`)

/** The device nodes that an imported pool really uses, links resolved. */
export const poolDevices = (name: string): ShellCommand<string[]> =>
  readLine(sh`zpool list -vHPL ${name}`, ({ stdout }) =>
    [...stdout.matchAll(/^\t(\/[^\t\n]+)\t/gm)].map((found) => found[1] ?? ''),
  )
