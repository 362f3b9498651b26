// Copying files out of a snapshot: cp(1) into a folder of our own beside the destination, then one rename that overwrites
// nothing. What was copied is compared by what find(1) and sha256sum(1) say of both sides.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'

/** Mounts a snapshot where nobody else looks, read-only. Mounted already is mounted. */
export const mountSnapshot = (snapshot: string, at: string): ShellCommand<string> =>
  changeLine(sh`mkdir -p ${at} && { mountpoint -q ${at} || mount -t zfs -o ro ${snapshot} ${at}; }`, {
    repeatable: true,
  })

/** Unmounts it, and removes the folder. Not mounted is not mounted. */
export const unmountSnapshot = (at: string): ShellCommand<string> =>
  changeLine(sh`if mountpoint -q ${at}; then umount ${at}; fi; [ ! -d ${at} ] || rmdir ${at}`, { repeatable: true })

export interface Destination {
  /** `folder`, `other` for what is there and none, or `absent`. */
  readonly is: 'folder' | 'other' | 'absent'
  /** Whether the folder that it would be made in is there. */
  readonly parent: boolean
  readonly freeBytes: number
  /** The type of the filesystem, such as `ext4`. */
  readonly fstype: string
  readonly writable: boolean
  /** Names in it that are taken already, of those asked for. */
  readonly taken: readonly string[]
}

/** What is where files are to be copied to. */
export const lookAtDestination = (to: string, names: readonly string[]): ShellCommand<Destination> =>
  readLine(
    [
      sh`p=$(dirname ${to})`,
      sh`if [ -d ${to} ]; then echo is folder; t=${to}; elif [ -e ${to} ] || [ -L ${to} ]; then echo is other; t=$p; else echo is absent; t=$p; fi`,
      '[ -d "$p" ] && echo parent',
      '[ -w "$t" ] && echo writable',
      '[ ! -d "$t" ] || printf "free %s\\n" "$(df -B1 --output=avail "$t" | tail -n 1)"',
      '[ ! -d "$t" ] || printf "type %s\\n" "$(findmnt -n -o FSTYPE -T "$t" | head -n 1)"',
      sh`while IFS= read -r n; do if [ -e ${raw(`${sh`${to}`}/"$n"`)} ] || [ -L ${raw(`${sh`${to}`}/"$n"`)} ]; then printf 'taken %s\\n' "$n"; fi; done; true`,
    ].join('\n'),
    ({ stdout }) => {
      const all = (name: string): string[] =>
        [...stdout.matchAll(new RegExp(`^${name} *(.*)$`, 'gm'))].map((found) => found[1] ?? '')
      const is = all('is')[0]
      return {
        is: is === 'folder' || is === 'absent' ? is : 'other',
        parent: all('parent').length > 0,
        writable: all('writable').length > 0,
        freeBytes: count(all('free')[0] ?? '0'),
        fstype: all('type')[0] ?? '',
        taken: all('taken'),
      }
    },
    { stdin: names.map((name) => `${name}\n`).join('') },
  )

export interface TreeSize {
  readonly kind: 'file' | 'folder' | 'link' | 'other' | 'absent'
  /** What it may need elsewhere, where nothing is compressed. */
  readonly bytes: number
}

const sizeLine = (path: string, seconds: number): string =>
  sh`if [ -L ${path} ]; then echo link; elif [ -d ${path} ]; then echo folder; elif [ -f ${path} ]; then echo file; elif [ -e ${path} ]; then echo other; else echo absent; fi; [ ! -e ${path} ] || timeout ${seconds} du -sxb ${path} | cut -f 1`

function parseSize({ stdout }: { readonly stdout: string }): TreeSize {
  const [kind, size = ''] = stdout.split('\n')
  const known = (['file', 'folder', 'link', 'other'] as const).find((each) => each === kind) ?? 'absent'
  return { kind: known, bytes: /^\d+$/.test(size) ? Number(size) : 0 }
}

