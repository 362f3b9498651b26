// The folder that is made beside the one that it is to replace, and the two renames that swap them: all of it, or one path in
// it, where all else below the folder stays as it is.
import { posix } from 'node:path'
import { raw, sh, type Raw } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { receivedDataset, swapDatasets } from '../zfs/receive.ts'
import type { Source } from './staging.ts'

/** The folder that is made, and where the one that it replaces goes. */
export interface FolderSwap extends Source {
  readonly run: string
  /** The folder's path; or a dataset, whose mountpoint it is: that can't be renamed, and the dataset can. */
  readonly into: string
  /** One file or folder below it, which alone is replaced; null, or not there: all of it. */
  readonly only?: string | null
  /** Whose the files are where there is no old folder to tell: `USER` or `USER:GROUP`; root's where null. */
  readonly owner?: string | null
  /** Paths below what is replaced that are taken over from the old folder, where the new one lacks them. */
  readonly keep?: readonly string[]
}

/** What is replaced: the folder, or the one path in it. */
export const replacedPath = ({ into, only }: Pick<FolderSwap, 'into' | 'only'>): string =>
  only === null || only === undefined ? into : posix.join(into, only)

type Hidden = 'lifeboat' | 'before'

/**
 * For one path: a folder beside it that nobody but root can look into, for services may read all that is in theirs. It is
 * in the same filesystem, also where `into` is a mountpoint, and its name takes nothing of a name that may be long.
 */
const hidden = (swap: FolderSwap, what: Hidden): string =>
  posix.join(posix.dirname(replacedPath(swap)), `.${what}-${swap.run}`)

const isOnePath = ({ only }: FolderSwap): boolean => only !== null && only !== undefined

/** Where the new folder is made, or whatever the one path is. */
export const freshFolder = (swap: FolderSwap): string =>
  isOnePath(swap) ? posix.join(hidden(swap, 'lifeboat'), 'new') : `${swap.into}.lifeboat-${swap.run}`

/** Where the old one is afterwards. */
export const folderAside = (swap: FolderSwap): string =>
  isOnePath(swap)
    ? posix.join(hidden(swap, 'before'), posix.basename(replacedPath(swap)))
    : `${swap.into}.before-${swap.run}`

/** What goes when the old one is to go for good. */
export const asideWithAll = (swap: FolderSwap): string => (isOnePath(swap) ? hidden(swap, 'before') : folderAside(swap))

/** Whether it is there; one path may be a link that leads nowhere. */
const there = (swap: FolderSwap, path: string): Raw =>
  raw(isOnePath(swap) ? sh`[ -e ${path} -o -L ${path} ]` : sh`[ -e ${path} ]`)

/** Whether the old one was there, and is aside now. */
export const isFolderAside = (swap: FolderSwap): ShellCommand<boolean> =>
  readLine(sh`! ${there(swap, folderAside(swap))} || echo there`, ({ stdout }) => stdout.startsWith('there'))

/** Whether it is a dataset that is replaced. */
export const isDataset = (into: string): boolean => !into.startsWith('/')

/** Where the new folder is: `$f`; and the old one: `$o`, empty where there is none. */
export const places = (swap: FolderSwap): string =>
  isDataset(swap.into)
    ? sh`f=${posix.join(swap.staging, 'new')} o=$(zfs get -Ho value mountpoint ${swap.into} 2>/dev/null || true)`
    : sh`f=${freshFolder(swap)} o=${replacedPath(swap)}`

/** Removes what was made beside the old folder. */
export const discardFolder = (swap: FolderSwap): ShellCommand<string> =>
  changeLine(sh`rm -rf --one-file-system -- ${isOnePath(swap) ? hidden(swap, 'lifeboat') : freshFolder(swap)}`, {
    timeoutMs: 3_600_000,
  })

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

/** The hidden folder of one path is made, and goes when it is empty. */
const makeHidden = (swap: FolderSwap, what: Hidden): string[] =>
  isOnePath(swap) ? [sh`  mkdir -p -m 700 -- ${hidden(swap, what)}`] : []
const leaveHidden = (swap: FolderSwap, what: Hidden): string[] =>
  isOnePath(swap) ? [sh`rmdir -- ${hidden(swap, what)} 2>/dev/null || true`] : []

/** The old one aside, the new one in its place. Killed between the two, it goes on where it was. */
export const swapFolder = (swap: FolderSwap): ShellCommand<string> => {
  const [fresh, old, aside] = [freshFolder(swap), replacedPath(swap), folderAside(swap)]
  return changeLine(
    [
      'set -e',
      sh`if ${there(swap, fresh)}; then`,
      ...keeping(swap),
      ...makeHidden(swap, 'before'),
      sh`  if ${there(swap, old)}; then ! ${there(swap, aside)} || exit 17; mv -T -- ${old} ${aside}; fi`,
      sh`  mv -T -- ${fresh} ${old}`,
      'fi',
      ...leaveHidden(swap, 'before'),
      ...leaveHidden(swap, 'lifeboat'),
    ].join('\n'),
    swap.keep === undefined ? {} : { timeoutMs: 24 * 3_600_000 },
  )
}

/** The same backwards. */
export const unswapFolder = (swap: FolderSwap): ShellCommand<string> => {
  const [fresh, old, aside] = [freshFolder(swap), replacedPath(swap), folderAside(swap)]
  return changeLine(
    [
      'set -e',
      sh`if ! ${there(swap, fresh)} && ${there(swap, old)}; then`,
      ...makeHidden(swap, 'lifeboat'),
      sh`  mv -T -- ${old} ${fresh}`,
      'fi',
      sh`if ${there(swap, aside)} && ! ${there(swap, old)}; then mv -T -- ${aside} ${old}; fi`,
      ...leaveHidden(swap, 'before'),
    ].join('\n'),
  )
}

/** Which one has the place: while the new one is beside it, the old one, or none. */
export const folderStanding = (swap: FolderSwap): ShellCommand<'old' | 'between' | 'new'> =>
  readLine(
    sh`if ! ${there(swap, freshFolder(swap))}; then echo new; elif ${there(swap, folderAside(swap))}; then echo between; else echo old; fi`,
    ({ stdout }) => (stdout.startsWith('new') ? 'new' : stdout.startsWith('between') ? 'between' : 'old'),
  )
