import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import type { ShellCommand } from '../../../src/remote/command.ts'
import {
  findSnapshots,
  holdSnapshots,
  holdTags,
  listSnapshots,
  releaseSnapshots,
  writtenSince,
} from '../../../src/remote/zfs/snapshot.ts'
import { answer } from '../answer.ts'

const listing = readFileSync(join(import.meta.dirname, '../../fixtures/zfs/list-snapshots.txt'), 'utf8')

/** Runs a command's line where `zfs` is this script. `log`: its file for what it was called with. */
async function withZfs(script: string, { line, stdin = '' }: ShellCommand<unknown>) {
  const folder = await mkdtemp(join(tmpdir(), 'zfs-'))
  try {
    const log = join(folder, 'log')
    await writeFile(join(folder, 'zfs'), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, 'zfs'), 0o755)
    await writeFile(log, '')
    const { exitCode, stdout, stderr } = await execa('/bin/sh', ['-c', line], {
      env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, log },
      input: stdin,
      reject: false,
    })
    return { exitCode, stdout, stderr, log: await readFile(log, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The words of each call of `zfs`. */
async function callsOf(command: ShellCommand<unknown>): Promise<string[][]> {
  const { log } = await withZfs(String.raw`printf '%s\037' "$@" | sed 's/\x1f$/\n/' >>"$log"`, command)
  return log
    .split('\n')
    .filter((call) => call !== '')
    .map((call) => call.split('\u001f'))
}

const inOrder = (a: string[], b: string[]): number => a.join().localeCompare(b.join())

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

  it('asks no dataset about names of others, and of many that are alike at once', async () => {
    const alike = Array.from({ length: 20 }, (_, at) => ({ dataset: `tank/my data ${at}`, snapshot: 'a b' }))
    const calls = await callsOf(writtenSince('tank', [...refs, ...alike, { dataset: 'tank/irc', snapshot: 'a' }]))
    expect(calls.map((call) => call.slice(6)).toSorted(inOrder)).toEqual(
      [
        ['written@a', 'tank', 'tank/home'],
        ['written@a,written@b', 'tank/irc'],
        ['written@a b', ...alike.slice(0, 16).map((each) => each.dataset)],
        ['written@a b', ...alike.slice(16).map((each) => each.dataset)],
      ].toSorted(inOrder),
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

describe('listing the snapshots of a pool', () => {
  const zfs = String.raw`case "$*" in
    *filesystem,volume*) printf '%s\n' tank 'tank/my data' tank/c tank/d tank/e ;;
    *tank/e*) [ -z "$FAIL" ] || { echo 'cannot open tank/e' >&2; exit 1; } ;;
  esac
  case "$*" in *snapshot,bookmark*)
    while [ "$1" != -o ]; do shift; done; shift 2
    for d; do seq 5000 | sed "s|.*|$d@&\tsnapshot\t1\t&\t1795289022\t0\t0\t-|"; done ;;
  esac`

  it('asks for all datasets, and mixes no answers', async () => {
    const { exitCode, stdout } = await withZfs(zfs, listSnapshots('tank'))
    expect(exitCode).toBe(0)
    const found = answer(listSnapshots('tank'), stdout)
    expect(found).toHaveLength(25_000)
    expect(new Set(found.map((each) => `${each.dataset}@${each.name}`)).size).toBe(25_000)
    expect(found.slice(0, 6).map((each) => `${each.dataset}@${each.name}`)).toEqual([
      'tank@1',
      'tank/c@1',
      'tank/d@1',
      'tank/e@1',
      'tank/my data@1',
      'tank@2',
    ])
  })

  it.each([
    ['one dataset can not be listed', `FAIL=1\n${zfs}`],
    ['there is no such pool', 'echo "cannot open tank" >&2; exit 1'],
  ])('fails where %s', async (_why, script) => {
    const { exitCode, stderr } = await withZfs(script, listSnapshots('tank'))
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/cannot open tank/)
  })
})

describe('looking for thousands of snapshots', () => {
  it('asks for each name as one word, and finds those that are there', async () => {
    const many = Array.from({ length: 5000 }, (_, at) => ({ dataset: 'tank/my data', snapshot: `hourly-${at}` }))
    const zfs = String.raw`shift 6; for s; do case "$s" in *7) echo "no $s" >&2 ;; *) printf '%s\t7\n' "$s" ;; esac; done; exit 1`
    const { exitCode, stdout } = await withZfs(zfs, findSnapshots(many))
    expect(exitCode).toBe(0)
    const found = answer(findSnapshots(many), stdout)
    expect(found.size).toBe(4500)
    expect(found.has('tank/my data@hourly-7')).toBe(false)
    expect(found.has('tank/my data@hourly-4998')).toBe(true)
  })

  it('asks for none when there is none', async () => {
    expect(await callsOf(findSnapshots([]))).toEqual([])
  })
})

describe('holding snapshots', () => {
  const refs = Array.from({ length: 40 }, (_, at) => ({ dataset: 'tank/my data', snapshot: `a ${at}` }))
  /** As `zfs hold` and `zfs holds`, with a folder of holds. */
  const zfs = String.raw`held=$(dirname "$0")/held; mkdir -p "$held"; touch "$held/a 3"
    case "$1" in
    hold) shift 2; bad=0; for s; do [ "$s" = "$GONE" ] && { echo "cannot hold $s" >&2; bad=1; continue; }
      [ -e "$held/${'$'}{s##*@}" ] && { echo "tag already exists" >&2; bad=1; } || { touch "$held/${'$'}{s##*@}"; echo "$s" >>"$log"; }; done; exit $bad ;;
    holds) [ ! -e "$held/${'$'}{3##*@}" ] || printf '%s\tlifeboat:r\tSat\n' "$3" ;;
    esac`

  it('holds each by its full name, and leaves one that has this hold already', async () => {
    const { exitCode, stderr, log } = await withZfs(zfs, holdSnapshots('lifeboat:r', refs))
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(log.split('\n').filter(Boolean).toSorted()).toEqual(
      refs
        .map((ref) => `${ref.dataset}@${ref.snapshot}`)
        .filter((name) => !name.endsWith('@a 3'))
        .toSorted(),
    )
  })

  it('fails where one can not be held, and says why', async () => {
    const { exitCode, stderr } = await withZfs(`GONE='tank/my data@a 7'\n${zfs}`, holdSnapshots('lifeboat:r', refs))
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/cannot hold tank\/my data@a 7/)
  })
})

describe('releasing snapshots', () => {
  const refs = Array.from({ length: 40 }, (_, at) => ({ dataset: 'tank/my data', snapshot: `a ${at}` }))
  /** As `zfs release` and `zfs holds`, of snapshots that are all held but two: one is gone, one was never held. */
  const zfs = String.raw`held=$(dirname "$0")/held; mkdir -p "$held"
    lost() { [ "$1" = 'tank/my data@a 3' ] || [ "$1" = 'tank/my data@a 21' ] || [ -e "$held/${'$'}{1##*@}" ]; }
    case "$1" in
    release) shift 2; bad=0; for s; do [ "$s" = "$STUCK" ] && { echo "cannot release $s" >&2; bad=1; continue; }
      lost "$s" && { echo "no such tag" >&2; bad=1; } || { touch "$held/${'$'}{s##*@}"; echo "$s" >>"$log"; }; done; exit $bad ;;
    holds) [ "$3" != 'tank/my data@a 3' ] || { echo "dataset does not exist" >&2; exit 1; }
      lost "$3" || printf '%s\tlifeboat:r\tSat\n' "$3" ;;
    esac`

  it('releases each, and passes over one that has no such hold, or is gone', async () => {
    const { exitCode, stderr, log } = await withZfs(zfs, releaseSnapshots('lifeboat:r', refs))
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(log.split('\n').filter(Boolean)).toHaveLength(38)
  })

  it('fails where one can not be released, and says why', async () => {
    const command = releaseSnapshots('lifeboat:r', refs)
    const { exitCode, stderr } = await withZfs(`STUCK='tank/my data@a 7'\n${zfs}`, command)
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/cannot release tank\/my data@a 7/)
  })
})
