// What keeps the gates of backups closed over a reboot, and opens them in time all the same: three units of the host's own.
//
// - A backup's drop-in fails while the run's script for holding is there, in /etc: no boot opens it.
// - At boot a service of that script covers the cron files again, before cron runs.
// - A timer counts the hours, from its start or from the boot, and then opens what is to be opened.
import { sh } from '../../text/quote.ts'

const folder = '/etc/lifeboat'
const units = '/etc/systemd/system'
const wanted = `${units}/multi-user.target.wants`

/** What the host does by itself when nobody comes back. */
type Later = 'lift' | 'discard'

const script = (run: string, what: 'hold' | Later): string => `${folder}/${run}-${what}`

const timerOf = (run: string, what: Later): string => `lifeboat-${run}-${what}.timer`

export const liftTimer = (run: string): string => timerOf(run, 'lift')

const serviceOf = (run: string, what: Later): string => `lifeboat-${run}-${what}.service`

const described = {
  hold: 'hold schedules back',
  lift: 'let backups run again',
  discard: "discard a pool's checkpoint",
} as const

const holdService = (run: string): string => `lifeboat-${run}-hold.service`

/** While this file is there, backups don't run. */
export const holdScript = (run: string): string => script(run, 'hold')

const write = (path: string, text: string): string => sh`printf '%s' ${text} > ${path}`

const service = (run: string, what: 'hold' | Later, unit: readonly string[]): string =>
  [
    '[Unit]',
    `Description=Lifeboat run ${run}: ${described[what]}`,
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
export const later = (run: string, what: Later, lines: readonly string[], seconds: number): string[] => [
  sh`mkdir -p ${folder} ${wanted}`,
  write(script(run, what), [...lines, 'true', ''].join('\n')),
  write(`${units}/${serviceOf(run, what)}`, service(run, what, [])),
  write(
    `${units}/${timerOf(run, what)}`,
    `[Unit]\nDescription=Lifeboat run ${run}: the time after which to ${described[what]}\n[Timer]\nOnActiveSec=${seconds}s\nAccuracySec=1s\nRemainAfterElapse=no\n`,
  ),
  enable(timerOf(run, what)),
  'systemctl daemon-reload',
  sh`systemctl restart ${timerOf(run, what)}`,
]

/** The lines that remove what one of these needs, but for its timer while that runs. */
export const forgetLater = (run: string, what: Later): string[] => [
  sh`rm -f ${`${wanted}/${timerOf(run, what)}`}`,
  sh`rm -f ${[serviceOf(run, what), timerOf(run, what)].map((unit) => `${units}/${unit}`)} ${script(run, what)}`,
  sh`rmdir --ignore-fail-on-non-empty ${folder} 2>/dev/null`,
]

/** Stops its timer, and removes all that it needs. */
export const stopLater = (run: string, what: Later): string[] => [
  sh`systemctl stop ${timerOf(run, what)} 2>/dev/null`,
  ...forgetLater(run, what),
  'systemctl daemon-reload',
]

/** The lines that remove all of the gates, but for a timer that runs. */
export const forgetFiles = (run: string): string[] => [
  sh`rm -f ${`${wanted}/${holdService(run)}`} ${`${units}/${holdService(run)}`} ${script(run, 'hold')}`,
  ...forgetLater(run, 'lift'),
]
