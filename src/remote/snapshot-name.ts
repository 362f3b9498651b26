// Who made a snapshot, a bookmark or a hold, by its name alone; the formats are those of the tools' own sources.
import { isLocalTime } from '../text/time.ts'
import { parseZfsnapName, type ZfsnapName } from './zfsnap.ts'

type SnapshotMaker =
  | 'lifeboat'
  | 'zfsnap'
  | 'sanoid'
  | 'syncoid'
  | 'zrepl'
  | 'zfs-auto-snapshot'
  | 'zfs-autobackup'
  | 'pyznap'
  | 'TrueNAS'
  | 'Proxmox'

/** The time in a name, to the second or to the minute. */
export interface NamedTime {
  /** `YYYY-MM-DDTHH:MM:SS` */
  readonly localTime: string
  /**
   * So many minutes ahead of UTC; or `local`, where the name doesn't tell: in the host's zone, unless whoever made it has
   * a TZ of its own (Debian's sanoid runs in UTC). `zoneOfNames` tells, asked for one maker's names at a time.
   */
  readonly zone: 'local' | number
}

export interface SnapshotName {
  /** Null for a plain name: only the snapshot's creation time counts. */
  readonly maker: SnapshotMaker | null
  /** Null where the name tells none. */
  readonly time: NamedTime | null
  /** Set for zfsnap's. */
  readonly zfsnap: ZfsnapName | null
}

const plain: SnapshotName = { maker: null, time: null, zfsnap: null }

const ymd = String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)`
const hms = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`
const dense = String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)`

interface Format {
  readonly maker: SnapshotMaker
  readonly pattern: RegExp
  readonly zone: NamedTime['zone'] | ((found: Readonly<Record<string, string | undefined>>) => NamedTime['zone'])
}

/** `GMT02:00`, `GMT-05:30`, as syncoid writes it since 2.1; before, it wrote none. */
const syncoidZone: Format['zone'] = ({ offset, sign, hours, minutes }) =>
  offset === undefined ? 'local' : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))

// Snapshots whose prefix can be chosen are known by the default one, or by labels that nobody else writes so.
const formats: readonly Format[] = [
  { maker: 'lifeboat', pattern: /^lifeboat-before-./s, zone: 0 },
  // autosnap_ and syncoid_: get_date in sanoid, newsyncsnap and getdate in syncoid. A bookmark may end in digits of a guid.
  { maker: 'sanoid', pattern: RegExp(`^autosnap_${ymd}_${hms}_[a-z]+$`), zone: 'local' },
  {
    maker: 'syncoid',
    pattern: RegExp(
      String.raw`^syncoid_.*_${ymd}:${hms}(?<offset>-GMT(?<sign>-?)(?<hours>0\d|1[0-4]):(?<minutes>[0-5]\d))?\d*$`,
      's',
    ),
    zone: syncoidZone,
  },
  // formatNow in zrepl's snapper: dense, human, iso-8601 and unix-seconds, in UTC; a format of one's own tells no time here.
  {
    maker: 'zrepl',
    pattern: RegExp(String.raw`^zrepl_.*?${dense}_(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)_\d{3}$`),
    zone: 0,
  },
  { maker: 'zrepl', pattern: RegExp(String.raw`^zrepl_.*?${ymd}[_T]${hms}(?:\.\d{3}Z)?$`), zone: 0 },
  { maker: 'zrepl', pattern: /^zrepl_.*?(?<epoch>\d{9,11})$/s, zone: 0 },
  { maker: 'zrepl', pattern: /^zrepl_./s, zone: 0 },
  // date --utc +%F-%H%M in zfs-auto-snapshot, after PREFIX_LABEL.
  {
    maker: 'zfs-auto-snapshot',
    pattern: RegExp(
      String.raw`^(?:zfs-auto-snap[\w.: -]*|.*[\w.: -](?:frequent|hourly|daily|weekly|monthly))-${ymd}-(?<hour>\d\d)(?<minute>\d\d)$`,
    ),
    zone: 0,
  },
  { maker: 'pyznap', pattern: RegExp(`^pyznap_${ymd}_${hms}_[a-z]+$`), zone: 'local' },
  // The default naming schema, and with its prefix changed to `manual` or its time to live behind.
  {
    maker: 'TrueNAS',
    pattern: RegExp(String.raw`^(?:auto|manual)[-_]${ymd}_(?<hour>\d\d)-(?<minute>\d\d)(?:-\w+)?$`),
    zone: 'local',
  },
  // replication_snapshot_name in pve-guest-common, by the epoch; pve-zsync's; what is there while a guest is moved or dumped.
  { maker: 'Proxmox', pattern: /^__replicate_.+_(?<epoch>\d{9,11})__$/s, zone: 0 },
  { maker: 'Proxmox', pattern: RegExp(`^rep_.+_${ymd}_${hms}$`, 's'), zone: 'local' },
  { maker: 'Proxmox', pattern: /^(?:__migration__|__base__|vzdump)$/, zone: 'local' },
  // {}-%Y%m%d%H%M%S in zfs-autobackup, local unless --utc, with a tag behind `__` since 4.0.
  {
    maker: 'zfs-autobackup',
    pattern: RegExp(String.raw`^.+-${dense}(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)(?:__.*)?$`, 's'),
    zone: 'local',
  },
]

function timeIn(found: Readonly<Record<string, string | undefined>>, zone: Format['zone']): NamedTime | null | 'wrong' {
  if (found['epoch'] !== undefined) {
    const instant = new Date(Number(found['epoch']) * 1000)
    if (Number.isNaN(instant.getTime())) return 'wrong'
    return { localTime: instant.toISOString().slice(0, 19), zone: 0 }
  }
  const { year, month, day, hour, minute, second = '00' } = found
  if (year === undefined) return null
  const localTime = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  return isLocalTime(localTime) ? { localTime, zone: typeof zone === 'function' ? zone(found) : zone } : 'wrong'
}

/**
 * Who made a snapshot, and when by its own name. A name is a hint: anybody can write one, so nothing is decided by it
 * that the creation time or the guid can tell.
 * @param name what stands after the `@`, or after the `#` of a bookmark made of a snapshot of that name
 */
