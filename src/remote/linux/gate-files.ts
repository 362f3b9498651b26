// What keeps the gates of backups closed over a reboot, and opens them in time all the same: three units of the host's own.
//
// - A backup's drop-in fails while the run's script for holding is there, in /etc: no boot opens it.
// - At boot a service of that script covers the cron files again, before cron runs.
// - A timer counts the hours, from its start or from the boot, and then opens what is to be opened.
import { sh } from '../../text/quote.ts'

const folder = '/etc/lifeboat'
const units = '/etc/systemd/system'
const wanted = `${units}/multi-user.target.wants`

const script = (run: string, what: 'hold' | 'lift'): string => `${folder}/${run}-${what}`

export const liftTimer = (run: string): string => `lifeboat-${run}-lift.timer`

const liftService = (run: string): string => `lifeboat-${run}-lift.service`

const holdService = (run: string): string => `lifeboat-${run}-hold.service`

/** While this file is there, backups don't run. */
export const holdScript = (run: string): string => script(run, 'hold')

const write = (path: string, text: string): string => sh`printf '%s' ${text} > ${path}`

const service = (run: string, what: 'hold' | 'lift', unit: readonly string[]): string =>
  [
    '[Unit]',
    `Description=Lifeboat run ${run}: ${what === 'hold' ? 'hold schedules back' : 'let backups run again'}`,
    ...unit,
    '[Service]',
    'Type=oneshot',
    `ExecStart=/bin/sh ${script(run, what)}`,
    '',
  ].join('\n')

const enable = (unit: string): string => sh`ln -sf ${`../${unit}`} ${`${wanted}/${unit}`}`

/** The lines that make `lines` run at each boot, before cron, and hold backups back as long as they would. */
export const holdAtBoot = (run: string, lines: readonly string[]): string[] => [
  sh`mkdir -p ${folder} ${wanted}`,
  write(holdScript(run), [...lines, 'true', ''].join('\n')),
  write(`${units}/${holdService(run)}`, service(run, 'hold', ['Before=cron.service crond.service'])),
  enable(holdService(run)),
]

/** The lines that make `lines` run by themselves after so many seconds, counted anew from a boot. */
export const liftLater = (run: string, lines: readonly string[], seconds: number): string[] => [
  sh`mkdir -p ${folder} ${wanted}`,
  write(script(run, 'lift'), [...lines, 'true', ''].join('\n')),
  write(`${units}/${liftService(run)}`, service(run, 'lift', [])),
  write(
    `${units}/${liftTimer(run)}`,
    `[Unit]\nDescription=Lifeboat run ${run}: the time that backups are held back at most\n[Timer]\nOnActiveSec=${seconds}s\nAccuracySec=1s\nRemainAfterElapse=no\n`,
  ),
  enable(liftTimer(run)),
  'systemctl daemon-reload',
  sh`systemctl restart ${liftTimer(run)}`,
]

/** The lines that remove all of it, but for a timer that runs. */
export const forgetFiles = (run: string): string[] => [
  sh`rm -f ${[holdService(run), liftTimer(run)].map((unit) => `${wanted}/${unit}`)}`,
  sh`rm -f ${[holdService(run), liftService(run), liftTimer(run)].map((unit) => `${units}/${unit}`)}`,
  sh`rm -f ${[script(run, 'hold'), script(run, 'lift')]}`,
  sh`rmdir --ignore-fail-on-non-empty ${folder} 2>/dev/null`,
]
