// findmnt(8), lsblk(8), df(1): what is mounted, and on what.
import { isDivided, partitionsOf } from '../disks.ts'
import { isBelow } from '../files/namespace.ts'
import { done, failed, notInThisLab, type Call, type HostCommand } from '../shell/command.ts'
import { shownSource } from './mounts.ts'
import { readOptions } from './options.ts'

type Row = Readonly<Record<string, string | number | null>>

/** As libsmartcols writes it. */
const json = (value: object): string => `${JSON.stringify(value, null, 3).replaceAll(/\},\n\s+\{/g, '},{')}\n`

const mountRows = ({ files }: Call): Row[] =>
  files.namespace.list().map((each) => ({
    TARGET: each.target,
    SOURCE: shownSource(each),
    FSTYPE: each.fstype,
    OPTIONS: each.options.join(','),
    'VFS-OPTIONS': each.options
      .filter((option) => /^(rw|ro|noatime|relatime|nosuid|nodev|noexec)$/.test(option))
      .join(','),
    'FS-OPTIONS': each.options.includes('ro') ? 'ro' : 'rw',
    PROPAGATION: 'shared',
    ID: each.id,
  }))

const fstabRows = ({ world }: Call): Row[] =>
  (world.machine.text('/etc/fstab') ?? '').split('\n').flatMap((line) => {
    const [source, target, fstype, options] = line.trim().split(/\s+/)
    return source === undefined || source === '' || source.startsWith('#') || target === undefined
      ? []
      : [{ SOURCE: source, TARGET: target, FSTYPE: fstype ?? '', OPTIONS: options ?? 'defaults' }]
  })

