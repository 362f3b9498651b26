// A folder, or one path in it, from fetched objects, beside what it is to replace.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'
import { receivedDataset } from '../zfs/receive.ts'
import { isDataset, places, type FolderSwap } from './folder-swap.ts'
import { onStaged } from './staging.ts'

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
        // Each folder on the way is one that is replaced.
        'last=',
        'folders() { local d= left=$1/; [ "$1" != "$last" ] || return 0; last=$1; while [ -n "$left" ]; do d=$d${left%%/*}; left=${left#*/}; [ -d "$f/$d" ] || { mkdir -- "$f/$d"; like "$d" "$f/$d"; }; d=$d/; done; }',
        'put() {',
        '  case "$2" in "") return 0;; */*) folders "${2%/*}";; esac',
        '  case "$2" in */) ;; *) cat "$1".* > "$f/$2"; like "$2" "$f/$2";; esac',
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
        String.raw`tell() { [ -e "$2" ] || return 0; { timeout 30 find "$2" -xdev -type f -printf '%s %T@\n' 2>/dev/null || echo broken; } | awk -v which="$1" '/^broken$/ { bad = 1; next } { n++; b += $1; if ($2 > t) t = $2 } END { if (!bad) printf "%s %d %.0f %.0f\n", which, n, b, t }'; }`,
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