export function parseSnapshotName(name: string): SnapshotName {
  const zfsnap = parseZfsnapName(name)
  if (zfsnap !== undefined) return { maker: 'zfsnap', time: { localTime: zfsnap.localTime, zone: 'local' }, zfsnap }
  for (const { maker, pattern, zone } of formats) {
    const found = pattern.exec(name)
    const time = found === null ? 'wrong' : timeIn(found.groups ?? {}, zone)
    if (time !== 'wrong') return { maker, time, zfsnap: null }
  }
  return plain
}

/** What replicates; `unknown` for a bookmark of another name, as bookmarks are good for nothing but sending from. */
export type Replicator = 'zrepl' | 'syncoid' | 'zfs-autobackup' | 'Proxmox' | 'zfs send' | 'unknown'

/** One thing that ZFS lists: the part of a snapshot's or bookmark's name behind `@` or `#`, or a hold's tag. */
export interface Listed {
  readonly kind: 'snapshot' | 'bookmark' | 'hold'
  readonly name: string
}

const holds: readonly (readonly [RegExp, Replicator])[] = [
  [/^zrepl_(?:STEP|last_received)_J_./s, 'zrepl'],
  [/^zfs_autobackup:/, 'zfs-autobackup'],
  // --use-hold: syncoid_IDENTIFIER_HOST
  [/^syncoid_./s, 'syncoid'],
  // A send that is under way (zfs_send in libzfs).
  [/^\.send-\d+-\d+$/, 'zfs send'],
]

const zreplBookmark = /^zrepl_(?:replication_cursor$|(?:CURSOR|CURSORTENTATIVE_|STEP)_G_[0-9a-f]{16}_J_.)/s

function replicatorOfSnapshot(name: string): Replicator | null {
  const { maker } = parseSnapshotName(name)
  if (maker === 'zrepl' || maker === 'syncoid' || maker === 'zfs-autobackup') return maker
  return maker === 'Proxmox' && /^(?:__replicate_|__migration__|rep_)/.test(name) ? maker : null
}

/**
 * Which replication needs this snapshot, bookmark or hold: without the last common one a target must be sent everything
 * again. Null for what is no replication's, as far as its name tells: a tool can be told to send any snapshot, and only
 * a hold or a bookmark shows that.
 */
export function replicationOf({ kind, name }: Listed): Replicator | null {
  if (kind === 'hold') return holds.find(([pattern]) => pattern.test(name))?.[1] ?? null
  if (kind === 'snapshot') return replicatorOfSnapshot(name)
  return zreplBookmark.test(name) ? 'zrepl' : (replicatorOfSnapshot(name) ?? 'unknown')
}
