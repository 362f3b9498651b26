// Rocket.Chat on irc-1, beside its other chat server: a snap, with its own MongoDB. Its dumps are in S3.
import { createHash } from 'node:crypto'
import { sh } from '../../text/quote.ts'
import type { World } from '../host/manifest.ts'
import { linkCurrent, snapFiles, snapName, unitOf } from '../host/simulated/snap/installed.ts'
import { common, databaseFolder } from '../host/simulated/snap/parties.ts'
import { chanceOf, chatLines, instants, secondsOf } from '../host/simulated/world/diary.ts'
import { untidy } from './aftermath.ts'
import { bucket, bucketOf, dated, nightlyTimer, nightOf, nights, outputOf } from './board.ts'
import type { Aftermath, Scenario, Stage } from './scenario.ts'

const server = unitOf('rocketchat-server')
const mongo = unitOf('rocketchat-mongo')

/** It is so many days old. */
const age = 30

/** What a message has of who wrote it where. */
const inRoom = (nick: string, text: string, at: string, number: number): string =>
  JSON.stringify({ _id: `m${number}`, rid: 'GENERAL', msg: text, ts: { $date: at }, u: { _id: nick, username: nick } })

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** The collections as a night found them, each a line a document. */
function collectionsOf(world: World, nightsAgo: number): Readonly<Record<string, string>> {
  const chance = chanceOf(3000)
  const all = chatLines(chance, instants(chance, 30 * age, nightOf(world, age), nightOf(world, 0)))
  const records = all.map((line) => /^(\S+) (\S+) (.*)$/.exec(line) ?? [])
  const nicks = [...new Set(records.map(([, , nick = '']) => nick))].toSorted()
  const until = secondsOf(nightOf(world, nightsAgo))
  const messages = records.flatMap(([, at = '', nick = '', text = ''], number) =>
    at <= until ? [inRoom(nick, text, at, number)] : [],
  )
  return {
    rocketchat_message: linesOf(messages),
    rocketchat_room: linesOf([JSON.stringify({ _id: 'GENERAL', t: 'c', name: 'general', usernames: nicks })]),
    users: linesOf(nicks.map((nick) => JSON.stringify({ _id: nick, username: nick, roles: ['user'] }))),
  }
}

/** What the script has left, and what somebody has written since. */
const emptied = (world: World): Readonly<Record<string, string>> => ({
  ...collectionsOf(world, 0),
  rocketchat_message: linesOf([inRoom('alice', 'where is everything?', secondsOf(Date.parse(world.incidentAt)), 0)]),
})

const keyOf = (world: World, nightsAgo: number): string => {
  const stamp = new Date(nightOf(world, nightsAgo)).toISOString().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '.')
  return `rocketchat/${dated(nightOf(world, nightsAgo))}/rocketchat_backup_${stamp}.tar.gz`
}

const filesOf = (world: World): Readonly<Record<string, string>> => ({
  ...snapFiles,
  '/etc/systemd/system/rocketchat-dump.service': `[Unit]
Description=Dump of Rocket.Chat to S3

[Service]
Type=oneshot
ExecStart=/usr/local/bin/rocketchat-dump
`,
  '/etc/systemd/system/rocketchat-dump.timer': nightlyTimer('dump of Rocket.Chat', nightOf(world, 0)),
  '/usr/local/bin/rocketchat-dump': `#!/bin/sh
systemctl stop ${server}
snap run ${snapName}.backupdb
aws s3 sync ${common}/backup/ s3://${bucket}/rocketchat/$(date +%m-%d-%Y)/
rm -f ${common}/backup/*
systemctl start ${server}
`,
})

async function writeAll({ ssh }: Stage, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files))
    await ssh(sh`mkdir -p ${path.slice(0, path.lastIndexOf('/'))}; printf %s ${text} > ${path}`)
}

/** Puts collections into the database, in place of those that are there. */
const fill = (stage: Stage, collections: Readonly<Record<string, string>>): Promise<void> =>
  writeAll(
    stage,
    Object.fromEntries(Object.entries(collections).map(([name, text]) => [`${databaseFolder}/${name}.json`, text])),
  )

/** What backupdb makes of the database as it is, and its log, as two objects of a night. */
async function dumped(stage: Stage, nightsAgo: number) {
  const { ssh, world } = stage
  await ssh(`snap run ${snapName}.backupdb`)
  const archive = await outputOf(stage, `cat ${common}/backup/rocketchat_backup_*.tar.gz`)
  const log = await ssh(`cat ${common}/backup/backup_*.log; rm ${common}/backup/*`)
  const key = keyOf(world, nightsAgo)
  const lastModified = new Date(nightOf(world, nightsAgo)).toISOString()
  return [
    { key, content: { base64: archive }, lastModified },
    {
      key: key.replace('rocketchat_backup_', 'backup_').replace('.tar.gz', '.log'),
      content: { text: log },
      lastModified,
    },
  ]
}

