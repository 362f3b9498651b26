// What objects are, read to their last byte, and each once: whether gzip, tar and the dump's own last line say that they are
// whole. Of what is streamed, what a second pass has to know beforehand is noted in the staging folder.
import type { ShellCommand } from '../command.ts'
import { readLine } from '../command.ts'
import { sh } from '../../text/quote.ts'
import { depthNoted, leading, outside } from './folder.ts'
import type { FolderSwap } from './folder-swap.ts'
import { copiedData, copiedDataBegins, databasesBrought } from './postgres-dump.ts'
import { namesNoted } from './postgres.ts'
import { onStaged, type Source } from './staging.ts'
import { partSizesInput } from './digests.ts'
import { summed, summing } from './stream.ts'

const kinds = ['problem', 'locked', 'missing', 'near', 'fact', 'bytes', 'md5'] as const

/**
 * One line of a check: a `problem`, what keeps it `locked`, a `fact`, a number of `bytes`, or the name and `md5` of an object.
 * Where one path of it is wanted: that it is `missing`, and a name that is `near` it.
 */
export interface CheckLine {
  readonly kind: (typeof kinds)[number]
  readonly text: string
}

const lines = (stdout: string): CheckLine[] =>
  [...stdout.matchAll(/^([a-z0-9]+)\t(.*)$/gm)].flatMap(([, found, text = '']) => {
    const kind = kinds.find((each) => each === found)
    return kind === undefined ? [] : [{ kind, text }]
  })

const isStreamed = ({ stream = null }: Source): boolean => stream !== null

/** A check that reads, in bash: `say KIND TEXT` puts a line of it out. What streams for hours outlives the connection. */
export const checking = (
  source: Source,
  script: string,
  more: Partial<ShellCommand<CheckLine[]>> = {},
): ShellCommand<CheckLine[]> =>
  readLine(
    onStaged(
      source,
      [
        `say() { printf '%s\\t%s\\n' "$1" "$(printf %s "$2" | tr '\\n\\t' '  ')"; }\nexec 3>&1`,
        ...(isStreamed(source) ? [summing, script, summed] : [script]),
      ].join('\n'),
    ),
    ({ stdout }) => lines(stdout),
    {
      timeoutMs: 24 * 3_600_000,
      ...(isStreamed(source) ? { reads: false, ...partSizesInput(source.partSizes ?? new Map()) } : {}),
      ...more,
    },
  )

/** Plain files: there is nothing to read in them that tells whether they are whole. */
export const checkFiles = (staging: string): ShellCommand<CheckLine[]> =>
  checking(
    { staging },
    'say bytes "$(cat ./*.* 2>/dev/null | wc -c)"; say fact "$(tr -cd "\\\\0" < objects | wc -c) files"',
  )

// Of `tar -tv`: how many members there are, their bytes, and how many leading folders of their names lead to the folder.
const counting = [
  outside,
  '{ n++; if ($1 !~ /^[hl]/) b += $3',
  'name = $0; sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ /, "", name)',
  'if ($1 ~ /^l/) sub(/ -> .*/, "", name); if ($1 ~ /^h/) sub(/ link to .*/, "", name)',
  'if (n == 1 && index(name, "./") == 1) dot = 1',
  'sub(/^\\.\\//, "", name); sub(/^\\//, "", name)',
  'if (outside(name, whole)) notWhole = 1; if (outside(name, last)) notLast = 1 }',
  'END { p = notWhole ? (notLast ? "" : last) : whole; d = split(p, each, "/"); printf "%d %d %.0f\\n", d + (d > 0 ? dot : 0), n, b }',
].join('\n')

/** Archives of tar(1), compressed or not. */
export const checkArchives = (swap: FolderSwap): ShellCommand<CheckLine[]> =>
  checking(
    swap,
    [
      leading(swap),
      'test1() {',
      '  local out',
      `  if out=$( { unpacked "$1" | tar -tvf - --numeric-owner --quoting-style=escape | awk -v whole="$whole" -v last="$last" '${counting}'; } 2>&1 ); then`,
      // tar may have warned of something, too.
      '    out=$(printf "%s\\n" "$out" | grep -E "^[0-9]+ [0-9]+ [0-9]+$" | tail -n 1)',
      ...(isStreamed(swap) ? [`    echo "\${out%% *}" > "${depthNoted}.$1"`] : []),
      '    out=${out#* }',
      '    say fact "$2: ${out% *} entries"; say bytes "${out#* }"',
      '    [ "${out% *}" != 0 ] || say problem "$2 is an archive of nothing"',
      // Cut between two members tar takes it for whole: it ends with two blocks of zeros (POSIX, pax). What is compressed
      // has an end of its own.
      '    case "$(begins "$1")" in 1f8b*|28b52ffd|fd377a58|425a68*) ;; *) [ "$(ends "$1" | tr -d "\\0" | wc -c)" = 0 ] || say problem "$2 has no end of an archive: it was cut off";; esac',
      // awk and tar end in any order, and only what tar says tells why.
      '  else say problem "$2 is broken: $(printf "%s\\n" "$out" | grep -vE "^[0-9]+ [0-9]+ [0-9]+$" | head -c 300)"; fi',
      '}',
      'each test1',
    ].join('\n'),
  )

