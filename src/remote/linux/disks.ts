// The host's block devices: lsblk(8) and the links that udev makes.
import { z } from 'zod'
import { raw, sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { rows } from '../table.ts'
import { onePerLine } from '../zfs/at-once.ts'

const device: z.ZodType<Device> = z.lazy(() =>
  z.object({
    name: z.string(),
    path: z.string(),
    size: z.number(),
    type: z.string(),
    serial: z.string().nullable(),
    fstype: z.string().nullable(),
    mountpoint: z.string().nullable(),
    children: z.array(device).default([]),
  }),
)

/** A disk or partition as lsblk(8) shows it. Sizes in bytes. */
export interface Device {
  readonly name: string
  readonly path: string
  readonly size: number
  readonly type: string
  readonly serial: string | null
  readonly fstype: string | null
  readonly mountpoint: string | null
  readonly children: readonly Device[]
}

/** Every disk with its partitions. */
export const listDevices = (): ShellCommand<Device[]> =>
  readLine(
    'lsblk -J -b -o NAME,PATH,SIZE,TYPE,SERIAL,FSTYPE,MOUNTPOINT',
    ({ stdout }) => z.object({ blockdevices: z.array(device) }).parse(JSON.parse(stdout)).blockdevices,
    { root: false },
  )

/** The whole disks among them. */
export const diskPaths = (devices: readonly Device[]): string[] =>
  devices.filter((each) => each.type === 'disk').map((each) => each.path)

/** On Nitro an EBS disk's serial is the volume's id without the dash ("Identify the EBS device", EC2 user guide). */
export const serialOf = (volumeId: string): string => volumeId.replace('-', '')

/** The volume whose disk bears this serial; undefined for a disk that is no EBS volume. */
export const volumeOfSerial = (serial: string): string | undefined =>
  /^vol[0-9a-f]+$/.test(serial) ? serial.replace(/^vol/, 'vol-') : undefined

/** Which of these nodes, or files, the host does not have. */
export const missingNodes = (paths: readonly string[]): ShellCommand<string[]> =>
  readLine(sh`for d in ${paths}; do [ -e "$d" ] || printf '%s\\n' "$d"; done`, ({ stdout }) =>
    stdout.split('\n').filter((line) => line !== ''),
  )

/** Links under /dev/disk/by-id and by-partuuid, and the device each leads to. */
export const listIdLinks = (): ShellCommand<{ link: string; device: string }[]> =>
  readLine(
    'for l in /dev/disk/by-id/* /dev/disk/by-partuuid/*; do [ -L "$l" ] && printf \'%s\\t%s\\n\' "$l" "$(readlink -f "$l")"; done; true',
    ({ stdout }) => rows(stdout, ['link', 'device']),
    { root: false },
  )

/** What is mounted at or below a path: target, source and type (findmnt(8)). */
export interface Mount {
  readonly target: string
  readonly source: string
  readonly fstype: string
}

const mounts = z.object({
  filesystems: z.array(z.object({ target: z.string(), source: z.string(), fstype: z.string() })),
})

/** Every mount of ZFS on the host. */
export const listZfsMounts = (): ShellCommand<Mount[]> =>
  readLine(
    'findmnt -J --list -t zfs -o TARGET,SOURCE,FSTYPE',
    ({ stdout }) => (stdout.trim() === '' ? [] : mounts.parse(JSON.parse(stdout)).filesystems),
    { root: false, accepts: [0, 1] },
  )

/** Which of these directories exist and hold something. The paths go over standard input. */
export const nonEmptyDirectories = (paths: readonly string[]): ShellCommand<string[]> =>
  readLine(
    `xargs -d '\\n' -r sh -c 'find -H "$@" -maxdepth 0 -type d ! -empty' sh 2>/dev/null; true`,
    ({ stdout }) => stdout.split('\n').filter((line) => line !== ''),
    { stdin: paths.map((path) => `${path}\n`).join('') },
  )

// The paths come first, then an empty line, then what is open: of each its folders are looked up, from the inside out.
const belowPaths = String.raw`
  !told && $0 == "" { told = 1; next }
  !told { top[$0]; next }
  { path = $0; sub(/^[^ ]* /, "", path) }
  path !~ /^\// { next }
  { while (path != "") { if (path in top) { print; next }; sub(/\/[^\/]*$/, "", path) } }
  "/" in top { print }`

/** What a process may use of a filesystem: open files, its working directory, its root, the program that it runs. */
type Use = 'fd' | 'cwd' | 'root' | 'exe'

/** Processes that use anything at or below any of these paths in one of these ways: `PID path`. */
export const openFilesBelow = (
  paths: readonly string[],
  uses: readonly Use[] = ['fd', 'cwd', 'root', 'exe'],
): ShellCommand<string[]> =>
  readLine(
    paths.length === 0
      ? 'true'
      : sh`{ cat; find ${raw(uses.map((use) => `/proc/[0-9]*/${use}`).join(' '))} -maxdepth 1 -type l -printf '%h %l\\n' 2>/dev/null; } | awk ${belowPaths}`,
    ({ stdout }) => [...stdout.matchAll(/^\/proc\/(\d+)(?:\/fd)? (.*)$/gm)].map((found) => `${found[1]} ${found[2]}`),
    { stdin: `${onePerLine(paths)}\n` },
  )
