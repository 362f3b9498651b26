// The database of Rocket.Chat's snap, by the snap's own commands (github.com/RocketChat/server-snap, commands/).
//
// - restoredb takes a path below the snap's common folder, and asks on its standard input: since 2018 `1` is yes; before,
//   it offered a backup, which `n` declines. Some versions end with 0 when they have failed: only what it says at last tells.
// - Its last act, db.repairDatabase(), is no function of MongoDB from 4.2 on: it then says that it has failed, after every
//   document was restored (server-snap issue 37). The log says which it was. The newest snaps have no such act.
// - It extracts the archive into the folder `restore`, and leaves all of it there.
// - backupdb ends with 0 and an archive of nothing when mongodump has failed (issue 38).
// - Backups write into the folder `backup`, upload all of it, and empty it: nothing of a run stays in there.
import { sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { checking, type CheckLine } from './check-staged.ts'
import { onStaged } from './staging.ts'

export interface SnapSwap {
  readonly run: string
  /** The snap's folder for data of all its revisions. */
  readonly common: string
  readonly staging: string
}

export const snapServer = 'snap.rocketchat-server.rocketchat-server.service'
export const snapMongo = 'snap.rocketchat-server.rocketchat-mongo.service'

/** Where the dump is for restoredb; after it was taken out again, what had been written since. */
const fresh = ({ common, run }: SnapSwap): string => `${common}/rocketchat_lifeboat_${run}.tar.gz`

/** The old data, as backupdb writes it. */
export const snapAside = ({ common, run }: SnapSwap): string => `${common}/rocketchat_before_${run}.tar.gz`

const collections = "grep -cE '^(\\./)?dump/parties/[^/]+\\.bson(\\.gz)?$'"

const shell = (swap: SnapSwap): string =>
  [
    sh`fresh=${fresh(swap)} before=${snapAside(swap)} extracted=${`${swap.common}/restore/dump`}`,
    'copy() { cat "$1".* > "$fresh.part"; mv "$fresh.part" "$fresh"; }',
    // What the database has now, into a file that is replaced only by a whole one.
    'keep() {',
    '  local said made',
    '  said=$(snap run rocketchat-server.backupdb 2>&1 </dev/null) || { printf "%s\\n" "$said" >&2; return 1; }',
    '  made=$(printf "%s\\n" "$said" | sed -n "s,^.*A backup of your data can be found at \\(/.*\\.tar\\.gz\\)\\.\\?$,\\1,p" | tail -n 1)',
    '  if [ -z "$made" ] || [ ! -f "$made" ]; then printf "backupdb made no archive: %s\\n" "$said" >&2; return 1; fi',
    `  if ! tar -tzf "$made" | ${collections} >/dev/null; then printf "backupdb made an archive without a single collection, %s: does %s run?\\n" "$made" ${snapMongo} >&2; return 1; fi`,
    '  sync "$made"; mv "$made" "$1"; made=${made%.tar.gz}; rm -f "${made%/*}/backup_${made##*/rocketchat_backup_}.log"',
    '}',
    'restore() {',
    '  local said log',
    '  said=$(printf "n\\n1\\n" | snap run rocketchat-server.restoredb "$1" 2>&1) || true',
    '  case "$said" in',
    '    *"Restore completed!"*) return 0;;',
    '    *"Failed to prepare database"*)',
    '      log=$(printf "%s\\n" "$said" | sed -n "s,^\\[\\*\\] Check \\(/.*\\) for details\\.$,\\1,p" | tail -n 1)',
    '      if grep -q "repairDatabase is not a function" "$log"; then return 0; fi;;',
    '  esac',
    '  printf "%s\\n" "$said" | tail -n 5 >&2',
    '  return 1',
    '}',
  ].join('\n')

/** Archives of backupdb: one, with collections in it. */
export const checkSnapArchive = ({ staging }: SnapSwap): ShellCommand<CheckLine[]> =>
  checking(
    { staging },
    [
      'n=0',
      'test1() {',
      '  local out; n=$((n + 1))',
      '  case "$(begins "$1")" in 1f8b*) ;; *) say problem "$2 is not compressed by gzip, as backupdb does"; return;; esac',
      '  if ! out=$( { unpacked "$1" | tar -tvf - --numeric-owner | awk \'{ b += $3; p = $NF; sub(/^\\.\\//, "", p) } p ~ /^dump\\/parties\\/[^\\/]+\\.bson(\\.gz)?$/ { n++ } END { print n + 0, b + 0 }\'; } 2>&1 ); then say problem "$2 is broken: ${out:0:300}"; return; fi',
      '  if [ "${out% *}" = 0 ]; then say problem "$2 has no collection in dump/parties: backupdb writes such a one when it could not reach MongoDB"; return; fi',
      '  say fact "$2: ${out% *} collections"; say bytes "${out#* }"',
      '}',
      'each test1',
      '[ "$n" = 1 ] || say problem "there are $n archives: give --dump the URL of one of them"',
    ].join('\n'),
  )

/** Puts the archive where restoredb may read it. */
export const copyToSnap = (swap: SnapSwap): ShellCommand<string> =>
  changeLine(onStaged(swap, `${shell(swap)}\neach copy`), { timeoutMs: 3_600_000 })

/** Removes it, and nothing else of what is there. */
export const removeFromSnap = (swap: SnapSwap): ShellCommand<string> =>
  changeLine(sh`rm -f -- ${fresh(swap)} ${`${fresh(swap)}.part`}`)

/** What the database has is kept first, then the dump takes its place. */
export const restoreSnap = (swap: SnapSwap): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap,
      [
        shell(swap),
        '[ ! -e loaded ] || exit 0',
        // Begun before, the database may be half of each.
        '[ -e restoring ] || keep "$before"',
        'touch restoring',
        '[ -e "$fresh" ] || each copy',
        'restore "$fresh"',
        'rm -rf -- "$extracted"; rm -f "$fresh"; mv restoring loaded',
      ].join('\n'),
    ),
    { timeoutMs: 24 * 3_600_000 },
  )

/** The old data again. What the services wrote to the new one is kept beside it. */
export const unrestoreSnap = (swap: SnapSwap): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap,
      [
        shell(swap),
        'if [ -e loaded ]; then keep "$fresh"; mv loaded restoring; fi',
        '[ -e restoring ] || exit 0',
        'restore "$before"',
        'rm -rf -- "$extracted"; rm -f restoring; rm -f "$before"',
      ].join('\n'),
    ),
    { timeoutMs: 24 * 3_600_000 },
  )

/** Whose data the database has. */
export const snapStanding = (swap: SnapSwap): ShellCommand<'old' | 'between' | 'new'> =>
  readLine(
    onStaged(swap, 'if [ -e loaded ]; then echo new; elif [ -e restoring ]; then echo between; else echo old; fi'),
    ({ stdout }) => (stdout.startsWith('new') ? 'new' : stdout.startsWith('between') ? 'between' : 'old'),
  )

/** Whether the snap is there, and its MongoDB runs. */
export const lookAtSnap = (common: string): ShellCommand<{ installed: boolean; mongo: boolean }> =>
  readLine(
    [sh`[ -d ${common} ] && echo installed`, sh`systemctl is-active --quiet ${snapMongo} && echo mongo; true`].join(
      '\n',
    ),
    ({ stdout }) => ({ installed: /^installed$/m.test(stdout), mongo: /^mongo$/m.test(stdout) }),
  )