/** Each night's archive, as the script makes it. In the last night MongoDB was down, for an update of the snap perhaps. */
async function dumpAll(stage: Stage): Promise<void> {
  const { world, cloud, ssh } = stage
  const objects = []
  for (let ago = nights - 1; ago >= 1; ago--) {
    await fill(stage, collectionsOf(world, ago))
    objects.push(...(await dumped(stage, ago)))
  }
  await ssh(`systemctl stop ${mongo}`)
  objects.push(...(await dumped(stage, 0)))
  await ssh(`systemctl start ${mongo}`)
  cloud.addBucket(bucketOf(objects))
}

const sumsOf = (collections: Readonly<Record<string, string>>): string =>
  Object.entries(collections)
    .map(([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}.json`)
    .join('\n')

/** What a good restore of the night before the last would have done better. */
function faults(after: Aftermath, world: World): string[] {
  const { seen } = after
  const is = Array.from({ length: nights }, (_, ago) => ago).find(
    (ago) => seen['sums'] === sumsOf(collectionsOf(world, ago)),
  )
  const good = dated(nightOf(world, 1))
  return [
    ...untidy(after),
    ...(seen['active'] === 'active\nactive\nactive'
      ? []
      : [`Rocket.Chat, its MongoDB and the timer of its dump are ${seen['active']?.replaceAll('\n', ', ')}`]),
    ...(seen['serves']?.includes('"success":true') === true ? [] : ['Rocket.Chat does not answer']),
    ...(seen['ran'] === '' ? [] : ['the dump ran in the middle']),
    ...(seen['left'] === '' ? [] : [`left on the host: ${seen['left']}`]),
    ...(/^rocketchat_before_\S+$/.test(seen['aside'] ?? '') ? [] : ['the old data was not kept']),
    ...(is === undefined ? [`the messages are not those of ${good}`] : []),
    ...(is === undefined || is === 1
      ? []
      : [`the messages are of ${dated(nightOf(world, is))}; those of ${good} were there, whole`]),
  ]
}

export const dumpRocketchat: Scenario = {
  id: 'dump-rocketchat',
  title: "a script has deleted Rocket.Chat's messages; the newest dump of its snap holds nothing",
  brief: [
    'PAGE irc-1: the rooms of Rocket.Chat are empty. A script called rooms.cleanHistory on each of them.',
    'Rocket.Chat is a snap, with a MongoDB of its own on the root disk: no ZFS snapshot has it, and no EBS snapshot.',
    `Every night backupdb makes an archive of it, and aws s3 sync puts that into s3://${bucket}/rocketchat/MM-DD-YYYY/.`,
    'Bring the messages back, with as little loss as there has to be. chat.service is well: leave it alone.',
  ],
  hints: [
    'backupdb says that a backup can be found, whatever mongodump has said: only its log and its archive tell.',
    'A dump of less than a hundred bytes, after nights of ten thousand, is in doubt. The night before has all but a day.',
    'restoredb wants the server to be down and MongoDB to run. What is there now is kept as an archive of its own.',
  ],
  objectives: { rto: 15, dataLoss: 2 * 24 * 60 },
  begins: 'pool-in-use',
  onlySimulated: true,
  served: {
    services: [server],
    backups: ['rocketchat-dump.service', 'chat-backup.service'],
    probes: [{ kind: 'http', name: 'Rocket.Chat answers', url: 'http://127.0.0.1:3000/api/info', newest: 'newest' }],
    dumps: [{ name: 'rocketchat', from: `s3://${bucket}/rocketchat/`, into: snapName }],
  },
  async prepare(stage) {
    const { ssh, world } = stage
    await writeAll(stage, filesOf(world))
    await ssh(`${linkCurrent}; chmod 755 /usr/local/bin/rocketchat-dump`)
    await ssh(`systemctl daemon-reload; systemctl enable --now ${mongo}`)
    await dumpAll(stage)
    await fill(stage, emptied(world))
    await ssh(`systemctl enable --now ${server} rocketchat-dump.timer`)
  },
  looks: {
    sums: `cd ${databaseFolder} && sha256sum *`,
    serves: 'curl -s http://127.0.0.1:3000/api/info',
    active: `systemctl is-active ${server} ${mongo} rocketchat-dump.timer`,
    ran: "journalctl -q -o cat -u rocketchat-dump.service | grep '^Starting'",
    aside: `ls ${common} | grep '^rocketchat_before_'`,
    left: `ls -A /var/lib/lifeboat ${common}/backup 2>/dev/null | grep -v ':$' | grep .; ls ${common} | grep '^rocketchat_lifeboat_'; ls -d ${common}/restore/dump /etc/systemd/system/*rocketchat*.d 2>/dev/null`,
  },
  flags: () => ({ source: 'dump', dump: 'latest' }),
  goodEnd: { kind: 'restored' },
  judge: faults,
  moral:
    'backupdb ends well when it could not reach MongoDB, and an archive of nothing is uploaded. Its size tells that on any day before it is needed: let the nightly job look, and fail.',
}
