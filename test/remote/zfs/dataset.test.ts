import { describe, expect, it } from 'vitest'
import { listDatasets } from '../../../src/remote/zfs/dataset.ts'
import { answer } from '../answer.ts'

const fields = (...cells: string[]): string => `${cells.join('\t')}\n`

describe('datasets', () => {
  it('are read with their sizes as numbers and their GUIDs as text', () => {
    const stdout = fields(
      'tank',
      'filesystem',
      '18446744073709551615',
      '1',
      '/tank',
      'on',
      'yes',
      '98304',
      '0',
      '-',
      '-',
      '-',
      'none',
    )
    expect(answer(listDatasets('tank'), stdout)).toEqual([
      {
        name: 'tank',
        type: 'filesystem',
        guid: '18446744073709551615',
        createtxg: 1,
        mountpoint: '/tank',
        canmount: 'on',
        mounted: true,
        usedBytes: 98304,
        writtenBytes: 0,
        origin: null,
        keyStatus: null,
        encryptionRoot: null,
        keyLocation: 'none',
      },
    ])
  })

  it('may have names and mountpoints with spaces, an origin and a key', () => {
    const stdout =
      'tank/my data\tfilesystem\t7\t9\t/srv/my data\tnoauto\tno\t4096\t1024\ttank/irc@a b\tunavailable\ttank/my data\tprompt\n'
    expect(answer(listDatasets('tank'), stdout)).toMatchObject([
      {
        name: 'tank/my data',
        mountpoint: '/srv/my data',
        mounted: false,
        writtenBytes: 1024,
        origin: 'tank/irc@a b',
        keyStatus: 'unavailable',
        encryptionRoot: 'tank/my data',
        keyLocation: 'prompt',
      },
    ])
  })

  it('may be volumes, which are not mounted', () => {
    const stdout = fields('tank/disk', 'volume', '7', '9', '-', '-', '-', '4096', '0', '-', '-', '-', 'none')
    expect(answer(listDatasets('tank'), stdout)).toMatchObject([{ type: 'volume', canmount: '-', mounted: false }])
  })
})
