// What is where a folder, or one path in it, is to be replaced.
import { posix } from 'node:path'
import { sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'

/** As findmnt(8) writes a path in a raw listing: what is no printable character of ASCII is `\x20`. */
const asListed = (path: string): string =>
  [...Buffer.from(path)]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCodePoint(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('')

/** Counts the filesystems that are mounted below a path. */
const mountsBelow = (path: string): string =>
  sh`LC_ALL=C findmnt -rn -o TARGET | p=${asListed(`${path}/`)} awk 'index($0, ENVIRON["p"]) == 1' | wc -l | sed 's/^ */below /'`

export interface FolderFacts {
  readonly is: 'folder' | 'link' | 'other' | 'absent'
  readonly parent: boolean
  readonly mountpoint: boolean
  /** The dataset of ZFS whose mountpoint it is. */
  readonly dataset: string | null
  /** Filesystems that are mounted below it. */
  readonly mountsBelow: number
}

/** What is where the folder is to be. */
export const lookAtFolder = (path: string): ShellCommand<FolderFacts> =>
  readLine(
    [
      sh`if [ -L ${path} ]; then echo is link; elif [ -d ${path} ]; then echo is folder; elif [ -e ${path} ]; then echo is other; else echo is absent; fi`,
      sh`[ -d "$(dirname ${path})" ] && echo parent`,
      sh`mountpoint -q ${path} && echo mountpoint`,
      sh`findmnt -rn -t zfs -o SOURCE --mountpoint ${path} | sed 's/^/dataset /'`,
      `${mountsBelow(path)}; true`,
    ].join('\n'),
    ({ stdout }) => ({
      is: (['folder', 'link', 'other'] as const).find((each) => stdout.includes(`is ${each}\n`)) ?? 'absent',
      parent: /^parent$/m.test(stdout),
      mountpoint: /^mountpoint$/m.test(stdout),
      dataset: /^dataset (.+)$/m.exec(stdout)?.[1] ?? null,
      mountsBelow: count(/^below (\d+)$/m.exec(stdout)?.[1] ?? '0'),
    }),
  )

/** What is where one path below a folder is to be replaced. */
export interface PathFacts {
  /** The first folder on the way there, from the one that it is below, that is a symbolic link, not there, or none. */
  readonly inTheWay: { readonly path: string; readonly is: 'link' | 'absent' | 'other' } | null
  readonly mountpoint: boolean
  /** Filesystems that are mounted below it. */
  readonly mountsBelow: number
}

/** @param only a path below `into` */
export function lookAtPath(into: string, only: string): ShellCommand<PathFacts> {
  const path = posix.join(into, only)
  const names = only.split('/').slice(0, -1)
  const folders = [into, ...names.map((_, at) => posix.join(into, ...names.slice(0, at + 1)))]
  return readLine(
    [
      // By number: a name may hold anything.
      'n=0; look() { if [ -L "$1" ]; then echo $n link; elif [ -d "$1" ]; then :; elif [ -e "$1" ]; then echo $n other; else echo $n absent; fi; n=$((n + 1)); }',
      ...folders.map((each) => sh`look ${each}`),
      sh`[ ! -L ${path} ] && mountpoint -q ${path} && echo mountpoint`,
      `${mountsBelow(path)}; true`,
    ].join('\n'),
    ({ stdout }) => {
      const [, at = '', is] = /^(\d+) (link|absent|other)$/m.exec(stdout) ?? []
      const found = folders[Number(at)]
      return {
        inTheWay:
          found === undefined || at === ''
            ? null
            : { path: found, is: is === 'link' ? 'link' : is === 'other' ? 'other' : 'absent' },
        mountpoint: /^mountpoint$/m.test(stdout),
        mountsBelow: count(/^below (\d+)$/m.exec(stdout)?.[1] ?? '0'),
      }
    },
  )
}
