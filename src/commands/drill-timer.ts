// A schedule for drills: systemd's own, printed, so that somebody reads it before it is put in place.
import { resolve } from 'node:path'
import { word } from '../text/quote.ts'
import { hostToRehearse, type AccountDrillOptions } from './drill-account.ts'
import type { Surroundings } from './options.ts'

export interface TimerOptions extends AccountDrillOptions {
  readonly account?: boolean
}

/** systemd reads `%` in a command as the beginning of a specifier. */
const inUnit = (text: string): string => text.replaceAll('%', '%%')

/** What is rehearsed: on the account, the host with all that the command line says of it. @throws UsageError */
function rehearsal(options: TimerOptions, surroundings: Surroundings): string[] {
  if (options.account !== true) return []
  const { launchTemplate, sshFrom, secret = [] } = options
  const given = { '--launch-template': launchTemplate, '--ssh-from': sshFrom }
  return [
    '--account',
    '--host',
    word(hostToRehearse(options, surroundings).name),
    ...Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, word(value)])),
    ...secret.flatMap((each) => ['--secret', word(each)]),
  ]
}

/** Prints a service and a timer that rehearse once a week, each with where it belongs. @throws UsageError */
export function drillTimer(options: TimerOptions, surroundings: Surroundings): number {
  const { config, stateDir, cacheDir, account } = options
  const program = resolve(process.argv[1] ?? 'lifeboat')
  const named = { '--config': config, '--state-dir': stateDir, '--cache-dir': cacheDir }
  const more = Object.entries(named).flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, word(resolve(value))],
  )
  const line = [
    word(process.execPath),
    word(program),
    'drill',
    ...rehearsal(options, surroundings),
    '--unattended',
    ...more,
  ].join(' ')
  const ending =
    account === true
      ? `# exit code 0: passed; 4: restored, not proven; 3: failed after something was made; 5: nothing was made\n# it needs AWS credentials without anybody there, such as a profile or an instance profile of this machine`
      : '# a drill that is not passed makes the service fail, with exit code 1'
  surroundings.stdout.write(
    `# ~/.config/systemd/user/lifeboat-drill.service
[Unit]
Description=Rehearse a restore with Lifeboat

[Service]
Type=oneshot
ExecStart=${inUnit(line)}
${account === true ? '# stopped in the middle, it removes what it made\nTimeoutStopSec=20min\n' : ''}
# ~/.config/systemd/user/lifeboat-drill.timer
[Unit]
Description=Rehearse a restore every week

[Timer]
OnCalendar=Mon *-*-* 10:00:00
Persistent=true

[Install]
WantedBy=timers.target

# then: systemctl --user daemon-reload && systemctl --user enable --now lifeboat-drill.timer
${ending}
`,
  )
  return 0
}
