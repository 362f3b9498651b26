// A week in the life of the host irc-1, by the hour: what people write, and the snapshots that zfsnap makes.
import type { Contents, Hourly } from '../../manifest.ts'
import { asLocal, zfsnapName } from '../local-clock.ts'
import { anyNick, anyRemark, between, chanceOf, chatLines, instants, secondsOf, type Chance } from './diary.ts'
import { root, sha256, type Living, type Owner } from './living.ts'
import type { WorldOptions } from './make-world.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The users of the host, as its /etc/passwd has them. */
const owners = {
  alice: { uid: 1002, gid: 1002 },
  bob: { uid: 1003, gid: 1003 },
  chat: { uid: 950, gid: 950 },
} as const satisfies Record<string, Owner>

const log = '/chat/messages.log'
const notes = '/home/alice/notes.txt'

/** Where the week goes on. */
export interface Week {
  /** Makes the pool, two months old, at the beginning of the week. */
  begin(beginMs: number, serial: string): void
  /** Lives on until then. */
  until(atMs: number): void
  /** What the data is now. */
  contents(): Contents
  /** Every hourly snapshot so far, oldest first. */
  readonly hourlies: readonly Hourly[]
}

// So late cron comes to zfsnap at an even and at an odd hour: two hours of one name are not of one second.
const cronLateMs = [2000, 1000] as const

/** The week of one pool, whose datasets are mounted below `/POOL`. */
export function weekOf(
  living: Living,
  pool: string,
  { seed, timeZone, roundsNames }: Pick<WorldOptions, 'seed' | 'timeZone' | 'roundsNames'>,
): Week {
  const hourlies: Hourly[] = []
  let atMs = 0
  const path = (inside: string): string => `/${pool}${inside}`

  const contents = (): Contents => {
    const records = Buffer.from(living.read(path(log)))
      .toString('utf8')
      .trimEnd()
      .split('\n')
    return {
      messagesSha256: sha256(living.read(path(log))),
      notesSha256: sha256(living.read(path(notes))),
      records: records.length,
      newestRecordAt: records.at(-1)?.split(' ')[0] ?? '',
    }
  }

  const hourOf = (ms: number): number => asLocal(new Date(ms), timeZone).getUTCHours()

  const snapshot = (name: string): void => living.run('zfs', 'snapshot', '-r', `${pool}@${name}`)

  /** What people write until then: more by day, at least one record. */
  const write = (chance: Chance, toMs: number): void => {
    const ofDay = hourOf(atMs)
    const isNight = ofDay < 7
    const at = instants(chance, isNight ? 1 : between(chance, 3, 6), atMs + 5000, toMs - 5000)
    const last = at.at(-1) ?? toMs
    living.setClock(last)
    living.append(path(log), chatLines(chance, at), owners.chat)
    if (isNight) return
    if (chance() < 0.7) living.append(path(notes), [`- ${anyRemark(chance)}`], owners.alice)
    if (chance() < 0.5) {
      const mail = [`From ${anyNick(chance)}@irc-1 ${secondsOf(last)}`, `Subject: ${anyRemark(chance)}`, '']
      living.append(path(`/mail/${chance() < 0.5 ? 'alice' : 'bob'}`), [...mail, anyRemark(chance), ''])
    }
    if (ofDay === 9)
      living.append(path('/home/bob/reports/daily.csv'), [`${secondsOf(atMs)},${between(chance, 0, 299)}`], owners.bob)
  }

  const fullHour = (): void => {
    const madeMs = roundsNames ? atMs : atMs + (cronLateMs[(atMs / hourMs) % 2] ?? 0)
    const name = (ttl: string): string => zfsnapName(new Date(madeMs), timeZone, ttl)
    living.setClock(madeMs)
    snapshot(name('1w'))
    hourlies.push({ ...contents(), snapshot: name('1w'), at: secondsOf(madeMs) })
    if (hourOf(atMs) === 0) snapshot(name('1m'))
  }

  return {
    hourlies,
    contents,
    begin(beginMs, serial) {
      const bornMs = beginMs - 61 * dayMs
      const chance = chanceOf(seed)
      living.setClock(bornMs)
      const link = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${serial}`
      const options = ['-O', 'compression=lz4', '-O', 'atime=off', '-O', `mountpoint=/${pool}`]
      living.run('zpool', 'create', '-o', 'ashift=12', ...options, pool, link)
      for (const name of ['chat', 'home', 'home/alice', 'home/bob']) living.run('zfs', 'create', `${pool}/${name}`)
      living.run('zfs', 'create', '-o', 'quota=200M', `${pool}/mail`)
      living.run('zfs', 'create', '-o', 'canmount=noauto', `${pool}/scratch`)
      living.run('zfs', 'mount', `${pool}/scratch`)
      const earlier = instants(chance, 60, bornMs + hourMs, beginMs - hourMs)
      living.append(path(log), chatLines(chance, earlier), owners.chat)
      living.append(
        path('/chat/topics.txt'),
        ['ops: keep calm, read the runbook', 'lunch: soup on Thursdays'],
        owners.chat,
      )
      const first = ['Notes', '- order disks for irc-1', '- ask Bob about the mail quota']
      living.append(path(notes), first, owners.alice)
      living.append(path('/home/alice/todo.txt'), ['renew the certificate', `clean up /${pool}/scratch`], owners.alice)
      for (let week = 10; week <= 16; week += 1) {
        const rows = ['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => `${day},${between(chance, 0, 299)}`)
        living.append(path(`/home/bob/reports/2026-w${week}.csv`), ['day,messages', ...rows], owners.bob)
      }
      for (const user of ['alice', 'bob'])
        living.append(path(`/mail/${user}`), [`From ops@irc-1 ${user}`, 'Subject: welcome', '', `Hello ${user}.`, ''])
      living.append(path('/scratch/core.1432'), ['a core dump that nobody needs'], root)
      living.own(path('/chat'), 0o750, owners.chat)
      living.own(path('/home/alice'), 0o700, owners.alice)
      living.own(path('/home/bob'), 0o700, owners.bob)
      atMs = beginMs
      living.setClock(atMs)
    },
    until(stopMs) {
      while (atMs < stopMs) {
        const nextMs = Math.min((Math.floor(atMs / hourMs) + 1) * hourMs, stopMs)
        write(chanceOf(seed ^ Math.floor(atMs / 1000)), nextMs)
        atMs = nextMs
        living.setClock(atMs)
        if (atMs % hourMs === 0) fullHour()
      }
    },
  }
}
