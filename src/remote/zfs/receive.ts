// A dataset from streams of `zfs send`, beside the one that it is to replace: zfs-receive(8), zfs-rename(8).
import { sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { secretOf, unlocking, type Passphrase } from '../linux/duplicity.ts'
import { onStaged, type Source } from '../linux/staging.ts'

/** The dataset that is replaced, and the run in whose name the others are made. */
export interface DatasetSwap extends Source {
  readonly run: string
  readonly into: string
}

/** The dataset that is received into, or made anew. */
export const receivedDataset = ({ into, run }: DatasetSwap): string => `${into}-lifeboat-${run}`

/** Where the old dataset is afterwards. */
export const datasetAside = ({ into, run }: DatasetSwap): string => `${into}-before-${run}`

/** The passphrase or key of a raw stream, where somebody gives it: of a raw key 44 characters are base64. */
interface Sealed extends DatasetSwap {
  readonly passphrase: Passphrase | null
}

// Without a key nothing can be mounted. What somebody gives comes first, then what the old dataset says of its own.
const unlock = (swap: Sealed): string[] => [
  'unlocked() { printf "%s\\n" "$1" >&2; exit 21; }',
  'if [ "$(zfs get -Ho value keystatus "$d")" = unavailable ]; then',
  unlocking(swap),
  sh`  location=$(zfs get -Ho value keylocation ${swap.into} 2>/dev/null || true)`,
  '  case "$location" in *://*) ;; *) location=;; esac',
  '  if [ -n "$p" ]; then',
  '    if [ "$(zfs get -Ho value keyformat "$d")" = raw ] && [ ${#p} = 44 ]; then printf %s "$p" | base64 -d; else printf %s "$p"; fi | zfs load-key -L prompt "$d"',
  '  elif [ -n "$location" ]; then zfs load-key -L "$location" "$d"',
  '  else unlocked "$d is encrypted, and nothing says where its key is"; fi',
  '  if [ -n "$location" ] && zfs load-key -n -L "$location" "$d" >/dev/null 2>&1; then zfs set keylocation="$location" "$d"; fi',
  'fi',
]

/**
 * Receives the streams one after the other, each when the snapshot is there that it begins at: when they were uploaded tells
 * nothing of that. What an earlier try has received whole is passed over: a stream whose snapshot is there already is not
 * received again. Nothing is mounted; the key of what is encrypted is loaded.
 *
 * There is nothing for `zfs receive -s` to go on from: what its token asks for, only `zfs send -t` on the sending pool can
 * make (zfs-send(8)), and that pool is what was lost. The stream is on the host, and is received anew.
 */
export const receiveStreams = (swap: Sealed): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap,
      [
        sh`d=${receivedDataset(swap)}`,
        // 64 bits without a sign, hexadecimal there and decimal here: bash's arithmetic takes both for the same number.
        'has() { local g h=0x$1; [ -n "$1" ] || return 1; for g in $(zfs list -Hp -t snapshot -o guid -d 1 "$d" 2>/dev/null); do [ "$((g))" != "$((h))" ] || return 0; done; return 1; }',
        'put() {',
        '  case "$received" in *" $1 "*) return 0;; esac',
        // Its first record tells both. That of several in one (zfs send -p, -R) has zeros there, and theirs come behind it.
        '  local ids to from all; ids=$(unpacked "$1" 2>/dev/null | head -c 65536 | zstream dump 2>/dev/null | awk \'/toguid =/ { if (!t++) to = $3; all = all $3 " " } /fromguid =/ { if (!f++) from = $3 } END { print to, from, all }\' || true)',
        '  to=${ids%% *} from=${ids#* }; all=${from#* } from=${from%% *}',
        '  if ! has "${to#0x}"; then',
        '    case "$came " in *" $from "*) ;; *) case "$from" in "" | 0) ;; *) has "${from#0x}" || { waits=$2; return 0; };; esac;; esac',
        '    unpacked "$1" | zfs receive -u -o canmount=noauto -x mountpoint "$d"',
        '  fi',
        '  received="$received$1 " came="$came $all"',
        '}',
        'received=" " came= waits=yes',
        'while [ -n "$waits" ]; do',
        '  waits= before=$received; each put',
        '  [ -z "$waits" ] || [ "$received" != "$before" ] || { printf "%s begins at a snapshot that no other stream of the dump brings\\n" "$waits" >&2; exit 22; }',
        'done',
        ...unlock(swap),
      ].join('\n'),
    ),
    { timeoutMs: 24 * 3_600_000, ...secretOf(swap) },
  )

/** Destroys what was received, which only this run has made. */
export const destroyReceived = (swap: DatasetSwap): ShellCommand<string> => ({
  ...changeLine(
    sh`if zfs list -H ${receivedDataset(swap)} >/dev/null 2>&1; then zfs destroy -r ${receivedDataset(swap)}; fi`,
    { timeoutMs: 3_600_000 },
  ),
  destroys: [receivedDataset(swap)],
})

// Set on the dataset itself, and so wanted on what takes its place.
const kept = ['mountpoint', 'canmount', 'quota', 'refquota', 'reservation', 'refreservation', 'compression', 'atime']

/**
 * The old dataset aside, the received one in its place with what was set on the old one, mounted where it was. Killed in
 * the middle, it goes on where it was.
 */
