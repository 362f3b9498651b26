// Objects of S3 as the host fetches them for itself: curl(1) gets signed URLs on its standard input, and writes parts into a
// folder of the run's own. What is there already tells what is left to fetch.
import { oneLine } from '../../text/display.ts'
import { sh } from '../../text/quote.ts'
import { changeLine, readLine, type Output, type S3Get, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'
import { digesting, listed, partSizesInput, type PartSizes } from './digests.ts'
import { readingStream } from './stream.ts'

/** Makes the folder, which nobody but root can read. There already is made. */
export const makeStaging = (dir: string): ShellCommand<string> =>
  changeLine(sh`mkdir -p -m 700 -- ${dir}`, { repeatable: true })

/** Removes the folder with all that was fetched into it. */
export const removeStaging = (dir: string): ShellCommand<string> =>
  changeLine(sh`rm -rf --one-file-system -- ${dir}`, { repeatable: true, timeoutMs: 3_600_000 })

export interface Room {
  readonly freeBytes: number
  /** Null where the filesystem does not count them. */
  readonly freeFiles: number | null
  readonly mountpoint: string
}

/** How much there is room for below a path, of which the last parts need not be there yet. */
export const roomAt = (path: string): ShellCommand<Room> =>
  readLine(
    [
      sh`p=${path}`,
      'while [ ! -d "$p" ]; do p=$(dirname "$p"); done',
      'df -B1 --output=avail,iavail,target "$p" | tail -n 1',
    ].join('\n'),
    ({ stdout }) => {
      const [, free = '0', files = '', mountpoint = ''] = /^ *(\d+) +(\d+|-) +(.*)$/m.exec(stdout) ?? []
      return {
        freeBytes: count(free),
        freeFiles: /^\d+$/.test(files) && files !== '0' ? count(files) : null,
        mountpoint,
      }
    },
  )

/** What curl said of its transfers: by the status of HTTP, 000 where nobody answered. */
export interface FetchOutcome {
  readonly code: number
  readonly statuses: readonly string[]
  readonly stderr: string
}

const atOnce = 8

const anyCode = Array.from({ length: 126 }, (_, code) => code)

const outcomeOf = ({ code, stdout, stderr }: Output): FetchOutcome => ({
  code,
  stderr,
  statuses: stdout.match(/^\d{3}(?= )/gm) ?? [],
})

/**
 * Fetches parts, several at a time (curl 7.67 or newer, which shows a meter of several transfers also with --silent). What is not whole in the end is left as it is: its size tells. A transfer that stands
 * still for a minute is given up.
 * @param of what they are parts of, in words
 */
export const fetchParts = (gets: readonly S3Get[], of: string): ShellCommand<FetchOutcome> => ({
  ...changeLine(`curl -q -sS --no-progress-meter --parallel --parallel-max ${atOnce} --config -`, {
    repeatable: true,
    inputIs: oneLine(`signed URLs of ${of}, and a file for each`),
    timeoutMs: 3_600_000,
    accepts: anyCode,
  }),
  gets,
  parse: outcomeOf,
})

/** Whether the host gets a byte of an object from S3. It is not kept. */
export const probeFetch = (get: S3Get): ShellCommand<FetchOutcome> => ({
  ...readLine('curl -q -sS --max-time 60 --config -', outcomeOf, {
    timeoutMs: 90_000,
    accepts: anyCode,
  }),
  gets: [get],
})

/** The address from which the host is seen outside; null where nobody says. */
export const addressOfHost = (): ShellCommand<string | null> =>
  readLine(
    'curl -q -sS --max-time 5 https://checkip.amazonaws.com 2>/dev/null; true',
    ({ stdout }) => /^[0-9a-f.:]+$/m.exec(stdout)?.[0] ?? null,
  )

/** Writes parts into a folder that this machine has fetched. What is not whole in the end is left as it is: its size tells. */
export const relayParts = (dir: string, gets: readonly S3Get[], of: string): ShellCommand<string> => ({
  ...changeLine(sh`tar -C ${dir} -xf -`, {
    repeatable: true,
    inputIs: oneLine(`parts of ${of}, which this machine has fetched, in an archive`),
    timeoutMs: 3_600_000,
  }),
  relays: gets,
})

/** The sizes of files in a folder, of those named that are there. */
export const sizesIn = (dir: string, names: readonly string[]): ShellCommand<Map<string, number>> =>
  readLine(
    sh`cd ${dir} && xargs -d '\\n' -r stat -c '%s %n' -- 2>/dev/null; true`,
    ({ stdout }) =>
      new Map([...stdout.matchAll(/^(\d+) (.*)$/gm)].map(([, size = '0', name = '']) => [name, count(size)])),
    { stdin: names.map((name) => `${name}\n`).join(''), inputIs: 'the names of the parts', compressed: true },
  )

/** The list of the objects in a staging folder: a name and a path each. */
const listOf = (dir: string): string => `${dir}/objects`

export interface StagedName {
  /** What the names of its parts begin with, before a dot. */
  readonly name: string
  /** Its key without the prefix that all of the dump's keys begin with. */
  readonly path: string
}

/** Writes down which object is which, for the commands that read them. */
export const listStaged = (dir: string, objects: readonly StagedName[]): ShellCommand<string> =>
  changeLine(sh`cat > ${listOf(dir)}`, {
    repeatable: true,
    stdin: objects.map(({ name, path }) => `${name}\t${path}\0`).join(''),
    inputIs: 'which object is which, a name and a path each',
  })

/** Where the bytes of a run's objects come from, for the commands that read them. */
export interface Source {
  /** The folder with the list of them, and with what was fetched of them. */
  readonly staging: string
  /** The folder of what they are read from S3 by, as they are needed (stream.ts). Null: they were fetched. */
  readonly stream?: string | null
  /** Of what is streamed, for what compares it with S3. */
  readonly partSizes?: PartSizes
}

// Its parts, whose names sort in the order of its bytes.
const parts = 'cat "$1".*'

const readingParts = [
  'begins() { cat "$1".* 2>/dev/null | head -c 4 | od -An -tx1 | tr -d " \\n" || true; }',
  'ends() { printf "%s\\n" "$1".* | tail -n 2 | xargs cat | tail -c 1024; }',
].join('\n')

const unpacking = (content: string): string =>
  `unpacked() { local first; first=$(begins "$1") || return 1; case "$first" in 1f8b*) ${content} | gzip -dc;; 28b52ffd) ${content} | zstd -dc;; fd377a58) ${content} | xz -dc;; 425a68*) ${content} | bzip2 -dc;; *) ${content};; esac; }`

/**
 * What a shell needs to read objects, in bash: \`each\` calls a function with the name and the path of each, and
 * \`unpacked NAME\` writes an object out, decompressed by what it begins with.
 */
const reading = ({ staging, stream = null }: Source): string =>
  [
    'set -euo pipefail',
    // tar tells names by their characters.
    'export LC_ALL=C.UTF-8',
    sh`cd ${staging}`,
    // What is called may read its standard input: the list is not there.
    'each() { while IFS= read -r -d "" r <&9; do "$1" "${r%%$\'\\t\'*}" "${r#*$\'\\t\'}" 9<&-; done 9< objects; }',
    stream === null ? readingParts : readingStream(stream),
    unpacking(stream === null ? parts : 'content "$1"'),
  ].join('\n')

/** A line that works on a run's objects with bash(1), and fails with any part of a pipe. */
export const onStaged = (source: Source, script: string): string => sh`bash -c ${`${reading(source)}\n${script}`}`

/** The MD5s of fetched objects, each of which is files that begin with its name and a dot. */
export const digestsIn = (staging: string, sizes: PartSizes): ShellCommand<Map<string, string[]>> =>
  readLine(
    onStaged(
      { staging },
      `${digesting}\nsum() { cat "$1".* | digest "$1" | while read -r md5; do printf "%s %s\\n" "$1" "$md5"; done; }\neach sum`,
    ),
    ({ stdout }) =>
      listed([...stdout.matchAll(/^(\S+) ([0-9a-f]{32})$/gm)].map(([, name = '', md5 = '']) => [name, md5])),
    { ...partSizesInput(sizes), compressed: true, timeoutMs: 24 * 3_600_000 },
  )
