import { describe, expect, it } from 'vitest'
import { pastDevice, pastPool } from '../../../../../src/lab/host/simulated/zfs/past-pool.ts'
import { fakeHost } from './fake-host.ts'

const noon = Date.parse('2026-11-20T12:00:00Z')
const hour = 3_600_000

function twoDays() {
  const pool = pastPool({ hostid: '60b8f5dd', hostname: 'irc-1', serial: 'vol1', sizeBytes: 1024 ** 3, seed: 'world' })
  pool.at(noon)
  pool.zpool(['create', '-O', 'mountpoint=/tank', 'tank', pastDevice])
  pool.zfs(['create', 'tank/my home'])
  const evenings: string[] = []
  for (let at = 1; at <= 48; at++) {
    pool.at(noon + at * hour)
    pool.write('tank/my home', '/notes/today.txt', `${at}\n`, { uid: 1000 })
    pool.zfs(['snapshot', '-r', `tank@${at}`])
    if (at % 24 === 0) evenings.push(pool.image())
  }
  return evenings
}

const importedFrom = (image: string) => {
  const host = fakeHost()
  host.plug('/dev/nvme1n1', 'vol2', image)
  host.run('zpool import -f tank')
  return host
}

describe('a pool with a past', () => {
  it('is on its disk as it was each evening', () => {
    const [first = '', second = ''] = twoDays()
    const host = importedFrom(first)
    expect(host.zfs.snapshotsOf('tank/my home')).toHaveLength(24)
    expect(host.read('/tank/my home/notes/today.txt')).toBe('24\n')
    expect(importedFrom(second).read('/tank/my home/notes/today.txt')).toBe('48\n')
    const snapshot = host.zfs.snapshotFiles('tank/my home', '7')
    expect(snapshot?.get('/notes')).toMatchObject({ kind: 'directory', mode: 0o755, uid: 1000 })
    expect(host.run('zfs get -Hpo value creation tank@7')).toBe(`${(noon + 7 * hour) / 1000}\n`)
  })

  it('has transaction groups that follow the time', () => {
    const [, second = ''] = twoDays()
    const host = importedFrom(second)
    const txg = (name: string): number => Number(host.run(`zfs get -Hpo value createtxg ${name}`))
    expect(txg('tank@8') - txg('tank@7')).toBeGreaterThanOrEqual(hour / 5000)
  })

  it('is the same each time', () => {
    expect(twoDays()).toEqual(twoDays())
  })

  it('refuses what ZFS would refuse', () => {
    const pool = pastPool({
      hostid: '60b8f5dd',
      hostname: 'irc-1',
      serial: 'vol1',
      sizeBytes: 1024 ** 3,
      seed: 'world',
    })
    expect(() => pool.zfs(['create', 'tank/a'])).toThrow("no such pool 'tank'")
    expect(() => pool.write('tank', '/a', '')).toThrow('there is no dataset tank')
  })
})