export const swapDatasets = (swap: DatasetSwap): ShellCommand<string> =>
  changeLine(
    [
      'set -e',
      sh`d=${swap.into} new=${receivedDataset(swap)} old=${datasetAside(swap)}`,
      'there() { zfs list -H "$1" >/dev/null 2>&1; }',
      'if there "$new"; then',
      '  if [ "$(zfs get -Ho value mounted "$new")" = yes ]; then zfs unmount "$new"; fi',
      '  if there "$d"; then',
      '    if [ "$(zfs get -Ho value mounted "$d")" = yes ]; then zfs unmount "$d"; fi',
      '    zfs rename -u "$d" "$old"',
      '  fi',
      '  zfs rename -u "$new" "$d"',
      'fi',
      'if there "$old"; then',
      `  for p in ${kept.filter((each) => each !== 'canmount').join(' ')}; do s=$(zfs get -Hp -o source "$p" "$old"); [ "$s" != local ] || zfs set -u "$p=$(zfs get -Hp -o value "$p" "$old")" "$d" 2>/dev/null || zfs set "$p=$(zfs get -Hp -o value "$p" "$old")" "$d"; done`,
      '  [ "$(zfs get -Ho value canmount "$old")" = noauto ] && [ "$(zfs get -Ho value lifeboat:canmount "$old")" != - ] || zfs set "lifeboat:canmount=$(zfs get -Ho value canmount "$old")" "$old"',
      '  zfs set canmount=noauto "$old"',
      '  zfs set "canmount=$(zfs get -Ho value lifeboat:canmount "$old")" "$d"',
      '  [ "$(zfs get -Hp -o source mountpoint "$old")" = local ] || zfs inherit mountpoint "$d"',
      'else zfs inherit mountpoint "$d"; zfs set canmount=on "$d"; fi',
      '[ "$(zfs get -Ho value mounted "$d")" = yes ] || zfs mount "$d"',
    ].join('\n'),
  )

/** The same backwards: the received dataset is then where it was received. */
export const unswapDatasets = (swap: DatasetSwap): ShellCommand<string> =>
  changeLine(
    [
      'set -e',
      sh`d=${swap.into} new=${receivedDataset(swap)} old=${datasetAside(swap)}`,
      'there() { zfs list -H "$1" >/dev/null 2>&1; }',
      'if there "$d" && ! there "$new"; then',
      '  if [ "$(zfs get -Ho value mounted "$d")" = yes ]; then zfs unmount "$d"; fi',
      '  zfs set canmount=noauto "$d"; zfs rename -u "$d" "$new"',
      'fi',
      'if there "$old" && ! there "$d"; then zfs rename -u "$old" "$d"; fi',
      'if there "$d"; then',
      '  c=$(zfs get -Ho value lifeboat:canmount "$d"); [ "$c" = - ] || { zfs set "canmount=$c" "$d"; zfs inherit lifeboat:canmount "$d"; }',
      '  [ "$(zfs get -Ho value mounted "$d")" = yes ] || zfs mount "$d"',
      'fi',
    ].join('\n'),
  )

/** Which dataset has the place. */
export const datasetStanding = (swap: DatasetSwap): ShellCommand<'old' | 'between' | 'new'> =>
  readLine(
    [
      'there() { zfs list -H "$1" >/dev/null 2>&1; }',
      sh`if there ${receivedDataset(swap)}; then if there ${datasetAside(swap)}; then echo between; else echo old; fi`,
      sh`elif [ "$(zfs get -Ho value mounted ${swap.into} 2>/dev/null)" = yes ]; then echo new; else echo between; fi`,
    ].join('\n'),
    ({ stdout }) => (stdout.startsWith('new') ? 'new' : stdout.startsWith('between') ? 'between' : 'old'),
  )

/** Whether the old dataset was there, and is aside now. */
export const isDatasetAside = (swap: DatasetSwap): ShellCommand<boolean> =>
  readLine(
    sh`zfs list -H -o name ${datasetAside(swap)} 2>/dev/null; true`,
    ({ stdout }) => stdout.trim() === datasetAside(swap),
  )

export interface DatasetFacts {
  readonly exists: boolean
  readonly isVolume: boolean
  readonly children: number
  readonly parentExists: boolean
  readonly freeBytes: number
  /** Where it is mounted, or would be: a path, `legacy` or `none`. */
  readonly mountpoint: string
  /** It has a key of its own, which a dataset beside it would not have. */
  readonly ownKey: boolean
}

/** What is where the dataset is to be. */
export const lookAtDataset = (dataset: string): ShellCommand<DatasetFacts> =>
  readLine(
    [
      sh`d=${dataset}`,
      'zfs list -Hp -o type "$d" 2>/dev/null | sed "s/^/is /"',
      'zfs get -Hp -o property,value mountpoint,encryptionroot "$d" 2>/dev/null',
      'zfs list -H -r -o name "$d" 2>/dev/null | wc -l | sed "s/^ */names /"',
      'zfs list -Hp -o available "${d%/*}" 2>/dev/null | sed "s/^/free /"; true',
    ].join('\n'),
    ({ stdout }) => {
      const free = /^free (\d+)$/m.exec(stdout)?.[1]
      return {
        exists: /^is /m.test(stdout),
        isVolume: /^is volume$/m.test(stdout),
        children: Math.max(0, Number(/^names (\d+)$/m.exec(stdout)?.[1] ?? 1) - 1),
        parentExists: free !== undefined,
        freeBytes: Number(free ?? 0),
        mountpoint: /^mountpoint\t(.*)$/m.exec(stdout)?.[1] ?? '',
        ownKey: /^encryptionroot\t(.*)$/m.exec(stdout)?.[1] === dataset,
      }
    },
  )