/** Blanks and the like, as findmnt and lsblk write them with `-r`. */
const escaped = (text: string): string =>
  text.replaceAll(/[ \t\n\\]/g, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** Columns side by side, each as wide as its widest. */
export function tabular(
  columns: readonly string[],
  rows: readonly Row[],
  headings: boolean,
  right: readonly string[] = [],
): string {
  const cells = [...(headings ? [columns] : []), ...rows.map((row) => columns.map((name) => String(row[name] ?? '')))]
  const widths = columns.map((_name, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((cell, at) =>
        right.includes(columns[at] ?? '') ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join(' ')
      .trimEnd(),
  )
  return lines.map((line) => `${line}\n`).join('')
}

const known =
  'r raw n noheadings u notruncate o: output: J json list l t: types: fstab s T: target: S: source: M: mountpoint: f first-only a k kernel m A'

const findmnt: HostCommand = (call) => {
  const options = readOptions(call.args, known)
  if (options.unknown !== undefined) return failed(`findmnt: invalid option -- '${options.unknown.replace(/^-+/, '')}'`)
  const fstab = options.has('fstab', 's')
  let rows = fstab ? fstabRows(call) : mountRows(call)
  const types = options.value('t', 'types')?.split(',')
  if (types !== undefined) rows = rows.filter(({ FSTYPE }) => types.includes(String(FSTYPE)))
  const below = options.value('T', 'target')
  if (below !== undefined) {
    const found = call.files.find(call.path(below))
    if (found === undefined) return failed('')
    rows = rows.filter(({ ID }) => ID === found.mount.id)
  }
  const source = options.value('S', 'source')
  if (source !== undefined) rows = rows.filter(({ SOURCE }) => SOURCE === source)
  const at = options.value('M', 'mountpoint')
  if (at !== undefined) rows = rows.filter(({ TARGET }) => TARGET === at)
  const [first, second] = options.rest
  if (second !== undefined) rows = rows.filter(({ SOURCE, TARGET }) => SOURCE === first && TARGET === second)
  else if (first !== undefined) rows = rows.filter(({ SOURCE, TARGET }) => SOURCE === first || TARGET === first)
  if (options.has('f', 'first-only')) rows = rows.slice(0, 1)
  if (rows.length === 0) return failed('')
  const columns = (options.value('o', 'output') ?? 'TARGET,SOURCE,FSTYPE,OPTIONS').toUpperCase().split(',')
  if (options.has('J', 'json')) {
    const objects = rows.map((row) =>
      Object.fromEntries(columns.map((name) => [name.toLowerCase(), row[name] ?? null])),
    )
    return done(json({ filesystems: objects }))
  }
  const headings = !options.has('n', 'noheadings')
  if (!options.has('r', 'raw')) return done(tabular(columns, rows, headings))
  const lines = rows.map((row) => columns.map((name) => escaped(String(row[name] ?? ''))).join(' '))
  return done(`${[...(headings ? [columns.join(' ')] : []), ...lines].join('\n')}\n`)
}

interface BlockDevice {
  readonly path: string
  readonly size: number
  readonly type: 'disk' | 'part'
  readonly serial: string | null
  readonly fstype: string | null
  readonly mountpoint: string | null
  readonly children: readonly BlockDevice[]
}

function devices({ world, files }: Call): BlockDevice[] {
  const { machine } = world
  const mountpoint = (path: string): string | null =>
    files.namespace.list().find((each) => each.source === path)?.target ?? null
  const rootDisk: BlockDevice = {
    path: '/dev/vda',
    size: 1536 * 1024 ** 2,
    type: 'disk',
    serial: null,
    fstype: 'ext4',
    mountpoint: '/',
    children: [],
  }
  const disks = machine.disks().map((disk): BlockDevice => {
    const parts = partitionsOf(disk).map(({ number, path, size }): BlockDevice => ({
      path,
      size,
      type: 'part',
      serial: null,
      fstype: number === 1 ? 'zfs_member' : null,
      mountpoint: null,
      children: [],
    }))
    const { device: path, sizeBytes: size, serial } = disk
    const fstype = isDivided(disk) === false ? 'zfs_member' : null
    return { path, size, type: 'disk', serial, fstype, mountpoint: mountpoint(path), children: parts }
  })
  const volumes = machine.zfs.zvols().map(({ device: path, sizeBytes: size }): BlockDevice => ({
    path,
    size,
    type: 'disk',
    serial: null,
    fstype: null,
    mountpoint: mountpoint(path),
    children: [],
  }))
  return [rootDisk, ...disks, ...volumes]
}

function human(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T']
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  return `${Number((bytes / 1024 ** at).toFixed(1))}${units[at] ?? ''}`
}

/** As the kernel counts devices: disks of virtio, of NVMe, volumes of ZFS. */
function numberOf(path: string): string {
  const [, disk = '0', part] = /(?:nvme|zd)(\d+)(?:n1)?(?:p(\d+))?$/.exec(path) ?? []
  if (path.startsWith('/dev/vd')) return '254:0'
  return path.startsWith('/dev/zd') ? `230:${disk}` : `259:${Number(disk) * 3 + Number(part ?? 0)}`
}

const lsblk: HostCommand = (call) => {
  const options = readOptions(call.args, 'J json b bytes o: output: n noheadings l list r raw d nodeps p paths f')
  if (options.unknown !== undefined) return notInThisLab(`lsblk ${options.unknown}`)
  const columns = (options.value('o', 'output') ?? 'NAME,MAJ:MIN,RM,SIZE,RO,TYPE,MOUNTPOINTS').toUpperCase().split(',')
  const cell = (device: BlockDevice, name: string): string | number | null =>
    ({
      NAME: options.has('p', 'paths') ? device.path : device.path.slice('/dev/'.length),
      KNAME: device.path.slice('/dev/'.length),
      PATH: device.path,
      SIZE: options.has('b', 'bytes') ? device.size : human(device.size),
      TYPE: device.type,
      SERIAL: device.serial,
      FSTYPE: device.fstype,
      MOUNTPOINT: device.mountpoint,
      MOUNTPOINTS: device.mountpoint,
      'MAJ:MIN': numberOf(device.path),
      RM: 0,
      RO: 0,
    })[name] ?? null
  const wanted = options.rest.map((each) => call.files.find(call.path(each))?.path)
  const all = devices(call).filter(
    ({ path, children }) =>
      wanted.length === 0 || wanted.includes(path) || children.some((child) => wanted.includes(child.path)),
  )
  if (wanted.length > 0 && all.length === 0) return failed(`lsblk: ${options.rest[0] ?? ''}: not a block device`, 32)
  if (options.has('J', 'json')) {
    const object = (device: BlockDevice): object => ({
      ...Object.fromEntries(columns.map((name) => [name.toLowerCase(), cell(device, name)])),
      ...(device.children.length > 0 && !options.has('d', 'nodeps') ? { children: device.children.map(object) } : {}),
    })
    return done(json({ blockdevices: all.map(object) }))
  }
  const flat = options.has('l', 'list', 'r', 'raw')
  const rows = all.flatMap((device) => [
    { device, before: '' },
    ...(options.has('d', 'nodeps') ? [] : device.children).map((child, at, children) => ({
      device: child,
      before: flat ? '' : at === children.length - 1 ? '└─' : '├─',
    })),
  ])
  const shown = rows.map(({ device, before }) =>
    Object.fromEntries(
      columns.map((name) => [name, name === 'NAME' ? `${before}${String(cell(device, name))}` : cell(device, name)]),
    ),
  )
  return done(tabular(columns, shown, !options.has('n', 'noheadings'), ['SIZE', 'RM', 'RO']))
}

const df: HostCommand = (call) => {
  const options = readOptions(call.args, 'B: block-size: output: h human-readable k T t: l P')
  if (options.unknown !== undefined) return notInThisLab(`df ${options.unknown}`)
  const { namespace } = call.files
  const asked = options.rest.map((each) => ({ each, found: call.files.find(call.path(each)) }))
  const missing = asked.find(({ found }) => found === undefined)
  if (missing !== undefined) return failed(`df: ${missing.each}: No such file or directory`)
  const mounts =
    asked.length > 0
      ? asked.flatMap(({ found }) => found?.mount ?? [])
      : namespace
          .list()
          .filter((each) => !/^(proc|sysfs)$/.test(each.fstype) && namespace.mountedAt(each.target) === each)
  const unit = options.value('B', 'block-size') === '1' ? 1 : 1024
  const show = (bytes: number): string =>
    options.has('h', 'human-readable') ? human(bytes) : String(Math.ceil(bytes / unit))
  const rows = mounts.map((mount) => {
    const used = [...mount.files].reduce(
      (sum, [path, inode]) => sum + (isBelow(path, mount.root) && inode.kind === 'file' ? inode.content.length : 0),
      0,
    )
    const free = freeBytes(call, mount.source, mount.fstype)
    return {
      source: mount.source,
      size: show(used + free),
      used: show(used),
      avail: show(free),
      // As ZFS counts them: there may be as many as there is room for.
      iavail: String(Math.floor(free / 512)),
      pcent: `${Math.ceil((100 * used) / (used + free || 1))}%`,
      target: mount.target,
      fstype: mount.fstype,
    }
  })
  const columns = options.value('output')?.split(',') ?? ['source', 'size', 'used', 'avail', 'pcent', 'target']
  const names: Readonly<Record<string, string>> = {
    source: 'Filesystem',
    size: options.has('h', 'human-readable') ? 'Size' : unit === 1 ? '1B-blocks' : '1K-blocks',
    used: 'Used',
    avail: options.has('h') || unit === 1 || options.has('output') ? 'Avail' : 'Available',
    iavail: 'IFree',
    pcent: 'Use%',
    target: 'Mounted on',
    fstype: 'Type',
  }
  const titled = columns.map((name) => names[name] ?? name)
  return done(
    tabular(
      titled,
      rows.map((row) =>
        Object.fromEntries(
          columns.map((name) => [names[name] ?? name, (row as Readonly<Record<string, string>>)[name] ?? '']),
        ),
      ),
      true,
      [names['size'] ?? '', 'Used', names['avail'] ?? '', 'IFree', 'Use%'],
    ),
  )
}

/** ZFS tells for its own; the rest has room. */
function freeBytes(call: Call, source: string, fstype: string): number {
  if (fstype !== 'zfs') return 900 * 1024 ** 2
  const [dataset = ''] = source.split('@')
  return Number(call.world.machine.zfs.zfs(['get', '-Hpo', 'value', 'available', dataset], '').stdout.trim()) || 0
}

export const blockCommands: Readonly<Record<string, HostCommand>> = { findmnt, lsblk, df, swapon: () => done() }
