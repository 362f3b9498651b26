// A folder from fetched objects, beside the one that it is to replace, and the two renames that swap them.
import { posix } from 'node:path'
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'
import { receivedDataset, swapDatasets } from '../zfs/receive.ts'
import { onStaged, type Source } from './staging.ts'

/** The folder that is made, and where the one that it replaces goes. */
export interface FolderSwap extends Source {
  readonly run: string
  /** The folder's path; or a dataset, whose mountpoint it is: that can't be renamed, and the dataset can. */
  readonly into: string
  /** Whose the files are where there is no old folder to tell: `USER` or `USER:GROUP`; root's where null. */
  readonly owner?: string | null
  /** Paths below it that are taken over from the old folder, where the new one lacks them. */
  readonly keep?: readonly string[]
}

/** Where the new folder is made. */
export const freshFolder = ({ into, run }: FolderSwap): string => `${into}.lifeboat-${run}`

/** Where the old folder is afterwards. */
export const folderAside = ({ into, run }: FolderSwap): string => `${into}.before-${run}`

/** Whether the old folder was there, and is aside now. */
export const isFolderAside = (swap: FolderSwap): ShellCommand<boolean> =>
  readLine(sh`[ ! -d ${folderAside(swap)} ] || echo there`, ({ stdout }) => stdout.startsWith('there'))

/** Whether it is a dataset that is replaced. */
export const isDataset = (into: string): boolean => !into.startsWith('/')

/** Where the new folder is: `$f`; and the old one: `$o`, empty where there is none. */
const places = (swap: FolderSwap): string =>
  isDataset(swap.into)
    ? sh`f=${posix.join(swap.staging, 'new')} o=$(zfs get -Ho value mountpoint ${swap.into} 2>/dev/null || true)`
    : sh`f=${freshFolder(swap)} o=${swap.into}`

// Owners and modes are those of what is replaced, as far as there is any: S3 keeps none.
const like = ({ owner }: FolderSwap): string =>
  `like() { if [ -e "$o/$1" ] && [ ! -L "$o/$1" ]; then chown --reference="$o/$1" -- "$2"; chmod --reference="$o/$1" -- "$2"; elif [ -d "$o" ]; then chown --reference="$o" -- "$2"; ${ownedBy(owner, '"$2"')}fi; }`

/** For a folder that nothing tells the owner of. */
const ownedBy = (owner: string | null | undefined, what: string): string =>
  owner === null || owner === undefined ? '' : sh`else chown -- ${owner} ${raw(what)}; `

// What is given to a dataset when it is made, and has an effect on what is written from then on.
const madeWith =
  'recordsize compression acltype xattr atime relatime devices exec setuid dnodesize casesensitivity normalization utf8only'

/** A dataset like the old one, mounted where nobody looks. What an earlier try has written goes. */
const datasetAnew = (swap: FolderSwap): string[] => [
  sh`d=${swap.into} n=${receivedDataset(swap)}`,
  'if ! zfs list -H "$n" >/dev/null 2>&1; then',
  '  set --',
  `  if zfs list -H "$d" >/dev/null 2>&1; then for p in ${madeWith}; do case "$(zfs get -Hp -o source "$p" "$d" 2>/dev/null)" in local|-) v=$(zfs get -Hp -o value "$p" "$d"); [ "$v" = - ] || set -- "$@" -o "$p=$v";; esac; done; fi`,
  '  zfs create -o canmount=noauto -o mountpoint="$f" "$@" "$n"',
  'fi',
  '[ "$(zfs get -Ho value mounted "$n")" = yes ] || zfs mount "$n"',
  'find "$f" -mindepth 1 -delete',
]

const anew = (swap: FolderSwap): string =>
  [
    places(swap),
    ...(isDataset(swap.into) ? datasetAnew(swap) : ['rm -rf --one-file-system -- "$f"', 'mkdir -m 755 -- "$f"']),
    `if [ -d "$o" ]; then chown --reference="$o" -- "$f"; chmod --reference="$o" -- "$f"; ${ownedBy(swap.owner, '"$f"')}fi`,
  ].join('\n')

