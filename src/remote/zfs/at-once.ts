// ZFS looks at names one after the other, and most of it is the kernel's work for each: here thousands of them are
// shared among processes of the host.
import { sh } from '../../text/quote.ts'

/**
 * A line that hands the lines of its standard input to `work`, as `"$@"`, in as many processes at once as the host has
 * processors. The output of each comes in one piece, in any order; the first that fails ends it.
 * @param each how many names one process takes
 */
export function atOnce(work: string, each: number): string {
  // More than a pipe takes in at once would mix with the others': whoever has the lock writes. Any file would do for it.
  const script = `out=$(${work}) || exit 255; exec 9</; flock 9; printf '%s\\n' "$out"`
  return sh`xargs -d '\\n' -r -P "$(nproc)" -n ${each} sh -c ${script} sh`
}

/** Names for a line's standard input. */
export const onePerLine = (names: readonly string[]): string => names.map((name) => `${name}\n`).join('')