// Of a dump of PostgreSQL: a line C for each database that it brings, and a line S: its bytes, whether it has its last line,
// and what is in it, in whatever encoding.
const counted = [
  'BEGIN { of = "database" }',
  '{ bytes += length($0) + 1 }',
  '/^\\\\connect / { connects = 1 }',
  // The databases of a cluster have last lines of their own.
  'NR < 10 && /database cluster dump/ { of = "database cluster" }',
  copiedData(' else rows++;'),
  databasesBrought,
  copiedDataBegins,
  '/^INSERT INTO / { rows++ }',
  '/^CREATE (UNLOGGED )?TABLE / { tables++ }',
  'index($0, "-- PostgreSQL " of " dump complete") == 1 { end = bytes }',
  'END { if (inTemplate) { print "T " inTemplate } if (of == "database" && !connects) names = " one"; if (names == "") names = " none"; if (rows && !tables) names = " data"; if (end && bytes - end < 2000) of = "whole"; printf "S %.0f %s %s; tables: %d, rows: %.0f\\n", bytes, of, names, tables, rows }',
].join('\n')

/** Dumps of PostgreSQL: their last line says that they are whole. */
export const checkPostgres = (source: Source): ShellCommand<CheckLine[]> =>
  checking(
    source,
    [
      'brings=',
      'test1() {',
      '  local out said',
      `  if ! out=$( { unpacked "$1" | LC_ALL=C awk '${counted}'; } 2>&1 ); then say problem "$2 is broken: $(printf "%s\\n" "$out" | grep -avE "^[CST] " | head -c 300)"; brings=yes; return; fi`,
      ...(isStreamed(source) ? [`  printf "%s\\n" "$out" | sed -n "s/^C //p" > "${namesNoted}.$1"`] : []),
      `  case "$out" in *$'\\nT '*) say fact "$2: what template1 has of its own is left out";; esac`,
      '  said=$(printf "%s\\n" "$out" | sed -n "s/^S //p"); out=${said#* }',
      '  case "$out" in whole*) ;; *) say problem "$2 ends without \\"PostgreSQL ${out%%  *} dump complete\\": it was cut off, or is no dump";; esac',
      '  case "$out" in whole*"  one;"*) say problem "$2 is of one database, and does not say of which (pg_dump without --create)";; whole*"  data;"*) say problem "$2 has rows and no table: it is of the data only";; whole*"  none;"*) ;; *) brings=yes;; esac',
      '  say fact "$2: databases ${out#*  }"; say bytes "${said%% *}"',
      '}',
      'each test1',
      '[ -n "$brings" ] || say problem "no database is in it"',
    ].join('\n'),
  )

/** A dump of streams of `zfs send`. */
interface StreamsDump extends Source {
  readonly into: string
  /** Whether somebody gives its key. */
  readonly hasKey: boolean
}

/** Streams of zfs send, by zstream(8). One as it is on the pool (raw) is as good as the key that there is for it. */
export const checkStreams = (dump: StreamsDump): ShellCommand<CheckLine[]> =>
  checking(
    dump,
    [
      sh`into=${dump.into} key=${dump.hasKey ? 'given' : ''}`,
      // DMU_BACKUP_FEATURE_RAW (zfs_ioctl.h) is bit 24 of what the stream's head says.
      'sealed() {',
      '  local features=0x$1; [ $(( features >> 24 & 1 )) = 1 ] || return 0',
      '  [ -z "$key" ] || return 0',
      '  key=$(zfs get -Ho value keylocation "$into" 2>/dev/null || true)',
      '  case "$key" in',
      '    file://*) if [ -r "${key#file://}" ]; then say fact "it is encrypted as it was on its pool; its key is that of $into, $key"; else say locked "it is encrypted as it was on its pool, and the file with the key of $into is not there: $key"; fi;;',
      '    https://* | http://*) say fact "it is encrypted as it was on its pool; its key is that of $into, $key";;',
      '    *) key=none; say locked "it is encrypted as it was on its pool, and nothing says where its key is";;',
      '  esac',
      '}',
      'test1() {',
      '  local out total name features',
      '  if out=$( { unpacked "$1" | zstream dump 2>&1 | awk \'/features =/ && features == "" { features = $3 } /toname =/ { name = $3 } /Expected checksum differs|invalid|cannot/ { bad = $0 } /Total DRR_END records = 0 / { bad = "it has no end: it was cut off" } /Total stream length =/ { total = $5 } END { if (bad != "" || name == "") { print (bad == "" ? "no stream of zfs send" : bad); exit 1 } print (features == "" ? 0 : features), (total == "" ? 0 : total), name }\'; } 2>&1 ); then',
      '    read -r features total name <<< "$out"',
      '    say fact "$2: $name"; sealed "${features#0x}"; [ "$total" = 0 ] || say bytes "$total"',
      '  else say problem "$2 is broken: ${out:0:300}"; fi',
      '}',
      'each test1',
    ].join('\n'),
  )
