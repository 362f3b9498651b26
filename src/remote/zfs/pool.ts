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
  /** The number of top-level vdevs. */
  readonly topLevelVdevs: number
  readonly topLevelType: string
}

/** Reads the first whole label that `zdb -l` prints; undefined when the device holds none. */
export function parseLabel(stdout: string): PoolLabel | undefined {
  // A disk whose labels differ has several printed: a key that the first lacks must not come from another.
  const label = stdout.split(/^LABEL \d+ *$/m).find((each) => /^ {4}pool_guid: /m.test(each)) ?? ''
  const top = (key: string): string | undefined =>
    new RegExp(`^ {4}${key}: (.*)$`, 'm').exec(label)?.[1]?.replaceAll(/^'|'$/g, '')
  const name = top('name')
  const guid = top('pool_guid')
  if (name === undefined || guid === undefined) return undefined
  const tree = /^ {4}vdev_tree:\n((?: {8}.*\n?)*)/m.exec(label)?.[1] ?? ''
  return {
    name,
    guid,
    state: Number(top('state') ?? Number.NaN),
    txg: top('txg') ?? '0',
    hostId: top('hostid') ?? null,
    hostName: top('hostname') ?? null,
    topLevelVdevs: Number(top('vdev_children') ?? 1),
    topLevelType: /^ {8}type: '(.*)'$/m.exec(tree)?.[1] ?? 'unknown',
  }
}

/** The ZFS label on a device node. `zdb -l` ends with 1 or 2 when no label can be unpacked. */
export const readLabel = (node: string): ShellCommand<PoolLabel | undefined> =>
  readLine(sh`zdb -l ${node}`, (output) => parseLabel(output.stdout), { accepts: [0, 1, 2] })

export interface Import {
  readonly guid: string
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
export const importPool = ({ guid, node, force, inspection }: Import): ShellCommand<string> => {
  const look = inspection === undefined ? undefined : raw(sh`-R ${inspection.altroot} -o readonly=on`)
  return changeLine(sh`zpool import -N ${look} -o cachefile=none ${force ? raw('-f') : undefined} -d ${node} ${guid}`)
}

export const exportPool = (name: string): ShellCommand<string> => changeLine(sh`zpool export ${name}`)

/** From now on the pool is imported at boot, by zfs-import-cache.service. */
export const importAtBoot = (name: string): ShellCommand<string> =>
  changeLine(sh`zpool set cachefile=/etc/zfs/zpool.cache ${name}`)

/** The device nodes that an imported pool really uses, links resolved. */
export const poolDevices = (name: string): ShellCommand<string[]> =>
  readLine(sh`zpool list -vHPL ${name}`, ({ stdout }) =>
    [...stdout.matchAll(/^\t(\/dev\/\S+)\t/gm)].map((found) => found[1] ?? ''),
  )
