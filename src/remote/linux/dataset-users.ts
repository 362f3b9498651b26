// Who uses datasets on a host in ways that ZFS doesn't tell of: other mount namespaces, processes, block devices.
import { sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { rows } from '../table.ts'

/** A process as it can be named to an operator. */
export interface Process {
  readonly pid: number
  readonly name: string
  /** The systemd unit that it belongs to; empty where it belongs to none. */
  readonly unit: string
}

/** The last part of a control group's path that is a unit (systemd.unit(5)). */
const unitOf = (cgroup: string): string => cgroup.split('/').findLast((part) => /\.(service|scope)$/.test(part)) ?? ''

// One line a process: its id, its name, its control group.
const tellProcess = `printf 'process\\t%s\\t%s\\t%s\\n' "$p" "$(cat "/proc/$p/comm")" "$(tail -n 1 "/proc/$p/cgroup")"`

const processes = (stdout: string): Process[] =>
  [...stdout.matchAll(/^process\t(\d+)\t(.*)\t(.*)$/gm)].map(([, pid, name = '', cgroup = '']) => ({
    pid: Number(pid),
    name,
    unit: unitOf(cgroup),
  }))

/** Who these processes are; one that has ended is left out. */
export const processesOf = (pids: readonly number[]): ShellCommand<Process[]> =>
  readLine(
    pids.length === 0
      ? 'true'
      : sh`for p in ${pids}; do [ -e "/proc/$p/comm" ] && ` + `${tellProcess}; done 2>/dev/null; true`,
    ({ stdout }) => processes(stdout),
  )

/** A mount of ZFS in another mount namespace than the host's. */
export interface MountElsewhere {
  readonly by: Process
  /** A dataset or a snapshot. */
  readonly source: string
  readonly target: string
  /** An unmount on the host comes through to it, if it is at the same place. */
  readonly follows: boolean
}

interface MountLine {
  readonly source: string
  readonly target: string
  readonly shared: string | undefined
  readonly follows: boolean
}

const plain = (text = ''): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))

/** proc_pid_mountinfo(5): blanks are octal; \`shared:\` and \`master:\` tell whether an unmount elsewhere comes through. */
function parseMount(line: string): MountLine | undefined {
  const [before = '', after = ''] = line.split(' - ')
  const fields = before.split(' ')
  const [type, source] = after.split(' ')
  if (type !== 'zfs') return undefined
  const optional = fields.slice(6)
  return {
    source: plain(source),
    target: plain(fields[4]),
    shared: optional.find((each) => each.startsWith('shared:')),
    follows: optional.some((each) => each.startsWith('master:')),
  }
}

const mountLines = (text: string): MountLine[] =>
  text
    .split('\n')
    .map(parseMount)
    .filter((each) => each !== undefined)

/** Mounts of ZFS in other mount namespaces: those of containers and of services. One process of each is named. */
export const mountsElsewhere = (): ShellCommand<MountElsewhere[]> =>
  readLine(
    [
      'own=$(readlink /proc/self/ns/mnt)',
      "grep ' - zfs ' /proc/self/mountinfo",
      "find /proc/[0-9]*/ns/mnt -maxdepth 0 -printf '%l %h\\n' 2>/dev/null | sort -u -k 1,1 | while read -r n p; do",
      '  [ "$n" = "$own" ] && continue',
      '  p=${p#/proc/}; p=${p%/ns}',
      '  grep -q \' - zfs \' "/proc/$p/mountinfo" 2>/dev/null || continue',
      `  ${tellProcess}`,
      '  grep \' - zfs \' "/proc/$p/mountinfo"',
      'done',
      'true',
    ].join('\n'),
    ({ stdout }) => {
      const [own = '', ...others] = stdout.split(/^(?=process\t)/m)
      const [here, there] = own.startsWith('process\t') ? ['', [own, ...others]] : [own, others]
      const groups = new Set(mountLines(here).flatMap((each) => each.shared ?? []))
      return there.flatMap((block) => {
        const [by] = processes(block)
        return by === undefined
          ? []
          : mountLines(block).map(({ source, target, shared, follows }) => ({
              by,
              source,
              target,
              follows: follows || (shared !== undefined && groups.has(shared)),
            }))
      })
    },
  )

/** Something that uses a volume's block device, or a partition of it. */
export interface VolumeUse {
  readonly volume: string
  readonly how: 'open' | 'swap' | 'mounted' | 'below another device'
  /** A process id, a mountpoint, or a device. */
  readonly by: string
}

const volumeDisk = (path: string): string | undefined => /\bzd\d+/.exec(path)?.[0]

/** Who uses the volumes of a pool as block devices. */
export const volumeUses = (pool: string): ShellCommand<VolumeUse[]> =>
  readLine(
    [
      sh`find ${`/dev/zvol/${pool}`} -type l -printf 'volume\\t%p\\t%l\\n' 2>/dev/null`,
      "find /proc/[0-9]*/fd -maxdepth 1 -lname '/dev/zd*' -printf 'open\\t%l\\t%h\\n' 2>/dev/null",
      "sed -n 's,^\\(/dev/zd[0-9p]*\\) .*,swap\\t\\1\\tswap,p' /proc/swaps",
      "findmnt -rnu -o SOURCE,TARGET | sed -n 's,^\\(/dev/zd[0-9p]*\\) \\(.*\\),mounted\\t\\1\\t\\2,p'",
      "find /sys/block/zd*/holders /sys/block/zd*/zd*/holders -mindepth 1 -printf 'below another device\\t%h\\t%f\\n' 2>/dev/null",
      'for l in /sys/block/loop*/loop/backing_file; do [ -e "$l" ] && printf \'below another device\\t%s\\t%s\\n\' "$(cat "$l")" "$l"; done',
      'true',
    ].join('\n'),
    ({ stdout }) => {
      const found = rows(stdout, ['kind', 'device', 'by'])
      // udev writes a blank in a name as a plus, which no name has.
      const names = new Map(
        found
          .filter((row) => row.kind === 'volume')
          .map((row) => [volumeDisk(row.by), row.device.slice('/dev/zvol/'.length).replaceAll('+', ' ')]),
      )
      return found.flatMap((row) => {
        const volume = names.get(volumeDisk(row.device))
        const how = (['open', 'swap', 'mounted', 'below another device'] as const).find((each) => each === row.kind)
        return volume === undefined || how === undefined
          ? []
          : [
              {
                volume,
                how,
                by: /\/proc\/(\d+)\//.exec(`${row.by}/`)?.[1] ?? /\b(loop\d+)\b/.exec(row.by)?.[1] ?? row.by,
              },
            ]
      })
    },
  )

/** A mount of any kind. */
export interface AnyMount {
  readonly source: string
  readonly target: string
  readonly fstype: string
  /** Such as `rw,noatime`. */
  readonly options: string
}

const mountpointText = (text: string): string =>
  text.replaceAll(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** Every mount of the host, in the order in which they were made. */
export const listMounts = (): ShellCommand<AnyMount[]> =>
  readLine(
    'findmnt -rnu -o FSTYPE,SOURCE,TARGET,VFS-OPTIONS',
    ({ stdout }) =>
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [fstype = '', source = '', target = '', options = ''] = line.split(' ').map(mountpointText)
          return { fstype, source, target, options }
        }),
    { root: false },
  )
