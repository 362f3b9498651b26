// What fetched objects are, read to their last byte: whether gzip, tar and the dump's own last line say that they are whole.
import type { ShellCommand } from '../command.ts'
import { readLine } from '../command.ts'
import { onStaged } from './staging.ts'
import { sh } from '../../text/quote.ts'

const kinds = ['problem', 'locked', 'fact', 'bytes'] as const

/** One line of a check: a `problem`, what keeps it `locked`, a `fact`, or a number of `bytes`. */
export interface CheckLine {
  readonly kind: (typeof kinds)[number]
  readonly text: string
}

const lines = (stdout: string): CheckLine[] =>
  [...stdout.matchAll(/^([a-z]+)\t(.*)$/gm)].flatMap(([, found, text = '']) => {
    const kind = kinds.find((each) => each === found)
    return kind === undefined ? [] : [{ kind, text }]
  })

/** A check that reads, in bash: `say KIND TEXT` puts a line of it out. */
export const checking = (
  staging: string,
  script: string,
  more: Partial<ShellCommand<CheckLine[]>> = {},
): ShellCommand<CheckLine[]> =>
  readLine(
    onStaged(
      staging,
      `say() { printf '%s\\t%s\\n' "$1" "$(printf %s "$2" | tr '\\n\\t' '  ')"; }\nexec 3>&1\n${script}`,
    ),
    ({ stdout }) => lines(stdout),
    { timeoutMs: 24 * 3_600_000, ...more },
  )

/** Plain files: there is nothing to read in them that tells whether they are whole. */
export const checkFiles = (staging: string): ShellCommand<CheckLine[]> =>
  checking(
    staging,
    'say bytes "$(cat ./*.* 2>/dev/null | wc -c)"; say fact "$(tr -cd "\\\\0" < objects | wc -c) files"',
  )

/** Archives of tar(1), compressed or not. */
export const checkArchives = (staging: string): ShellCommand<CheckLine[]> =>
  checking(
    staging,
    [
      'test1() {',
      '  local out',
      '  if out=$( { unpacked "$1" | tar -tvf - --numeric-owner --quoting-style=escape | awk \'{ n++; if ($1 !~ /^[hl]/) b += $3 } END { print n + 0, b + 0 }\'; } 2>&1 ); then',
      '    say fact "$2: ${out% *} entries"; say bytes "${out#* }"',
      '    [ "${out% *}" != 0 ] || say problem "$2 is an archive of nothing"',
      // Cut between two members tar takes it for whole: it ends with two blocks of zeros (POSIX, pax). What is compressed
      // has an end of its own.
      '    case "$(begins "$1")" in 1f8b*|28b52ffd|fd377a58|425a68*) ;; *) [ "$(printf "%s\\n" "$1".* | tail -n 2 | xargs cat | tail -c 1024 | tr -d "\\0" | wc -c)" = 0 ] || say problem "$2 has no end of an archive: it was cut off";; esac',
      // awk and tar end in any order, and only what tar says tells why.
      '  else say problem "$2 is broken: $(printf "%s\\n" "$out" | grep -vE "^[0-9]+ [0-9]+$" | head -c 300)"; fi',
      '}',
      'each test1',
    ].join('\n'),
  )

/** Dumps of PostgreSQL: their last line says that they are whole. */
export const checkPostgres = (staging: string): ShellCommand<CheckLine[]> =>
  checking(
    staging,
    [
      'test1() {',
      '  local out first of',
      // The databases of a cluster have last lines of their own.
      '  first=$(unpacked "$1" 2>/dev/null | head -c 300 || true); case "$first" in *"database cluster dump"*) of="database cluster";; *) of=database;; esac',
      '  if ! out=$( { unpacked "$1" | tail -c 2000; } 2>&1 ); then say problem "$2 is broken: ${out:0:300}"; return; fi',
      '  case "$out" in *"-- PostgreSQL $of dump complete"*) ;; *) say problem "$2 ends without \\"PostgreSQL $of dump complete\\": it was cut off, or is no dump";; esac',
      // What stands between COPY and its end is somebody's data, in whatever encoding.
      '  out=$(unpacked "$1" | LC_ALL=C awk \'/^COPY .* FROM stdin;$/ { data = 1; next } data { if ($0 == "\\\\.") data = 0; else rows++; next } /^CREATE DATABASE / { names = names " " $3 } /^INSERT INTO / { rows++ } /^CREATE (UNLOGGED )?TABLE / { tables++ } END { print (names == "" ? " none" : names) "; tables: " tables + 0 ", rows: " rows + 0 }\')',
      '  say fact "$2: databases$out"; say bytes "$(unpacked "$1" | wc -c)"',
      '}',
      'each test1',
    ].join('\n'),
  )

/** Streams of zfs send, by zstream(8). One as it is on the pool (raw) is as good as the key that there is for it. */
export const checkStreams = (dump: {
  readonly staging: string
  readonly into: string
  /** Whether somebody gives its key. */
  readonly hasKey: boolean
}): ShellCommand<CheckLine[]> =>
  checking(
    dump.staging,
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
      '  local out name from features',
      '  if out=$( { unpacked "$1" | zstream dump 2>&1 | awk \'/features =/ && features == "" { features = $3 } /toname =/ { name = $3 } /fromguid =/ { from = $3 } /Expected checksum differs|invalid|cannot/ { bad = $0 } /Total DRR_END records = 0 / { bad = "it has no end: it was cut off" } END { if (bad != "" || name == "") { print (bad == "" ? "no stream of zfs send" : bad); exit 1 } print (features == "" ? 0 : features), from, name }\'; } 2>&1 ); then',
      '    read -r features from name <<< "$out"',
      '    say fact "$2: $name"; sealed "${features#0x}"',
      '  else say problem "$2 is broken: ${out:0:300}"; fi',
      '  say bytes "$(unpacked "$1" 2>/dev/null | wc -c)"',
      '}',
      'each test1',
    ].join('\n'),
  )