/** Makes the folder from objects that are files each. They stay where they were fetched to. */
export const folderOfObjects = (swap: FolderSwap): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap,
      [
        anew(swap),
        like(swap),
        'put() {',
        '  [ -n "$2" ] || return 0',
        '  case "$2" in */) mkdir -p -- "$f/$2"; like "$2" "$f/$2"; return;; */*) d=${2%/*}; [ -d "$f/$d" ] || { mkdir -p -- "$f/$d"; like "$d" "$f/$d"; };; esac',
        '  cat "$1".* > "$f/$2"; like "$2" "$f/$2"',
        '}',
        'each put',
        'sync -f "$f"',
      ].join('\n'),
    ),
    { timeoutMs: 24 * 3_600_000 },
  )

/** In awk: whether a name of an archive is neither on the way to a folder nor in it. */
export const outside =
  'function outside(name, p) { return name != "" && name != p && index(name, p "/") != 1 && index(p, name) != 1 }'

/** What the archive's names may begin with: where the folder is, and what it is called. */
export const leading = (swap: FolderSwap): string => `${places(swap)}\nwhole=\${o#/} last=\${o##*/}`

/** Before the name of an object: the file beside it in which a check has noted how much leads to a streamed one's files. */
export const depthNoted = 'depth'

// How many leading folders of the archive's names lead to the folder itself.
const depth = [
  `depth() { local names; names=$(unpacked "$1" | tar -tf - | sed "s,^\\./,,;s,^/,,"); for p in "$whole" "$last"; do if [ -z "$(printf "%s\\n" "$names" | awk -v p="$p" '${outside} outside($0, p) { print 1; exit }')" ]; then printf "%s\\n" "$p" | awk -F/ '{ print NF }'; return; fi; done; echo 0; }`,
  'strip() { local n dot; n=$(depth "$1"); dot=$(unpacked "$1" | tar -tf - | head -n 1 | grep -c "^\\./" || true); [ "$n" = 0 ] || n=$((n + dot)); echo "$n"; }',
]

/** Makes the folder from archives of tar(1), with the owners and modes in them. What leads to the folder is left out. */
export const folderOfArchives = (swap: FolderSwap): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap,
      [
        anew(swap),
        leading(swap),
        ...((swap.stream ?? null) === null ? depth : [`strip() { cat "${depthNoted}.$1"; }`]),
        'put() { local n; n=$(strip "$1"); unpacked "$1" | tar -xpf - --acls --xattrs --delay-directory-restore -C "$f" --strip-components="$n"; }',
        'each put',
        'sync -f "$f"',
      ].join('\n'),
    ),
    { timeoutMs: 24 * 3_600_000 },
  )

/** Removes what was made beside the old folder. */
export const discardFolder = (swap: FolderSwap): ShellCommand<string> =>
  changeLine(sh`rm -rf --one-file-system -- ${freshFolder(swap)}`, { timeoutMs: 3_600_000 })

/**
 * Copies what is to be kept, with owners and modes. It is done when nothing writes to it any more: what is in the dump goes
 * before it, and a copy of an earlier try is made anew. Folders above it that the dump lacks are made like the old ones.
 */
const keeping = (swap: FolderSwap): string[] =>
  swap.keep === undefined || swap.keep.length === 0
    ? []
    : [
        places(swap),
        sh`keep() ( m=${swap.staging}/kept."$1" a= n=$f`,
        '  { [ -e "$o/$2" ] || [ -L "$o/$2" ]; } || exit 0',
        '  cd -- "$o"; IFS=/; set -f; set -- $2; unset IFS',
        '  while [ $# -gt 1 ]; do',
        '    a=$a$1/; shift',
        '    [ ! -L "$n/${a%/}" ] || { echo "the dump has a link at $a, below which something is to be kept" >&2; exit 19; }',
        '    [ -d "$n/$a" ] || { mkdir -- "$n/$a"; chown --reference="./$a" -- "$n/$a"; chmod --reference="./$a" -- "$n/$a"; }',
        '  done',
        '  if { [ -e "$n/$a$1" ] || [ -L "$n/$a$1" ]; } && [ ! -e "$m" ]; then exit 0; fi',
        '  : > "$m"; rm -rf --one-file-system -- "$n/$a$1"; cp -a --reflink=auto -- "./$a$1" "$n/$a$1"',
        ')',
        ...swap.keep.map((path, at) => sh`keep ${at} ${path}`),
      ]

/** The old dataset aside, the new one in its place, with what is kept of the old. */
export const swapFolderDatasets = (swap: FolderSwap): ShellCommand<string> => {
  const { line } = swapDatasets(swap)
  const kept = keeping(swap)
  if (kept.length === 0) return changeLine(line)
  const n = receivedDataset(swap)
  return changeLine(
    [
      'set -e',
      sh`if zfs list -H ${n} >/dev/null 2>&1; then`,
      sh`  [ "$(zfs get -Ho value mounted ${n})" = yes ] || zfs mount ${n}`,
      ...kept,
      'fi',
      line,
    ].join('\n'),
    { timeoutMs: 24 * 3_600_000 },
  )
}

