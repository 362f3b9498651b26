// Who the host knows: users and groups of files and services.
import { sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { rows } from '../table.ts'

/** The units' `User=` and `Group=` that the host does not know, as `UNIT<tab>user|group<tab>NAME`. */
export const unknownUsers = (units: readonly string[]): ShellCommand<{ unit: string; kind: string; name: string }[]> =>
  readLine(
    units.length === 0
      ? 'true'
      : [
          sh`for u in ${units}; do`,
          `n=$(systemctl show -p User --value -- "$u"); [ -z "$n" ] || getent passwd "$n" >/dev/null || [ "$(systemctl show -p DynamicUser --value -- "$u")" = yes ] || printf '%s\\tuser\\t%s\\n' "$u" "$n"`,
          `n=$(systemctl show -p Group --value -- "$u"); [ -z "$n" ] || getent group "$n" >/dev/null || [ "$(systemctl show -p DynamicUser --value -- "$u")" = yes ] || printf '%s\\tgroup\\t%s\\n' "$u" "$n"`,
          'done',
        ].join('\n'),
    ({ stdout }) => rows(stdout, ['unit', 'kind', 'name']),
    { root: false },
  )

/** An owner that the host does not know, with a file of theirs. */
export interface Stranger {
  readonly kind: 'uid' | 'gid'
  readonly id: string
  readonly example: string
}

/**
 * Owners of files below these paths that have no name on the host, each with one file. Not deeper than four levels and not
 * longer than 10 s, for blocks of a new volume come slowly: an owner who is unknown is seen near the top.
 */
export const strangers = (paths: readonly string[]): ShellCommand<Stranger[]> =>
  readLine(
    `xargs -d '\\n' -r sh -c 'timeout 10 find "$@" -xdev -maxdepth 4 \\( -nouser -printf "uid\\t%U\\t%p\\n" , -nogroup -printf "gid\\t%G\\t%p\\n" \\)' sh 2>/dev/null | awk -F '\\t' 'NF == 3 && !seen[$1 $2]++' | head -n 20`,
    ({ stdout }) =>
      rows(stdout, ['kind', 'id', 'example']).map(({ kind, ...rest }) => ({
        kind: kind === 'gid' ? 'gid' : 'uid',
        ...rest,
      })),
    { stdin: paths.map((path) => `${path}\n`).join('') },
  )
