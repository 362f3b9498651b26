import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { listDatasets, unmountDatasets } from '../../../src/remote/zfs/dataset.ts'
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

/** Runs the line with a `zfs` that fails to unmount, and says of every dataset that it is mounted: `mounted`. */
const unmount = async (mounted: 'yes' | 'no'): Promise<{ exitCode?: number; stdout: string }> => {
  const zfs = `zfs() { if [ "$1" = get ]; then echo ${mounted}; else printf '<%s>' "$2"; false; fi; }`
  const { line, stdin } = unmountDatasets(['tank/my data', 'tank'])
  const { exitCode, stdout } = await execa('/bin/sh', ['-c', `${zfs}\n${line}`], {
    input: stdin ?? '',
    reject: false,
  })
  return { stdout, ...(exitCode === undefined ? {} : { exitCode }) }
}

describe('unmounting', () => {
  it('goes on where a dataset is not mounted, in the order given', async () => {
    expect(await unmount('no')).toEqual({ exitCode: 0, stdout: '<tank/my data><tank>' })
  })

  it('stops at the first that stays mounted', async () => {
    expect(await unmount('yes')).toEqual({ exitCode: 1, stdout: '<tank/my data>' })
  })
})
