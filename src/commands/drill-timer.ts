// A schedule for drills: systemd's own, printed, so that somebody reads it before it is put in place.
import { resolve } from 'node:path'
import { word } from '../text/quote.ts'
import type { CommonOptions, Surroundings } from './options.ts'

/** systemd reads `%` in a command as the beginning of a specifier. */
const inUnit = (text: string): string => text.replaceAll('%', '%%')

/** Prints a service and a timer that rehearse once a week, each with where it belongs. */
export function drillTimer({ stateDir, cacheDir }: CommonOptions, { stdout }: Surroundings): number {
  const program = resolve(process.argv[1] ?? 'lifeboat')
  const named = { '--state-dir': stateDir, '--cache-dir': cacheDir }
  const more = Object.entries(named).flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, word(resolve(value))],
  )
  const line = [word(process.execPath), word(program), 'drill', '--unattended', ...more].join(' ')
  stdout.write(
    `# ~/.config/systemd/user/lifeboat-drill.service
[Unit]
Description=Rehearse a restore with Lifeboat

[Service]
Type=oneshot
ExecStart=${inUnit(line)}

# ~/.config/systemd/user/lifeboat-drill.timer
[Unit]
Description=Rehearse a restore every week

[Timer]
OnCalendar=Mon *-*-* 10:00:00
Persistent=true

[Install]
WantedBy=timers.target

# then: systemctl --user daemon-reload && systemctl --user enable --now lifeboat-drill.timer
# a drill that is not passed makes the service fail, with exit code 1
`,
  )
  return 0
}
