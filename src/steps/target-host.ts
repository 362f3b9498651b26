// The host that gets its data back, as it tells of itself.
import { z } from 'zod'
import { hostFacts, neededTools } from '../remote/linux/facts.ts'
import {
  existingFiles,
  schedulesThat,
  snapshotCrontabLines,
  snapshotCronFiles,
  type FoundSchedule,
} from '../remote/linux/schedules.ts'
import { listTimers, unitStates } from '../remote/linux/units.ts'
import { poolStates } from '../remote/zfs/pool.ts'
import { oneLine } from '../text/display.ts'
import { otherHolder } from './other-run.ts'
import { refuse } from './refuse.ts'
import { fact, type AnswerKey, type Fact, type Finding, type Run } from './step.ts'

/** What every route knows of its host. */
export const targetHost = z.object({
  host: z.string(),
  hostId: z.string(),
  hostName: z.string(),
  timeZone: z.string(),
  /** Its version; null where the host has none and needs none. */
  zfs: z.string().nullable(),
  /** The backup units that the host has, of those that the config names. */
  backups: z.array(z.string()),
  /** The cron files whose lines must not run meanwhile: the config's, and those that make or expire snapshots. */
  cron: z.array(z.string()),
  /** The run from which the host is taken over, where it held the host's lock. */
  takesOver: z.string().nullable().default(null),
})

type TargetHost = z.infer<typeof targetHost>

/** By which steps of any route look their host up. */
export const targetHostKey: AnswerKey<TargetHost> = { id: 'target', answer: targetHost }

/** Where Debian has them. */
const packageOf = {
  zpool: 'zfsutils-linux',
  zfs: 'zfsutils-linux',
  zdb: 'zfsutils-linux',
  systemctl: 'systemd',
  'systemd-run': 'systemd',
  lsblk: 'util-linux',
  findmnt: 'util-linux',
} as const satisfies Record<(typeof neededTools)[number], string>

/** The pools of a host, as the kernel knows them. */
export type PoolStates = readonly { readonly pool: string; readonly state: string }[]

/** What a route needs of its host's ZFS. */
interface Needs {
  /** `maybe` where data may come back without it. */
  readonly zfs: 'needed' | 'maybe'
  /** Judges the pools' states before anything is asked of ZFS, which may hang. @throws PreflightError */
  readonly pools?: (states: PoolStates) => unknown
  /** Where dumps are kept: schedules that write there, or stop the services, are held back too. */
  readonly buckets?: readonly string[]
}

const neededFor = (zfs: Needs['zfs']): readonly (typeof neededTools)[number][] =>
  zfs === 'needed' ? neededTools : neededTools.filter((tool) => !['zpool', 'zfs', 'zdb'].includes(tool))

const noModule = (run: Run): never =>
  refuse('no-zfs', 'the host has no zfs kernel module that could be loaded', [
    { why: 'see why', command: run.onHost('sudo modprobe zfs; dkms status; uname -r') },
  ])

/** Looks at the host, and for what would stop a restore there. @throws PreflightError */
export async function* lookAtHost(run: Run, { zfs: need, pools, buckets }: Needs): AsyncGenerator<Fact, TargetHost> {
  const facts = await run.do(hostFacts())
  yield fact(`host answers: ${facts.hostName}, hostid ${facts.hostId}, time zone ${facts.timeZone}`)
  const missing = neededFor(need).filter((tool) => !facts.tools.includes(tool))
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => packageOf[tool]))]
    refuse('tools-missing', `the host lacks ${missing.join(', ')}`, [
      { why: 'install them (Debian, Ubuntu)', command: run.onHost(`sudo apt-get install ${packages.join(' ')}`) },
    ])
  }
  const zfs = facts.zfs ?? (need === 'needed' ? noModule(run) : null)
  yield fact(zfs === null ? 'no ZFS' : `OpenZFS ${zfs}`)
  const states = zfs === null ? [] : await run.do(poolStates())
  yield fact(
    states.length === 0
      ? 'no pool is imported'
      : `imported: ${states.map((each) => `${each.pool} ${each.state}`).join(', ')}`,
  )
  pools?.(states)
  const units = await run.do(unitStates(run.host.services))
  for (const unit of units) {
    if (unit.load === 'not-found')
      refuse('service-not-found', `the host has no unit ${unit.unit}, which its config names as a service`, [
        { why: 'see what it has', command: run.onHost('systemctl list-unit-files --type=service') },
      ])
    yield fact(`${unit.unit} is ${unit.active}`)
  }
  const doing = buckets === undefined ? [] : await schedulesOf(run, buckets)
  const found = doing.map(({ name }) => name)
  const cron = [
    ...new Set([
      ...(await run.do(existingFiles(run.host.cron))),
      ...(await run.do(snapshotCronFiles())),
      ...found.filter(isFile),
    ]),
  ]
  const named = (await run.do(unitStates(run.host.backups)))
    .filter((unit) => unit.load !== 'not-found')
    .map((unit) => unit.unit)
  const backups = [...new Set([...named, ...found.filter((name) => !isFile(name))])]
  for (const { name, does } of doing)
    yield fact(oneLine(does === 'writes' ? `${name} writes to the bucket of the dumps` : `${name} stops a service`))
  const held = [...backups, ...cron]
  yield fact(
    held.length === 0 ? 'no backup or snapshot schedule is to be held back' : `will be held back: ${held.join(', ')}`,
  )
  const takesOver = await otherHolder(run)
  const { hostId, hostName, timeZone } = facts
  return { host: run.host.name, hostId, hostName, timeZone, zfs, backups, cron, takesOver }
}

const isFile = (name: string): boolean => name.startsWith('/')

/** What is to be held back for what it does. The services themselves are not. */
const schedulesOf = async (run: Run, buckets: readonly string[]): Promise<FoundSchedule[]> =>
  (await run.do(schedulesThat(buckets, run.host.services))).filter(({ name }) => !run.host.services.includes(name))

const looksLikeBackup = /backup|dump|borg|restic|duplicity|snapshot/i

/** What may run in the middle of the restore all the same. */
export async function notHeldBack(
  run: Run,
  { backups, cron }: Pick<TargetHost, 'backups' | 'cron'>,
): Promise<Finding[]> {
  const absent = run.host.backups.filter((unit) => !backups.includes(unit))
  const noFiles = run.host.cron.filter((file) => !cron.includes(file))
  const timers = (await run.do(listTimers())).filter(
    ({ activates }) => looksLikeBackup.test(activates) && !backups.includes(activates),
  )
  const lines = await run.do(snapshotCrontabLines())
  return [
    ...absent.map((unit) => `the host has no unit ${unit}, which the config names as a backup`),
    ...noFiles.map((file) => `the host has no file ${file}, which the config names under "cron"`),
    ...timers.map(
      ({ timer, activates }) =>
        `${timer} starts ${activates}, which the config does not name under "backups": it is not held back`,
    ),
    ...lines.map((line) => `a user's own crontab is not held back: ${oneLine(line)}`),
  ].map((message) => ({ level: 'warn', message }))
}