/** How much there is to copy. Other mounts below it are not looked into. */
export const treeSize = (path: string): ShellCommand<TreeSize> =>
  readLine(sizeLine(path, 3500), parseSize, { timeoutMs: 3_600_000 })

/**
 * The same of a path in a snapshot that nobody has mounted: it is mounted where only this command sees it (unshare(1)), and
 * gone with it. What takes longer than 20 s to count is 0 bytes.
 */
export const sizeInSnapshot = (snapshot: string, path: string): ShellCommand<TreeSize> =>
  readLine(
    sh`unshare -m sh -c ${`${sh`mount -t zfs -o ro ${snapshot} /run`} && { ${sizeLine(`/run/${path}`, 20)}; }`}`,
    parseSize,
  )

/**
 * Copies one file or folder with owners, modes, times, links, ACLs and attributes. It appears under its name whole or not
 * at all, and never over something that is there.
 * @param draft a name beside it that is this run's own, removed first where an earlier try has left it
 */
export const copyOut = (from: string, to: string, draft: string): ShellCommand<string> =>
  changeLine(
    [
      'set -e',
      sh`if [ -e ${to} ] || [ -L ${to} ]; then echo ${`${to} is there already`} >&2; exit 17; fi`,
      sh`rm -rf --one-file-system -- ${draft}`,
      sh`mkdir -m 700 -- ${draft}`,
      // A disk that it has filled is somebody's: it is given back at once.
      sh`cp -a -x -T -- ${from} ${`${draft}/copy`} || { c=$?; rm -rf --one-file-system -- ${draft}; exit $c; }`,
      sh`sync -f ${draft}`,
      sh`mv -n -T -- ${`${draft}/copy`} ${to}`,
      // `mv -n` says nothing where something came there meanwhile.
      sh`rmdir -- ${draft}`,
    ].join('\n'),
    { timeoutMs: 24 * 3_600_000 },
  )

/** Removes what a copy that did not come to its end has left. */
export const removeDraft = (draft: string): ShellCommand<string> =>
  changeLine(sh`rm -rf --one-file-system -- ${draft}`, { timeoutMs: 3_600_000 })

/** Makes the folder that is copied to, where its own folder is there. */
export const makeFolder = (path: string): ShellCommand<string> =>
  changeLine(sh`[ -d ${path} ] || mkdir -m 700 -- ${path}`, { repeatable: true })

export interface TreeDigest {
  /** Of every name, kind, mode, owner, size, time and link below it. */
  readonly listing: string
  /** Of the contents of all files. */
  readonly contents: string
  readonly files: number
}

/** What a file or folder is, to be compared with its copy. Reads all of it. */
export const treeDigest = (path: string): ShellCommand<TreeDigest> =>
  readLine(
    [
      sh`cd / && p=${path}`,
      // A folder's size says something of its filesystem, nothing of what is in it.
      `{ find "$p" -xdev -type d -printf '%P d %m %U %G %T@\\0'; find "$p" -xdev ! -type d -printf '%P %y %m %U %G %s %T@ %l\\0'; } | sort -z | sha256sum | cut -d ' ' -f 1`,
      // A link is what it says, not what it leads to, and of what is neither file nor folder nobody could read to an end.
      'if [ -L "$p" ]; then readlink -- "$p" | sha256sum | cut -d " " -f 1; echo 0; elif [ -d "$p" ]; then cd "$p" && find . -xdev -type f -print0 | sort -z | xargs -0 -r sha256sum -z | sha256sum | cut -d " " -f 1; find . -xdev -type f -printf . | wc -c; elif [ -f "$p" ]; then sha256sum < "$p" | cut -d " " -f 1; echo 1; else echo -; echo 0; fi',
    ].join('\n'),
    ({ stdout }) => {
      const [listing = '', contents = '', files] = stdout.split('\n')
      return { listing, contents, files: count(files || '0') }
    },
    { timeoutMs: 24 * 3_600_000 },
  )
