// Schedules that make or destroy snapshots, or write backups, while a restore is going on.
import { sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { coverMark } from './gate.ts'

/**
 * Files of /etc/cron.d whose lines run a snapshot tool. One that another run has covered counts: what is below can't be
 * read, and it was covered for that.
 */
export const snapshotCronFiles = (): ShellCommand<string[]> =>
  readLine(
    `grep -lEi -e '^[^#]*(zfsnap|sanoid|zfs-auto-snapshot|zrepl|zfs-autobackup|zfs (snapshot|destroy))' -e '^${coverMark}' /etc/cron.d/* 2>/dev/null; true`,
    ({ stdout }) => stdout.split('\n').filter((line) => line !== ''),
  )

/** Which of these files there are. */
export const existingFiles = (paths: readonly string[]): ShellCommand<string[]> =>
  readLine(sh`for f in ${paths}; do [ -f "$f" ] && printf '%s\\n' "$f"; done; true`, ({ stdout }) =>
    stdout.split('\n').filter((line) => line !== ''),
  )

/** Lines of users' own crontabs that run a snapshot tool: `user: line`. Lifeboat doesn't hold these. */
export const snapshotCrontabLines = (): ShellCommand<string[]> =>
  readLine(
    `cd /var/spool/cron/crontabs 2>/dev/null && grep -Ei '^[^#]*(zfsnap|sanoid|zfs-auto-snapshot|zfs (snapshot|destroy))' -- * /dev/null; true`,
    ({ stdout }) => stdout.split('\n').filter((line) => line !== ''),
  )

/** A service that a timer starts, or a file of /etc/cron.d, and what it does: as it says, or the script that it runs. */
export interface FoundSchedule {
  readonly name: string
  readonly does: 'writes' | 'stops'
}

const anyOf = (names: readonly string[]): string =>
  names.map((name) => name.replaceAll(/[^\w-]/g, (each) => `[${each}]`)).join('|')

/** What the unit is called where it is stopped: with its suffix or without, a snap's by the snap's name. */
const calledAs = (unit: string): string[] => {
  const bare = unit.replace(/\.service$/, '')
  const snap = /^snap\.([^.]+)\./.exec(unit)?.[1]
  return [unit, bare, ...(snap === undefined ? [] : [snap])]
}

/**
 * The schedules that write to one of these buckets, or stop one of these services: found in their units and cron files, and
 * in the scripts that those name.
 */
export function schedulesThat(buckets: readonly string[], services: readonly string[]): ShellCommand<FoundSchedule[]> {
  const end = `([^A-Za-z0-9._-]|$)`
  const units = anyOf(services.flatMap(calledAs))
  const writes = buckets.length === 0 ? '' : `(^|[^A-Za-z0-9._-])(${anyOf(buckets)})${end}`
  const stops =
    services.length === 0
      ? ''
      : `(stop|restart)( .*)?[ "'](${units})${end}|service +["']?(${units})["']? +["']?(stop|restart)`
  return readLine(
    [
      // A script's own comments do nothing.
      "code() { grep -v '^[[:space:]]*#'; }",
      `scripts() { tr -s ' \\t"=;&|()'"'" '\\n' | sed 's/^[-+@:!]*//' | grep '^/' | sort -u | while IFS= read -r s; do case "$s" in /dev/*|/proc/*|/sys/*) ;; *) if [ -f "$s" ] && [ "$(wc -c <"$s")" -lt 1000000 ] && grep -Iq . "$s"; then code <"$s"; fi;; esac; done; }`,
      sh`tell() { t=$(code); t="$t
$(printf '%s\\n' "$t" | scripts)"; for p in writes=${writes} stops=${stops}; do w=\${p%%=*}; p=\${p#*=}; if [ -n "$p" ] && printf '%s\\n' "$t" | grep -Eq -e "$p"; then printf '%s\\t%s\\n' "$w" "$1"; fi; done; }`,
      'for u in $(systemctl show -p Unit --value -- $(systemctl list-units --type=timer --all --plain --no-legend | awk \'{print $1}\') | sort -u); do systemctl cat -- "$u" 2>/dev/null | tell "$u"; done',
      'for f in /etc/cron.d/*; do [ -f "$f" ] && tell "$f" <"$f"; done; true',
    ].join('\n'),
    ({ stdout }) =>
      [...stdout.matchAll(/^(writes|stops)\t(.+)$/gm)].map(([, does, name = '']) => ({
        does: does === 'writes' ? 'writes' : 'stops',
        name,
      })),
  )
}
