// A forum on irc-1, beside the chat server: its posts are in a database of PostgreSQL on the root disk, and its dumps are in
// S3.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { sh } from '../../text/quote.ts'
import type { World } from '../host/manifest.ts'
import { anyNick, anyRemark, chanceOf, instants, secondsOf } from '../host/simulated/world/diary.ts'
import { untidy } from './aftermath.ts'
import { bucket, dated, nightOf, nightlyTimer, nights } from './board.ts'
import { clusterDump } from './forum-dump.ts'
import type { Aftermath, Served, Stage } from './scenario.ts'

/** The forum is so many days old. */
const age = 30

/** Where the dumps are, below the bucket. */
const prefix = 'postgresql'

/** What the config says of it. */
export const forumServed: Served = {
  services: ['forum.service'],
  backups: ['postgresql-dump.service', 'chat-backup.service'],
  probes: [{ kind: 'http', name: 'forum answers', url: 'http://127.0.0.1:6691/', newest: 'newest' }],
  dumps: [{ name: 'forum', from: `s3://${bucket}/${prefix}/`, into: 'postgres' }],
}

/** A night's dump. */
export const forumKey = (world: World, nightsAgo: number): string =>
  `${prefix}/${dated(nightOf(world, nightsAgo))}/all.sql.gz`

/** Rows of the table of posts as COPY has them, the oldest first. */
function postsOf(world: Pick<World, 'incidentAt'>, nightsAgo: number): string[] {
  const chance = chanceOf(5432)
  const until = secondsOf(nightOf(world, nightsAgo))
  return instants(chance, 60 * age, nightOf(world, age), nightOf(world, 0))
    .map((at) => ({ at: secondsOf(at), nick: anyNick(chance), body: anyRemark(chance) }))
    .filter(({ at }) => at <= until)
    .map(({ at, nick, body }, index) => `${index + 1}\t${at}\t${nick}\t${body}\n`)
}

/** What pg_dumpall wrote in a night. */
export const forumDump = (world: Pick<World, 'incidentAt'>, nightsAgo: number): string =>
  clusterDump(postsOf(world, nightsAgo))

/** Every night's dump. The last one was written after the table of posts had gone. */
export const forumDumps = (world: World) =>
  Array.from({ length: nights }, (_, ago) => ({
    key: forumKey(world, ago),
    content: { base64: gzipSync(ago === 0 ? clusterDump(null) : forumDump(world, ago)).toString('base64') },
    lastModified: new Date(nightOf(world, ago)).toISOString(),
  }))

/** The server's unit, as Debian's has it but for what starts it. */
export const serverUnit: Readonly<Record<string, string>> = {
  '/etc/systemd/system/postgresql@18-main.service': `[Unit]
Description=PostgreSQL Cluster 18-main
After=network.target

[Service]
Type=notify
User=postgres
ExecStart=/usr/lib/postgresql/18/bin/postgres -D /var/lib/postgresql/18/main

[Install]
WantedBy=multi-user.target
`,
}

const files = (world: World): Readonly<Record<string, string>> => ({
  ...serverUnit,
  '/etc/systemd/system/forum.service': `[Unit]
Description=Forum
After=postgresql@18-main.service

[Service]
Type=notify
User=forum
ExecStart=/usr/local/bin/forumd forum 6691

[Install]
WantedBy=multi-user.target
`,
  '/etc/systemd/system/postgresql-dump.service': `[Unit]
Description=Dump of all databases to S3

[Service]
Type=oneshot
ExecStart=/usr/local/bin/postgresql-dump
`,
  '/etc/systemd/system/postgresql-dump.timer': nightlyTimer('dump of all databases', nightOf(world, 0)),
  '/usr/local/bin/postgresql-dump': `#!/bin/sh
runuser -u postgres -- pg_dumpall | gzip | aws s3 cp - s3://${bucket}/${prefix}/$(date +%m-%d-%Y)/all.sql.gz
`,
})

/** Puts the forum onto the host, as an upgrade has left it: its table of posts is gone. */
export async function brokenForum({ ssh, world }: Stage): Promise<void> {
  await ssh('useradd -r -d /var/lib/postgresql postgres; useradd -r forum')
  for (const [path, text] of Object.entries(files(world))) await ssh(sh`printf %s ${text} > ${path}`)
  await ssh('chmod 755 /usr/local/bin/postgresql-dump; systemctl daemon-reload')
  await ssh('systemctl enable --now postgresql@18-main.service; systemctl start postgresql-dump.timer')
  // Every server has a role of the name of its superuser.
  const setUp = clusterDump(null).replace('CREATE ROLE postgres;\n', '')
  await ssh(sh`printf %s ${setUp} | runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 -o /dev/null`)
  await ssh('systemctl enable forum.service; systemctl start forum.service || true')
}

const count =
  "select count(*), md5(string_agg(format('%s %s %s', to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), nick, body), e'\\n' order by id)) from posts"

const inDatabase = (database: string, sql: string): string =>
  sh`cd / && runuser -u postgres -- psql -X -At -F ' ' -d ${database} -c ${sql}`

/** Lines that show what a restore has made of the forum. */
export const forumLooks = {
  posts: inDatabase('forum', count),
  databases: inDatabase('postgres', "select datname from pg_database where datname like 'forum%' order by 1"),
  topics: inDatabase('forum', "select string_agg(title, ' / ' order by id) from topics"),
  serves: 'curl -s http://127.0.0.1:6691/',
  service: 'systemctl is-active forum.service',
  timer: 'systemctl is-active postgresql-dump.timer',
  left: 'ls -A /var/lib/lifeboat 2>/dev/null; ls -d /etc/systemd/system/forum*.d /etc/systemd/system/postgresql-dump*.d 2>/dev/null; true',
} as const

/** A night's posts as the look shows them. */
function countedPosts(world: World, nightsAgo: number): string {
  const rows = postsOf(world, nightsAgo).map((row) => {
    const [, at = '', nick = '', body = ''] = row.trimEnd().split('\t')
    return `${at.replace('T', ' ').replace('Z', '')} ${nick} ${body}`
  })
  return `${rows.length} ${createHash('md5').update(rows.join('\n')).digest('hex')}`
}

/** What a good restore of a night's dump would have done better. */
export function notTheForumOf(after: Aftermath, world: World, nightsAgo: number): string[] {
  const { seen } = after
  const posts = seen['posts']?.trim()
  const is = Array.from({ length: nights }, (_, ago) => ago).find((ago) => posts === countedPosts(world, ago))
  return [
    ...untidy(after),
    ...(seen['service']?.trim() === 'active' ? [] : [`forum.service is ${seen['service']}`]),
    ...(seen['serves']?.includes('"newest"') === true ? [] : ['the forum does not answer']),
    ...(seen['timer']?.trim() === 'active' ? [] : [`postgresql-dump.timer is ${seen['timer']}`]),
    ...(seen['left'] === '' ? [] : [`left on the host: ${seen['left']}`]),
    ...(is === undefined ? [`the posts are not those of ${dated(nightOf(world, nightsAgo))}`] : []),
    ...(is === undefined || is === nightsAgo
      ? []
      : [`the posts are of ${dated(nightOf(world, is))}; those of ${dated(nightOf(world, nightsAgo))} were there`]),
    ...(seen['topics']?.trim() === 'Office / Küche & Kaffee, 2 € each / The printer on floor two'
      ? []
      : [`the topics are ${seen['topics']}`]),
    ...(/^forum_before_/m.test(seen['databases'] ?? '') ? [] : ['what the database was before is not kept']),
  ]
}
