import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSnapshotName, replicationOf, type Listed, type NamedTime } from '../../src/remote/snapshot-name.ts'
import { isLocalTime } from '../../src/text/time.ts'

const runs = { numRuns: 10_000 }

const instants = fc
  .date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19))

/** The parts of a local time, as strftime(3) names them. */
const strftime = (format: string, at: string): string => {
  const [Y = '', m = '', d = '', H = '', M = '', S = ''] = at.split(/[-T:]/)
  const parts: Record<string, string> = { Y, m, d, H, M, S, s: String(Date.parse(`${at}Z`) / 1000) }
  return format.replaceAll(/%([YmdHMSs])/g, (_, part: string) => parts[part] ?? '')
}

const word = fc.stringMatching(/^[a-z0-9][a-z0-9_.: -]{0,11}$/)
const label = fc.constantFrom('frequently', 'hourly', 'daily', 'weekly', 'monthly', 'yearly')

interface Made {
  readonly maker: string
  readonly name: string
  readonly time: NamedTime
}

/** What each tool writes at a local time, by its own source. */
const makers: Record<string, (at: string, one: string, kind: string) => Omit<Made, 'maker'> & { maker?: string }> = {
  sanoid: (at, _, kind) => ({ name: strftime(`autosnap_%Y-%m-%d_%H:%M:%S_${kind}`, at), time: { localTime: at, zone: 'local' } }),
  'syncoid 2.1': (at, one) => ({ name: `syncoid_${one}_${strftime('%Y-%m-%d:%H:%M:%S', at)}-GMT02:00`, time: { localTime: at, zone: 120 } }),
  'syncoid west of Greenwich': (at, one) => ({ name: `syncoid_${one}_${strftime('%Y-%m-%d:%H:%M:%S', at)}-GMT-03:30`, time: { localTime: at, zone: -210 } }),
  'syncoid before 2.1': (at, one) => ({ name: `syncoid_${one}_${strftime('%Y-%m-%d:%H:%M:%S', at)}`, time: { localTime: at, zone: 'local' } }),
  'zrepl dense': (at) => ({ name: strftime('zrepl_%Y%m%d_%H%M%S_000', at), time: { localTime: at, zone: 0 } }),
  'zrepl with a longer prefix': (at) => ({ name: strftime('zrepl_job-1_%Y%m%d_%H%M%S_000', at), time: { localTime: at, zone: 0 } }),
  'zrepl human': (at) => ({ name: strftime('zrepl_%Y-%m-%d_%H:%M:%S', at), time: { localTime: at, zone: 0 } }),
  'zrepl iso-8601': (at) => ({ name: strftime('zrepl_%Y-%m-%dT%H:%M:%S.000Z', at), time: { localTime: at, zone: 0 } }),
  'zrepl unix-seconds': (at) => ({ name: strftime('zrepl_%s', at), time: { localTime: at, zone: 0 } }),
  'zfs-auto-snapshot': (at, _, kind) => ({
    name: strftime(`zfs-auto-snap_${kind}-%Y-%m-%d-%H%M`, at),
    time: { localTime: `${at.slice(0, 16)}:00`, zone: 0 },
  }),
  'zfs-autobackup': (at, one) => ({ name: `${one}-${strftime('%Y%m%d%H%M%S', at)}`, time: { localTime: at, zone: 'local' } }),
  'zfs-autobackup 4 with a tag': (at, one) => ({ name: `${one}-${strftime('%Y%m%d%H%M%S', at)}__offsite`, time: { localTime: at, zone: 'local' } }),
  pyznap: (at, _, kind) => ({ name: strftime(`pyznap_%Y-%m-%d_%H:%M:%S_${kind}`, at), time: { localTime: at, zone: 'local' } }),
  TrueNAS: (at) => ({ name: strftime('auto-%Y-%m-%d_%H-%M', at), time: { localTime: `${at.slice(0, 16)}:00`, zone: 'local' } }),
  'Proxmox replication': (at, one) => ({ name: strftime(`__replicate_${one}_%s__`, at), time: { localTime: at, zone: 0 } }),
  'Proxmox pve-zsync': (at, one) => ({ name: strftime(`rep_${one}_%Y-%m-%d_%H:%M:%S`, at), time: { localTime: at, zone: 'local' } }),
  zfsnap: (at, one) => ({ name: strftime(`${one}-%Y-%m-%d_%H.%M.%S--1w`, at), time: { localTime: at, zone: 'local' } }),
} // prettier-ignore

