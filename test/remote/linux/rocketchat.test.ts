// There is no snap here: test/stand-ins/snap stands in for it, with a folder in place of MongoDB.
import { execa } from 'execa'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  checkSnapArchive,
  copyToSnap,
  lookAtSnap,
  removeFromSnap,
  restoreSnap,
  snapAside,
  snapStanding,
  unrestoreSnap,
  type SnapSwap,
} from '../../../src/remote/linux/rocketchat.ts'
import { listStaged, makeStaging } from '../../../src/remote/linux/staging.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { here } from '../here.ts'

let folder: string
let swap: SnapSwap

type Collections = Readonly<Record<string, string>>

const ofDump: Collections = { rocketchat_message: 'dumped', users: 'ann' }

/** An archive as backupdb makes one. */
async function archive(collections: Collections, top = 'dump/parties'): Promise<Buffer> {
  const from = await temporaryFolder()
  mkdirSync(join(from, top), { recursive: true })
  for (const [name, text] of Object.entries(collections)) writeFileSync(join(from, top, `${name}.bson`), text)
  return Buffer.from((await execa('tar', ['-C', from, '-czf', '-', '.'], { encoding: 'buffer' })).stdout)
}

async function staged(...objects: readonly Buffer[]): Promise<void> {
  await here(makeStaging(swap.staging))
  for (const [at, data] of objects.entries()) {
    writeFileSync(join(swap.staging, `0000000${at}.000000`), data.subarray(0, 50))
    writeFileSync(join(swap.staging, `0000000${at}.000001`), data.subarray(50))
  }
  await here(
    listStaged(
      swap.staging,
      objects.map((_, at) => ({ name: `0000000${at}`, path: `${at}.tar.gz` })),
    ),
  )
}

/** What the snap's database has. */
function database(): Collections {
  const parties = join(folder, 'parties')
  return Object.fromEntries(
    readdirSync(parties).map((name) => [name.replace(/\.bson$/, ''), readFileSync(join(parties, name), 'utf8')]),
  )
}

/** What restoredb leaves beside its logs: a copy of all that it restored. */
const extracted = (): string[] => readdirSync(join(swap.common, 'restore')).filter((name) => !name.endsWith('.log'))

const write = (collection: string, text: string): void =>
  writeFileSync(join(folder, 'parties', `${collection}.bson`), text)

const snapIs = (what: string): void => void vi.stubEnv('STAND_IN_SNAP_IS', what)

/** A changing command that is to fail; killed where it kills its own group. */
const failing = (line: string) => execa('/bin/sh', ['-c', line], { detached: true, reject: false })

