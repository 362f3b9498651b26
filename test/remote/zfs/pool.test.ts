import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  exportPool,
  importPool,
  listPools,
  parseLabel,
  poolDevices,
  poolStates,
  readLabel,
} from '../../../src/remote/zfs/pool.ts'
import { answer } from '../answer.ts'

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/zfs', `${name}.txt`), 'utf8')

describe('a label', () => {
  it('tells the pool, its last host and its one top-level vdev', () => {
    expect(parseLabel(fixture('labels-of-a-disk'))).toEqual({
      name: 'tank',
      guid: '12151237197436924598',
      state: 0,
      txg: '119',
      hostId: '1622734301',
      hostName: 'restore-lab',
      topLevelVdevs: 1,
      topLevelType: 'disk',
      readable: 4,
    })
  })

  it('is the first whole one of several, with nothing of the later ones in it', () => {
    expect(parseLabel(fixture('labels-of-a-mirror'))).toEqual({
      name: 'my pool',
      guid: '1358522578922881949',
      state: 1,
      txg: '48211',
      hostId: null,
      hostName: "it's.example",
      topLevelVdevs: 2,
      topLevelType: 'mirror',
      readable: 3,
    })
  })

  it.each(['labels-of-no-member', 'labels-of-a-spare'])('is none in %s', (name) => {
    expect(parseLabel(fixture(name))).toBeUndefined()
  })

  it('is none where zdb ends with 2 because nothing could be unpacked', () => {
    const command = readLabel('/dev/nvme1n1')
    expect(command.accepts).toContain(2)
    expect(answer(command, fixture('labels-of-no-member'), 2)).toBeUndefined()
  })

  it('keeps a GUID that no JavaScript number can hold', () => {
    const text = fixture('labels-of-a-disk').replace('12151237197436924598', '18446744073709551615')
    expect(parseLabel(text)?.guid).toBe('18446744073709551615')
  })
})

describe('the pools of a host', () => {
  it('are listed with what they were imported as', () => {
    const stdout = 'rpool\t11\tONLINE\toff\t-\ntank\t12151237197436924598\tDEGRADED\ton\t/run/lifeboat/r/look\n'
    expect(answer(listPools(), stdout)).toEqual([
      { name: 'rpool', guid: '11', health: 'ONLINE', readonly: false, altroot: null },
      {
        name: 'tank',
        guid: '12151237197436924598',
        health: 'DEGRADED',
        readonly: true,
        altroot: '/run/lifeboat/r/look',
      },
    ])
  })

  it('are none without output', () => {
    expect(answer(listPools(), '')).toEqual([])
  })

  it('are named by the kernel, with their state', () => {
    const stdout = '/proc/spl/kstat/zfs/rpool/state\tONLINE\n/proc/spl/kstat/zfs/my pool/state\tSUSPENDED\n'
    expect(answer(poolStates(), stdout)).toEqual([
      { pool: 'rpool', state: 'ONLINE' },
      { pool: 'my pool', state: 'SUSPENDED' },
    ])
  })
})

describe('the devices of a pool', () => {
  it('are all its disks, whatever vdev they are below', () => {
    const stdout = [
      'tank\t1.88G\t5.01M\t1.87G\t-\t-\t0%\t0%\t1.00x\tONLINE\t-',
      '\t/dev/nvme1n1p1\t1.88G\t5.01M\t1.87G\t-\t-\t0%\t0.26%\t-\tONLINE',
      'mirror-1\t1.88G\t0\t1.88G\t-\t-\t0%\t0%\t-\tONLINE',
      '\t/dev/sdb1\t-\t-\t-\t-\t-\t-\t-\t-\tONLINE',
      '\t/dev/sdc1\t-\t-\t-\t-\t-\t-\t-\t-\tONLINE',
      '',
    ].join('\n')
    expect(answer(poolDevices('tank'), stdout)).toEqual(['/dev/nvme1n1p1', '/dev/sdb1', '/dev/sdc1'])
  })
})

describe('importing', () => {
  const node = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0-part1'

  it('to look writes nothing, mounts nothing and is not remembered', () => {
    expect(importPool({ guid: '12', node, force: true, inspection: { altroot: '/run/lifeboat/r/look' } }).line).toBe(
      `zpool import -N -R /run/lifeboat/r/look -o readonly=on -o cachefile=none -f -d ${node} 12`,
    )
  })

  it('for writing has no altroot, and no -f unless it is needed', () => {
    expect(importPool({ guid: '12', node, force: false }).line).toBe(`zpool import -N -o cachefile=none -d ${node} 12`)
  })

  it.each([importPool({ guid: '12', node, force: false }), exportPool('tank')])(
    'changes the host: $line',
    (command) => {
      expect(command.reads).toBe(false)
    },
  )
})
