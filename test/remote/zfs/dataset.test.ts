import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import {
  findSnapshots,
  holdSnapshots,
  holdTags,
  listDatasets,
  listSnapshots,
  unmountDatasets,
  writtenSince,
} from '../../../src/remote/zfs/dataset.ts'
import { answer } from '../answer.ts'

const listing = readFileSync(join(import.meta.dirname, '../../fixtures/zfs/list-snapshots.txt'), 'utf8')

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

describe('snapshots', () => {
  it('of a real pool are read, in the order of their transaction groups', () => {
    const snapshots = answer(listSnapshots('tank'), listing)
    expect(snapshots).toHaveLength(19)
    expect(snapshots.map((each) => each.createtxg)).toEqual(
      snapshots.map((each) => each.createtxg).toSorted((a, b) => a - b),
    )
    expect(snapshots.at(3)).toEqual({
      dataset: 'tank/home/alice',
      name: 'daily-2020-03-21_00.00.00--1m',
      kind: 'snapshot',
      guid: '11097477523215678283',
      createtxg: 16,
      createdAt: '2026-11-21T19:23:42.000Z',
      usedBytes: 65536,
      holds: 0,
      clones: [],
    })
  })

  it('tell their holds and clones', () => {
    const stdout = 'tank/irc@a\tsnapshot\t1\t5\t0\t1\t2\ttank/copy,tank/other copy\n'
    expect(answer(listSnapshots('tank'), stdout)).toMatchObject([
      { holds: 2, clones: ['tank/copy', 'tank/other copy'] },
    ])
  })

  it('are told apart from bookmarks, whose `-` fields are no numbers', () => {
    const stdout = 'tank/irc#sent\tbookmark\t1\t5\t1795289022\t-\t-\t-\n'
    expect(answer(listSnapshots('tank'), stdout)).toEqual([
      {
        dataset: 'tank/irc',
        name: 'sent',
        kind: 'bookmark',
        guid: '1',
        createtxg: 5,
        createdAt: '2026-11-21T19:23:42.000Z',
        usedBytes: 0,
        holds: 0,
        clones: [],
      },
    ])
  })

  it('may have spaces in the names of dataset and snapshot', () => {
    const stdout = 'tank/my data@before the upgrade\tsnapshot\t1\t5\t0\t0\t0\t-\n'
    expect(answer(listSnapshots('tank'), stdout)).toMatchObject([
      { dataset: 'tank/my data', name: 'before the upgrade' },
    ])
  })
})

describe('looking for certain snapshots', () => {
  const refs = [
    { dataset: 'tank/irc', snapshot: 'a' },
    { dataset: 'tank/my data', snapshot: 'b c' },
  ]

  it('gives the GUIDs of those that are there', () => {
    expect(answer(findSnapshots(refs), 'tank/irc@a\t18446744073709551615\n')).toEqual(
      new Map([['tank/irc@a', '18446744073709551615']]),
    )
  })

  it('asks for each name as one word, however many there are, and for none when there is none', async () => {
    // Instead of zfs: says each word it was given.
    const words = async (stdin: string | undefined): Promise<string[]> => {
      const line = findSnapshots(refs).line.replace('zfs list -Hp -t snapshot -o name,guid', String.raw`printf '%s\n'`)
      return (await execa('/bin/sh', ['-c', line], { input: stdin ?? '', stripFinalNewline: false })).stdout.split('\n')
    }
    expect(await words(findSnapshots(refs).stdin)).toEqual(['tank/irc@a', 'tank/my data@b c', ''])
    const many = Array.from({ length: 20_000 }, (_, at) => ({ dataset: 'tank/irc', snapshot: `hourly-${at}` }))
    expect(await words(findSnapshots(many).stdin)).toHaveLength(20_001)
    expect(await words(findSnapshots([]).stdin)).toEqual([''])
  })
})

describe('what was written since a snapshot', () => {
  const refs = [
    { dataset: 'tank', snapshot: 'a' },
    { dataset: 'tank/irc', snapshot: 'b' },
    { dataset: 'tank/home', snapshot: 'a' },
  ]

  it('is kept for the pairs that were asked for, and no others', () => {
    const stdout = [
      'tank\twritten@a\t0',
      'tank\twritten@b\t77',
      'tank/irc\twritten@a\t88',
      'tank/irc\twritten@b\t1024',
      'tank/home\twritten@a\t-',
      'tank/home\twritten@b\t-',
      'tank/other\twritten@a\t99',
      '',
    ].join('\n')
    expect(answer(writtenSince('tank', refs), stdout)).toEqual(
      new Map([
        ['tank@a', 0],
        ['tank/irc@b', 1024],
      ]),
    )
  })

  it('asks for each name once', () => {
    expect(writtenSince('tank', refs).line).toBe(
      'zfs get -Hpr -t filesystem,volume -o name,property,value written@a,written@b tank',
    )
  })
})

it('the holders of snapshots are one entry for each hold', () => {
  const stdout = 'tank@a\tlifeboat:r\tSat Nov 21 19:23 2026\ntank@a\tsend\tSat Nov 21 19:24 2026\n'
  expect(answer(holdTags([{ dataset: 'tank', snapshot: 'a' }]), stdout)).toEqual([
    { name: 'tank@a', tag: 'lifeboat:r' },
    { name: 'tank@a', tag: 'send' },
  ])
})

it('snapshots are held by their full names, on standard input', () => {
  expect(holdSnapshots('lifeboat:r', [{ dataset: 'tank/my data', snapshot: 'a b' }])).toMatchObject({
    line: expect.stringMatching(/zfs hold lifeboat:r "\$s"/) as string,
    stdin: 'tank/my data@a b\n',
    reads: false,
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