/** The old folder aside, the new one in its place. Killed between the two, it goes on where it was. */
export const swapFolder = (swap: FolderSwap): ShellCommand<string> =>
  changeLine(
    [
      'set -e',
      sh`if [ -e ${freshFolder(swap)} ]; then`,
      ...keeping(swap),
      sh`  if [ -e ${swap.into} ]; then [ ! -e ${folderAside(swap)} ] || exit 17; mv -T -- ${swap.into} ${folderAside(swap)}; fi`,
      sh`  mv -T -- ${freshFolder(swap)} ${swap.into}`,
      'fi',
    ].join('\n'),
    swap.keep === undefined ? {} : { timeoutMs: 24 * 3_600_000 },
  )

/** The same backwards. */
export const unswapFolder = (swap: FolderSwap): ShellCommand<string> =>
  changeLine(
    [
      'set -e',
      sh`if [ ! -e ${freshFolder(swap)} ] && [ -e ${swap.into} ]; then mv -T -- ${swap.into} ${freshFolder(swap)}; fi`,
      sh`if [ -e ${folderAside(swap)} ] && [ ! -e ${swap.into} ]; then mv -T -- ${folderAside(swap)} ${swap.into}; fi`,
    ].join('\n'),
  )

/** Which folder has the place: while the new one is beside it, the old one, or none. */
export const folderStanding = (swap: FolderSwap): ShellCommand<'old' | 'between' | 'new'> =>
  readLine(
    sh`if [ ! -e ${freshFolder(swap)} ]; then echo new; elif [ -e ${folderAside(swap)} ]; then echo between; else echo old; fi`,
    ({ stdout }) => (stdout.startsWith('new') ? 'new' : stdout.startsWith('between') ? 'between' : 'old'),
  )

/** The files below a folder. */
export interface FolderContents {
  readonly files: number
  readonly bytes: number
  /** When the newest of them was written; ms since 1970, 0 where there is none. */
  readonly newestMs: number
}

/** Both folders while the new one is beside the old. */
export interface BothFolders {
  readonly fresh: FolderContents | null
  readonly old: FolderContents | null
}

/** What is in the new folder and in the old one; null of one that is not there, or can't be counted in half a minute. */
export const contentsOfBoth = (swap: FolderSwap): ShellCommand<BothFolders> =>
  readLine(
    onStaged(
      swap,
      [
        places(swap),
        // What breaks off has counted nothing.
        String.raw`tell() { [ -d "$2" ] || return 0; { timeout 30 find "$2" -xdev -type f -printf '%s %T@\n' 2>/dev/null || echo broken; } | awk -v which="$1" '/^broken$/ { bad = 1; next } { n++; b += $1; if ($2 > t) t = $2 } END { if (!bad) printf "%s %d %.0f %.0f\n", which, n, b, t }'; }`,
        'tell fresh "$f"; tell old "$o"',
      ].join('\n'),
    ),
    ({ stdout }) => {
      const of = (which: string): FolderContents | null => {
        const found = new RegExp(`^${which} (\\d{1,15}) (\\d{1,15}) (\\d{1,11})$`, 'm').exec(stdout)
        if (found === null) return null
        const [, files = '', bytes = '', newest = ''] = found
        return { files: count(files), bytes: count(bytes), newestMs: count(newest) * 1000 }
      }
      return { fresh: of('fresh'), old: of('old') }
    },
    { timeoutMs: 120_000 },
  )

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
      sh`findmnt -rn -o TARGET | awk -v p=${`${path}/`} 'index($0, p) == 1' | wc -l | sed 's/^ */below /'; true`,
    ].join('\n'),
    ({ stdout }) => ({
      is: (['folder', 'link', 'other'] as const).find((each) => stdout.includes(`is ${each}\n`)) ?? 'absent',
      parent: /^parent$/m.test(stdout),
      mountpoint: /^mountpoint$/m.test(stdout),
      dataset: /^dataset (.+)$/m.exec(stdout)?.[1] ?? null,
      mountsBelow: count(/^below (\d+)$/m.exec(stdout)?.[1] ?? '0'),
    }),
  )