describe('the name of a snapshot', () => {
  it.each(Object.entries(makers))('by %s tells who made it, and when', (called, make) => {
    fc.assert(
      fc.property(instants, word, label, (at, one, kind) => {
        // An epoch of before September 2001 has fewer digits than any that is written now.
        fc.pre(!/unix|replication/.test(called) || at >= '2001-10')
        const { name, time } = make(at, one, kind)
        expect(parseSnapshotName(name)).toMatchObject({ maker: called.split(' ')[0], time })
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['lifeboat-before-20261122-031218-21a6', 'lifeboat'],
    ['backup_weekly-2026-01-31-1217', 'zfs-auto-snapshot'],
    ['zfs-auto-snap-2026-01-31-1217', 'zfs-auto-snapshot'],
    ['auto-2026-01-31_12-17-2w', 'TrueNAS'],
    ['manual-2026-01-31_12-17', 'TrueNAS'],
    ['zrepl_before_the_upgrade', 'zrepl'],
    ['__migration__', 'Proxmox'],
    ['vzdump', 'Proxmox'],
  ])('%s is by %s', (name, maker) => {
    expect(parseSnapshotName(name).maker).toBe(maker)
  })

  it.each([
    '',
    'before-upgrade',
    'autosnap_2026-02-30_12:00:00_hourly',
    'autosnap_2026-01-31_25:00:00_hourly',
    'my-autosnap_2026-01-31_12:00:00_hourly',
    'auto-2026-01-31',
    'data-2026-01-31-1217',
    'data-20260230120000',
    'data-202601311200',
    'vzdump2',
    '__replicate_100-0_999999999999999__',
    '2026-01-31',
    'syncoid',
  ])('%j is a plain one', (name) => {
    expect(parseSnapshotName(name)).toEqual({ maker: null, time: null, zfsnap: null })
  })

  it('carries what zfsnap wrote into it', () => {
    expect(parseSnapshotName('daily-2026-01-31_12.17.00--1m')).toMatchObject({
      maker: 'zfsnap',
      zfsnap: { prefix: 'daily-', ttl: { months: 1 }, needsPrefixFlag: true },
    })
  })

  it('is read whatever is in it, and a time that is told is one', () => {
    const pieces = fc.constantFrom(
      'autosnap_', 'syncoid_', 'zrepl_', 'zfs-auto-snap_', '__replicate_', 'rep_', 'pyznap_', 'auto-', '2026-01-31', '_',
      '-', ':', '--', '12:17:00', '20260131121700', '99999999999', 'hourly', '1w', '\n', '\0', ' ', '%', 'ü', '🚀', "'", '"',
      '-GMT', '-99:99', '__', 'forever', '2026-02-30', '24:00:00', '__proto__',
    ) // prettier-ignore
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 255 }),
      fc.array(pieces, { maxLength: 12 }).map((each) => each.join('')),
      // At ZFS's own limit, and of one letter, where a pattern that tries too much would never end.
      pieces.map((piece) => piece.repeat(256).slice(0, 256)),
    )
    fc.assert(
      fc.property(anything, (name) => {
        const { maker, time, zfsnap } = parseSnapshotName(name)
        expect(maker !== null || time === null).toBe(true)
        expect(zfsnap !== null).toBe(maker === 'zfsnap')
        const { localTime, zone } = time ?? { localTime: '2026-01-31T12:17:00', zone: 'local' }
        expect(isLocalTime(localTime)).toBe(true)
        expect(zone === 'local' || Math.abs(zone) < 15 * 60).toBe(true)
        expect(replicationOf({ kind: 'bookmark', name })).not.toBeNull()
        expect(() => replicationOf({ kind: 'hold', name })).not.toThrow()
      }),
      runs,
    )
  })
})

describe('what replication needs', () => {
  it.each<[Listed['kind'], string, string | null]>([
    ['snapshot', 'zrepl_20260131_121700_000', 'zrepl'],
    ['snapshot', 'syncoid_web_2026-01-31:12:17:00-GMT02:00', 'syncoid'],
    ['snapshot', 'offsite-20260131121700', 'zfs-autobackup'],
    ['snapshot', '__replicate_100-0_1769861820__', 'Proxmox'],
    ['snapshot', 'rep_default_2026-01-31_12:17:00', 'Proxmox'],
    ['snapshot', 'vzdump', null],
    ['snapshot', 'autosnap_2026-01-31_12:17:00_hourly', null],
    ['snapshot', 'hourly-2026-01-31_12.17.00--1w', null],
    ['snapshot', 'before-upgrade', null],
    ['bookmark', 'zrepl_CURSOR_G_0123456789abcdef_J_push_to_backup', 'zrepl'],
    ['bookmark', 'zrepl_CURSORTENTATIVE__G_0123456789abcdef_J_push', 'zrepl'],
    ['bookmark', 'zrepl_STEP_G_0123456789abcdef_J_push', 'zrepl'],
    ['bookmark', 'zrepl_replication_cursor', 'zrepl'],
    ['bookmark', 'syncoid_web_2026-01-31:12:17:00-GMT02:00', 'syncoid'],
    ['bookmark', 'syncoid_web_2026-01-31:12:17:00-GMT02:00123456', 'syncoid'],
    ['bookmark', 'offsite-20260131121700', 'zfs-autobackup'],
    ['bookmark', 'autosnap_2026-01-31_12:17:00_hourly', 'unknown'],
    ['bookmark', 'base', 'unknown'],
    ['hold', 'zrepl_STEP_J_push_to_backup', 'zrepl'],
    ['hold', 'zrepl_last_received_J_pull', 'zrepl'],
    ['hold', 'zfs_autobackup:offsite', 'zfs-autobackup'],
    ['hold', 'syncoid_offsite_web', 'syncoid'],
    ['hold', '.send-4711-1', 'zfs send'],
    ['hold', 'lifeboat:20261122-031218-21a6', null],
    ['hold', 'keep', null],
    ['hold', 'zrepl_20260131_121700_000', null],
  ])('the %s %s is by %s', (kind, name, by) => {
    expect(replicationOf({ kind, name })).toBe(by)
  })
})
