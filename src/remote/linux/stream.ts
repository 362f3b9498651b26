// Objects of S3 where the host has no room to keep them: its curl(1) reads them range by range. Each range is held in
// memory until it is whole, and only then goes on into the pipe: a connection that breaks costs that range, and what reads
// the pipe never sees it. The URLs lie beside it, where nobody but root may look, and are written anew while they are used.
import { oneLine } from '../../text/display.ts'
import { sh } from '../../text/quote.ts'
import { changeLine, readLine, type S3Get, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'
import { digesting } from './digests.ts'

/** A folder of the run's own on the host's /run, which is in memory (file-hierarchy(7)). */
export const streamFolder = (run: string): string => `/run/lifeboat/${run}/stream`

/** 16 MiB: small hosts have 50 MiB in /run, and much smaller ones ask S3 more often than it sends. */
const rangeBytes = 16 * 1024 * 1024

/** What has to be free in memory: a range that comes in, and one that goes out. */
export const streamMemory = 2 * rangeBytes

/** Where an object's range is held. What S3 gets for it names this file as its output. */
export const rangeFile = (run: string, name: string): string => `${streamFolder(run)}/${name}`

/** Makes the folder anew: what an earlier pass has left is of no use. */
export const openStream = (run: string): ShellCommand<string> =>
  changeLine(sh`rm -rf -- ${streamFolder(run)} && mkdir -p -m 700 -- ${streamFolder(run)}`, { repeatable: true })

/**
 * Hands the URLs over, at first and again while they are in use: credentials that were lent for an hour sign for no longer.
 * @param gets all objects of the pass, each from its first byte to its last; `output` is its `rangeFile`
 * @param of what they are, in words
 */
export const feedStream = (run: string, gets: readonly S3Get[], of: string): ShellCommand<string> => ({
  ...changeLine(sh`cd ${streamFolder(run)} && umask 077 && cat > urls.new && mv urls.new urls`, {
    repeatable: true,
    inputIs: oneLine(`signed URLs of ${of}`),
  }),
  gets,
  // Where nobody is there to renew them, they last as long as a pass may take.
  signedForMs: 24 * 3_600_000,
})

/** How many bytes have gone on into the pipe in this pass. */
export const streamedBytes = (run: string): ShellCommand<number> =>
  readLine(sh`cat ${`${streamFolder(run)}/at`} 2>/dev/null; true`, ({ stdout }) =>
    count(/^\d+$/m.exec(stdout)?.[0] ?? '0'),
  )

export const closeStream = (run: string): ShellCommand<string> =>
  changeLine(sh`rm -rf -- ${streamFolder(run)}`, { repeatable: true })

/** So many seconds pass before each try of a range: five minutes in all, in which new URLs may come. */
const pauses = [0, 1, 2, 5, 10, 20, 30, 60, 60, 60, 60]

/** What a host says when it gives up. Its number is HTTP's status, 000 where nobody answered. */
export const gaveUpStream = /^S3 gave no bytes \d+ to \d+ of object \d+ of the dump: (\d{3})\b.*$/m

/** With what a check ends that could not read its object: that says nothing against the object. */
const streamEnded = 23

/**
 * What a shell needs to read objects as they come, in bash: `content NAME` writes an object out, `begins NAME` its first
 * four bytes in hexadecimal, and `ends NAME` its last 1,024 bytes.
 */
export const readingStream = (folder: string): string =>
  [
    sh`s=${folder}`,
    // curl's config for one of the objects.
    'of() { awk -v o="output = \\"$s/$1\\"" \'/^next$/ { if (hit) exit; t = ""; next } { t = t $0 "\\n" } $0 == o { hit = 1 } END { if (hit) printf "%s", t }\' "$s/urls"; }',
    // The number of its last byte; nothing where it has none.
    'last() { of "$1" | sed -n \'s/^range = "0-\\([0-9]*\\)"$/\\1/p\'; }',
    'range() {',
    '  local n=$(($3 - $2 + 1)) said="" pause',
    `  for pause in ${pauses.join(' ')}; do`,
    '    sleep "$pause"',
    // More than the range would be the whole of it, from somebody who knows of no ranges.
    '    if said=$(of "$1" | curl -q -sS --config - --range "$2-$3" --max-filesize "$n" 2>"$s/why"); then',
    '      case "$said" in "206 $n "*) return 0;; esac',
    '    fi',
    // It is gone, or is another one.
    '    case "$said" in 404*|412*) break;; esac',
    '  done',
    '  said=${said%% *}; said="S3 gave no bytes $2 to $3 of object $((10#$1 + 1)) of the dump: ${said:-000} $(tail -n 1 "$s/why")"',
    '  printf "%s\\n" "$said" > "$s/failed"; printf "%s\\n" "$said" >&2',
    '  return 1',
    '}',
    'ranges() {',
    '  local at=0 to end',
    '  end=$(last "$1") || return 1',
    '  [ -n "$end" ] || return 0',
    '  while [ "$at" -le "$end" ]; do',
    `    to=$((at + ${rangeBytes} - 1)); [ "$to" -le "$end" ] || to=$end`,
    '    range "$1" "$at" "$to" || return 1',
    '    cat "$s/$1" || return 1',
    '    echo $(($(cat "$s/at" 2>/dev/null || echo 0) + to - at + 1)) > "$s/at"',
    '    at=$((to + 1))',
    '  done',
    '  rm -f "$s/$1"',
    '}',
    // While one range goes out, the next comes in.
    `content() { ranges "$1" | dd bs=${rangeBytes} iflag=fullblock status=none; }`,
    'begins() { local end; end=$(last "$1") || return 1; [ -n "$end" ] || return 0; [ "$end" -le 3 ] || end=3; range "$1" 0 "$end" && od -An -tx1 < "$s/$1" | tr -d " \\n"; }',
    'ends() { local at=0 end; end=$(last "$1") || return 1; [ -n "$end" ] || return 0; [ "$end" -lt 1024 ] || at=$((end - 1023)); range "$1" "$at" "$end" && cat "$s/$1"; }',
  ].join('\n')

/** From here on, whoever reads all of an object has its MD5s in \`NAME.md5\` (digests.ts). Everything in it is waited for. */
export const summing = `${digesting}\ncontent() { { { ranges "$1" | tee /dev/fd/8 >&7; } 8>&1 | digest "$1" > "$s/$1.md5"; } 7>&1; }`

/** What a check says at its end, by its \`say\`: the MD5s of each object; or nothing, where one could not be read. */
export const summed = [
  `if [ -e "$s/failed" ]; then cat "$s/failed" >&2; exit ${streamEnded}; fi`,
  'sum() { [ ! -e "$s/$1.md5" ] || while read -r md5; do say md5 "$1 $md5"; done < "$s/$1.md5"; }',
  'each sum',
].join('\n')
