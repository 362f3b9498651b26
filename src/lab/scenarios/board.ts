// A notice board on irc-1, beside the chat server: its data is on the root disk, and its dumps are in S3.
import { createHash } from 'node:crypto'
import { sh } from '../../text/quote.ts'
import type { WorldBucket } from '../cloud/world.ts'
import type { World } from '../host/manifest.ts'
import { anyNick, chanceOf, chatLines, instants, secondsOf } from '../host/simulated/world/diary.ts'
import { untidy } from './aftermath.ts'
import type { Aftermath, Served, Stage } from './scenario.ts'

const dayMs = 86_400_000

/** The board is so many days old. */
const age = 30

/** Where it is. */
export const folder = '/srv/board'

/** The bucket of all dumps. */
export const bucket = 'irc-dumps'

/** So many nights have a dump. */
export const nights = 6

/** What the config says of it. */
export const boardServed: Served = {
  services: ['board.service'],
  backups: ['board-dump.service', 'chat-backup.service'],
  probes: [{ kind: 'http', name: 'board answers', url: 'http://127.0.0.1:6690/', newest: 'newest' }],
  dumps: [{ name: 'board', from: `s3://${bucket}/board/`, into: folder }],
}

/** When a night's dump was written: the last one not an hour before the incident. ms since 1970 */
export const nightOf = ({ incidentAt }: Pick<World, 'incidentAt'>, nightsAgo: number): number =>
  Date.parse(incidentAt) - 50 * 60_000 - nightsAgo * dayMs

/** As `date +%m-%d-%Y` names it, in UTC. */
export const dated = (atMs: number): string => {
  const [year, month, day] = new Date(atMs).toISOString().slice(0, 10).split('-')
  return `${month}-${day}-${year}`
}

/** The files of the board as a night's dump has them, by path. */
export function boardOf(world: World, nightsAgo: number): Readonly<Record<string, string>> {
  const chance = chanceOf(6690)
  const all = chatLines(chance, instants(chance, 40 * age, nightOf(world, age), nightOf(world, 0)))
  const until = secondsOf(nightOf(world, nightsAgo))
  const rotas = Array.from({ length: 11 }, (_, week) => [
    `files/rota-w${String(week + 1).padStart(2, '0')}.csv`,
    ['early', 'late', 'night'].map((shift) => `${shift},${anyNick(chance)}\n`).join(''),
  ])
  const messages = all.filter((line) => line <= until).map((line) => `${line}\n`)
  return { ...Object.fromEntries(rotas), 'messages.log': messages.join('') }
}

/** The bucket with these objects. */
export const bucketOf = (objects: NonNullable<WorldBucket['objects']>): WorldBucket => ({ name: bucket, objects })

/** Writes the board as it was on a night into its folder, in place of what is there. */
export async function writeBoard({ ssh, world }: Stage, at: string, nightsAgo: number): Promise<void> {
  const lines = Object.entries(boardOf(world, nightsAgo)).map(
    ([path, text]) =>
      sh`printf %s ${text} > ${`${at}/${path}`}; touch -d @${nightOf(world, nightsAgo) / 1000} ${`${at}/${path}`}`,
  )
  await ssh(
    [sh`rm -rf ${at}/*; mkdir -p ${at}/files`, ...lines, sh`chown -R chat:chat ${at}; chmod 750 ${at}`].join('\n'),
  )
}

/** What a command on the host puts out, as base64. A group of commands would put out characters, and no bytes. */
export const outputOf = async ({ ssh }: Stage, line: string): Promise<string> =>
  (await ssh(`${line} | base64 -w 0`)).replaceAll('\n', '')

const files: Readonly<Record<string, string>> = {
  '/etc/systemd/system/board.service': `[Unit]
Description=Notice board
After=network.target

[Service]
Type=notify
User=chat
ExecStart=/usr/local/bin/chatd ${folder} 6690

[Install]
WantedBy=multi-user.target
`,
  '/etc/systemd/system/board-dump.service': `[Unit]
Description=Dump of the notice board to S3

[Service]
Type=oneshot
ExecStart=/usr/local/bin/board-dump
`,
}

/** What a clean-up script leaves of its data, by path: next to nothing. */
export const cleanedUp: Readonly<Record<string, string>> = {
  'CLEANED-UP': 'everything older than 0 days was removed\n',
}

/** A timer that fires every night at this time of the day, in UTC, and makes up for a night when the host was off. */
export const nightlyTimer = (what: string, atMs: number): string => `[Unit]
Description=Nightly ${what}

[Timer]
OnCalendar=*-*-* ${new Date(atMs).toISOString().slice(11, 19)}
Persistent=true

[Install]
WantedBy=timers.target
`

/**
 * Puts the board onto the host, with what a clean-up script has left of it.
 * @param dump the line of the script that dumps it every night
 */
export async function emptiedBoard({ ssh, world }: Stage, dump: string): Promise<void> {
  const all = {
    ...files,
    '/etc/systemd/system/board-dump.timer': nightlyTimer('dump of the notice board', nightOf(world, 0)),
    '/usr/local/bin/board-dump': `#!/bin/sh\n${dump}\n`,
    ...Object.fromEntries(Object.entries(cleanedUp).map(([path, text]) => [`${folder}/${path}`, text])),
  }
  await ssh(sh`rm -rf ${folder}; mkdir -p ${folder}`)
  for (const [path, text] of Object.entries(all)) await ssh(sh`printf %s ${text} > ${path}`)
  await ssh(sh`chown -R chat:chat ${folder}; chmod 750 ${folder}; chmod 755 /usr/local/bin/board-dump`)
  await ssh('systemctl daemon-reload; systemctl enable board.service; systemctl start board-dump.timer')
  // It fails for want of its records.
  await ssh('systemctl start board.service || true')
}

/** Lines that show what a restore has made of the board. */
export const boardLooks = {
  sums: `cd ${folder} && find . -type f ! -name chatd.started -exec sha256sum {} + | sort -k 2`,
  serves: 'curl -s http://127.0.0.1:6690/',
  service: 'systemctl is-active board.service',
  timer: 'systemctl is-active board-dump.timer',
  left: 'ls -A /var/lib/lifeboat 2>/dev/null; ls -d /etc/systemd/system/board*.d /run/systemd/system/board*.d 2>/dev/null; true',
} as const

const sumsOf = (board: Readonly<Record<string, string>>): string =>
  Object.entries(board)
    .map(([path, text]) => `${createHash('sha256').update(text).digest('hex')}  ./${path}`)
    .join('\n')

/** What a good restore of a night's dump would have done better. */
export function notAsOn(after: Aftermath, world: World, nightsAgo: number): string[] {
  const { seen } = after
  const is = Array.from({ length: nights }, (_, ago) => ago).find((ago) => seen['sums'] === sumsOf(boardOf(world, ago)))
  return [
    ...untidy(after),
    ...(seen['service'] === 'active' ? [] : [`board.service is ${seen['service']}`]),
    ...(seen['serves']?.includes('"newest"') === true ? [] : ['the board does not answer']),
    ...(seen['timer'] === 'active' ? [] : [`board-dump.timer is ${seen['timer']}`]),
    ...(seen['left'] === '' ? [] : [`left on the host: ${seen['left']}`]),
    ...(is === undefined ? [`the board is not that of ${dated(nightOf(world, nightsAgo))}`] : []),
    ...(is === undefined || is === nightsAgo
      ? []
      : [`the board is of ${dated(nightOf(world, is))}; that of ${dated(nightOf(world, nightsAgo))} was there, whole`]),
  ]
}
