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