beforeEach(async () => {
  folder = await temporaryFolder()
  swap = { run: '20261122-000000-abcd', common: join(folder, 'common'), staging: join(folder, 'staging') }
  mkdirSync(swap.common)
  mkdirSync(join(folder, 'parties'))
  write('rocketchat_message', 'old')
  write('users', 'bob')
  vi.stubEnv('STAND_IN_SNAP', folder)
  vi.stubEnv('PATH', `${join(import.meta.dirname, '../../stand-ins')}${delimiter}${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  await staged(await archive(ofDump))
})

const old: Collections = { rocketchat_message: 'old', users: 'bob' }

describe.each(['', 'older', 'mongo4', 'newest'])('an archive of backupdb, where the snap is %j,', (what) => {
  beforeEach(() => snapIs(what))

  it('takes the place of the old data, which is kept, and makes way for it again', async () => {
    await here(copyToSnap(swap))
    expect([database(), await here(snapStanding(swap))]).toEqual([old, 'old'])
    await here(restoreSnap(swap))
    expect([database(), await here(snapStanding(swap))]).toEqual([ofDump, 'new'])
    // The backup's own folder is uploaded and emptied by the next backup.
    expect(readdirSync(join(swap.common, 'backup'))).toEqual([])
    expect(readdirSync(swap.common).toSorted()).toEqual([
      'backup',
      'restore',
      'rocketchat_before_20261122-000000-abcd.tar.gz',
    ])
    expect(extracted()).toEqual([])
    await here(unrestoreSnap(swap))
    expect([database(), await here(snapStanding(swap))]).toEqual([old, 'old'])
    expect(extracted()).toEqual([])
  })

  it('that ends in the middle is begun again, or the old data comes back', async () => {
    for (const end of ['breaks', 'killed']) {
      snapIs(`${what} ${end}`)
      const failed = await failing(restoreSnap(swap).line)
      expect([failed.signal, failed.stderr.includes('Restore aborted!')]).toEqual(
        end === 'breaks' ? [undefined, true] : ['SIGKILL', false],
      )
      expect([database(), await here(snapStanding(swap))]).toEqual([
        { ...old, rocketchat_message: 'dumped' },
        'between',
      ])
      snapIs(what)
      if (end === 'breaks') await here(unrestoreSnap(swap))
      else await here(restoreSnap(swap))
      expect(database()).toEqual(end === 'breaks' ? old : ofDump)
    }
    await here(unrestoreSnap(swap))
    expect(database()).toEqual(old)
  })
})

it('what is put in place twice, and taken out twice, is as once', async () => {
  for (const command of [copyToSnap(swap), copyToSnap(swap), restoreSnap(swap), restoreSnap(swap)]) await here(command)
  expect(database()).toEqual(ofDump)
  for (const command of [unrestoreSnap(swap), unrestoreSnap(swap)]) await here(command)
  expect(database()).toEqual(old)
})

it('what was never put in place is not taken out', async () => {
  write('users', 'new since')
  await here(unrestoreSnap(swap))
  expect(database()).toEqual({ ...old, users: 'new since' })
})

it('what the services wrote before the old data came back is kept beside it, and what they wrote before a second try too', async () => {
  await here(restoreSnap(swap))
  write('users', 'eve')
  await here(unrestoreSnap(swap))
  const kept = join(swap.common, 'rocketchat_lifeboat_20261122-000000-abcd.tar.gz')
  const { stdout } = await execa('tar', ['-xzOf', kept, 'dump/parties/users.bson'])
  expect([stdout, database()]).toEqual(['eve', old])
  write('users', 'carol')
  await here(restoreSnap(swap))
  await here(unrestoreSnap(swap))
  expect(database()).toEqual({ ...old, users: 'carol' })
  await here(removeFromSnap(swap))
  expect(existsSync(kept)).toBe(false)
})

it('nothing is restored where the old data can not be kept', async () => {
  snapIs('unreachable')
  const failed = await failing(restoreSnap(swap).line)
  expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringContaining('without a single collection')])
  expect([database(), await here(snapStanding(swap))]).toEqual([old, 'old'])
  expect(existsSync(snapAside(swap))).toBe(false)
})

describe('an archive that is read to its end', () => {
  it('is told by its collections', async () => {
    expect(await here(checkSnapArchive(swap))).toEqual([
      { kind: 'fact', text: '0.tar.gz: 2 collections' },
      { kind: 'bytes', text: '9' },
    ])
  })

  it.each<[string, () => Promise<readonly Buffer[]>, RegExp]>([
    ['cut off', async () => [(await archive(ofDump)).subarray(0, 150)], /is broken/],
    ['empty of collections', async () => [await archive({})], /has no collection/],
    ['of another kind', async () => [await archive(ofDump, 'srv')], /has no collection/],
    ['not compressed', async () => [Buffer.from('no archive')], /not compressed by gzip/],
    ['not alone', async () => [await archive(ofDump), await archive(ofDump)], /there are 2 archives/],
  ])('and is refused where it is %s', async (_what, objects, why) => {
    rmSync(swap.staging, { recursive: true })
    await staged(...(await objects()))
    const problems = (await here(checkSnapArchive(swap))).filter((line) => line.kind === 'problem')
    expect(problems.map((line) => line.text)).toEqual([expect.stringMatching(why)])
  })
})

it('a host without the snap is told', async () => {
  expect(await here(lookAtSnap('/no/where'))).toEqual({ installed: false, mongo: false })
  expect(await here(lookAtSnap(swap.common))).toMatchObject({ installed: true })
})
