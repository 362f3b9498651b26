import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkArchives, checkFiles } from '../../../src/remote/linux/check-staged.ts'
import {
  discardFolder,
  folderAside,
  isFolderAside,
  folderStanding,
  freshFolder,
  swapFolder,
  unswapFolder,
  type FolderSwap,
} from '../../../src/remote/linux/folder-swap.ts'
import { contentsOfBoth, folderOfArchives, folderOfObjects } from '../../../src/remote/linux/folder.ts'
import { lookAtFolder } from '../../../src/remote/linux/look-at-folder.ts'
import { digestsIn, listStaged, makeStaging, sizesIn } from '../../../src/remote/linux/staging.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { here } from '../here.ts'

const odd = `sub '"; $(x)\n/-b`

let folder: string
let swap: FolderSwap

const name = (at: number): string => String(at).padStart(8, '0')

/** What was fetched: the parts of each object, by its path. */
async function staged(objects: Record<string, readonly (string | Buffer)[]>): Promise<void> {
  await here(makeStaging(swap.staging))
  const paths = Object.keys(objects)
  for (const [at, path] of paths.entries())
    for (const [part, data] of (objects[path] ?? []).entries())
      writeFileSync(join(swap.staging, `${name(at)}.00000${part}`), data)
  await here(
    listStaged(
      swap.staging,
      paths.map((path, at) => ({ name: name(at), path })),
    ),
  )
}

const inPlace = (path: string): string => readFileSync(join(swap.into, path), 'utf8')

afterEach(() => vi.unstubAllEnvs())

beforeEach(async () => {
  folder = await temporaryFolder()
  swap = { run: '20261122-000000-abcd', into: join(folder, 'the chat'), staging: join(folder, 'staging') }
  mkdirSync(swap.into)
  chmodSync(swap.into, 0o750)
  writeFileSync(join(swap.into, 'a'), 'old', { mode: 0o600 })
})

describe('a folder of objects', () => {
  beforeEach(() => staged({ a: ['new'], [odd]: ['part 1 ', 'part 2'], 'empty/': [''] }))

  it('takes the place of the old one, with its modes, and makes way for it again', async () => {
    await here(folderOfObjects(swap))
    expect([inPlace('a'), await here(folderStanding(swap))]).toEqual(['old', 'old'])
    utimesSync(join(swap.into, 'a'), 1_795_289_022, 1_795_289_022)
    expect(await here(contentsOfBoth(swap))).toEqual({
      fresh: { files: 2, bytes: 16, newestMs: expect.any(Number) as unknown },
      old: { files: 1, bytes: 3, newestMs: 1_795_289_022_000 },
    })
    await here(swapFolder(swap))
    expect([inPlace('a'), inPlace(odd), await here(folderStanding(swap))]).toEqual(['new', 'part 1 part 2', 'new'])
    expect(statSync(swap.into).mode & 0o777).toBe(0o750)
    expect(statSync(join(swap.into, 'a')).mode & 0o777).toBe(0o600)
    expect(statSync(join(swap.into, 'empty')).isDirectory()).toBe(true)
    expect(readFileSync(join(folderAside(swap), 'a'), 'utf8')).toBe('old')
    expect(await here(isFolderAside(swap))).toBe(true)
    await here(unswapFolder(swap))
    await here(discardFolder(swap))
    expect(inPlace('a')).toBe('old')
    expect(existsSync(folderAside(swap))).toBe(false)
  })

  it('has on each level the owners and modes of what it replaces', async () => {
    await staged({ 'up/2024/11/x.jpg': ['x'], 'up/readme': ['r'], 'up/2024/12/': [''], 'new/deep/y': ['y'] })
    mkdirSync(join(swap.into, 'up/2024/11'), { recursive: true })
    const modes = { up: 0o2770, 'up/2024': 0o700, 'up/2024/11': 0o2750 }
    for (const [path, mode] of Object.entries(modes)) chmodSync(join(swap.into, path), mode)
    await execa('chown', ['-R', 'daemon:games', swap.into])
    for (const [path, mode] of Object.entries(modes)) chmodSync(join(swap.into, path), mode)
    await here(folderOfObjects(swap))
    await here(swapFolder(swap))
    const standOf = (path: string) => statSync(join(swap.into, path))
    for (const [path, mode] of Object.entries(modes)) expect([path, standOf(path).mode & 0o7777]).toEqual([path, mode])
    for (const path of ['up', 'up/2024', 'up/2024/12', 'new', 'new/deep', 'new/deep/y'])
      expect([path, standOf(path).uid, standOf(path).gid]).toEqual([path, 1, 60])
    expect([inPlace('new/deep/y'), inPlace('up/2024/11/x.jpg')]).toEqual(['y', 'x'])
  })

  it('that is not there any more gets the owner that was configured', async () => {
    rmSync(swap.into, { recursive: true })
    await here(folderOfObjects({ ...swap, owner: 'daemon:games' }))
    expect((await here(contentsOfBoth(swap))).old).toBe(null)
    await here(swapFolder(swap))
    expect(await here(isFolderAside(swap))).toBe(false)
    const [{ uid, gid }, file] = [statSync(swap.into), statSync(join(swap.into, odd))]
    expect([uid, gid, file.uid, file.gid]).toEqual([1, 60, 1, 60])
  })

  it('goes on after a kill between the two renames, forwards and backwards', async () => {
    await here(folderOfObjects(swap))
    await execa('mv', [swap.into, folderAside(swap)])
    expect(await here(folderStanding(swap))).toBe('between')
    await here(unswapFolder(swap))
    expect(inPlace('a')).toBe('old')
    await execa('mv', [swap.into, folderAside(swap)])
    await here(swapFolder(swap))
    expect(inPlace('a')).toBe('new')
    expect(await here(folderStanding(swap))).toBe('new')
  })

  it('made twice, swapped twice and swapped back twice is as once', async () => {
    for (const command of [folderOfObjects(swap), folderOfObjects(swap), swapFolder(swap), swapFolder(swap)])
      await here(command)
    expect([inPlace('a'), readFileSync(join(folderAside(swap), 'a'), 'utf8')]).toEqual(['new', 'old'])
    for (const command of [unswapFolder(swap), unswapFolder(swap)]) await here(command)
    expect(inPlace('a')).toBe('old')
  })

  it('is told by the sizes and the sums of its parts', async () => {
    expect(await here(sizesIn(swap.staging, ['00000001.000000', '00000009.000000']))).toEqual(
      new Map([['00000001.000000', 7]]),
    )
    expect((await here(digestsIn(swap.staging, new Map()))).get('00000000')).toEqual([
      '22af645d1859cb5ca6da0c484f1f37ea',
    ])
    expect(await here(checkFiles(swap.staging))).toContainEqual({ kind: 'bytes', text: '16' })
  })
})

describe('what the dump lacks and is to be kept', () => {
  const kept = ['backup', 'var/cache here/-x', 'a', 'not there', 'link']

  beforeEach(async () => {
    await staged({ a: ['new'], b: ['new'] })
    swap = { ...swap, keep: kept }
    mkdirSync(join(swap.into, 'backup/encrypted'), { recursive: true })
    writeFileSync(join(swap.into, 'backup/secret_key.txt'), 'key', { mode: 0o400 })
    mkdirSync(join(swap.into, 'var/cache here/-x'), { recursive: true })
    chmodSync(join(swap.into, 'var'), 0o711)
    writeFileSync(join(swap.into, 'var/cache here/-x/f'), 'cached')
    writeFileSync(join(swap.into, 'var/other'), 'not kept')
    symlinkSync('/nowhere', join(swap.into, 'link'))
    await here(folderOfObjects(swap))
  })

  it('is taken over from the old folder, which is left as it was', async () => {
    await here(swapFolder(swap))
    expect([inPlace('a'), inPlace('backup/secret_key.txt'), inPlace('var/cache here/-x/f')]).toEqual([
      'new',
      'key',
      'cached',
    ])
    expect(statSync(join(swap.into, 'backup/secret_key.txt')).mode & 0o777).toBe(0o400)
    expect(statSync(join(swap.into, 'var')).mode & 0o777).toBe(0o711)
    expect(readdirSync(swap.into).toSorted()).toEqual(['a', 'b', 'backup', 'link', 'var'])
    expect([readlinkSync(join(swap.into, 'link')), existsSync(join(swap.into, 'var/other'))]).toEqual([
      '/nowhere',
      false,
    ])
    expect(readFileSync(join(folderAside(swap), 'backup/secret_key.txt'), 'utf8')).toBe('key')
    await here(unswapFolder(swap))
    expect([inPlace('a'), inPlace('var/other')]).toEqual(['old', 'not kept'])
  })

  it('is taken over anew when it was put in place once, and the old folder was written to since', async () => {
    await here(swapFolder(swap))
    await here(unswapFolder(swap))
    writeFileSync(join(swap.into, 'var/cache here/-x/f'), 'newer')
    await here(swapFolder(swap))
    await here(swapFolder(swap))
    expect([inPlace('var/cache here/-x/f'), inPlace('a')]).toEqual(['newer', 'new'])
  })

  it('is not written through a link that the dump has', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(freshFolder(swap), 'var'))
    const failed = await execa('/bin/sh', ['-c', swapFolder(swap).line], { reject: false })
    expect(failed).toMatchObject({ exitCode: 19, stderr: expect.stringContaining('has a link at var/') as unknown })
    expect([inPlace('a'), readdirSync(join(folder, 'elsewhere'))]).toEqual(['old', []])
  })
})

const packed = async (how: string, from: string, ...names: string[]): Promise<Buffer> =>
  Buffer.from((await execa('tar', ['-C', from, how, '-', '--', ...names], { encoding: 'buffer' })).stdout)

const archive = (from: string, ...names: string[]): Promise<Buffer> => packed('-czf', from, ...names)

describe('a folder of archives', () => {
  it.each(['.', 'the chat', 'whole'])('has the same files, where the archive was made of %s', async (made) => {
    const whole = join(folder, 'x', swap.into)
    mkdirSync(join(whole, 'deep'), { recursive: true })
    writeFileSync(join(whole, 'deep/f'), 'archived')
    const [from, what] =
      made === '.'
        ? [whole, '.']
        : made === 'whole'
          ? [join(folder, 'x'), swap.into.slice(1)]
          : [join(whole, '..'), made]
    const data = await archive(from, what)
    await staged({ 'a.tgz': [data] })
    expect(await here(checkArchives(swap))).toContainEqual({ kind: 'bytes', text: '8' })
    await here(folderOfArchives(swap))
    await here(swapFolder(swap))
    expect(inPlace('deep/f')).toBe('archived')
  })

  it('is made of one that tar has something to say of', async () => {
    writeFileSync(join(swap.into, 'f'), 'archived')
    // The whole path, with its leading slash, as -P leaves it.
    await staged({ 'a.tgz': [await packed('-czPf', folder, swap.into)] })
    const said = await here(checkArchives(swap))
    expect(said).toContainEqual({ kind: 'bytes', text: '11' })
    expect(said).toContainEqual({ kind: 'fact', text: 'a.tgz: 3 entries' })
    await here(folderOfArchives(swap))
    await here(swapFolder(swap))
    expect(inPlace('f')).toBe('archived')
  })

  it('is made under a name that is not ASCII, whatever the locale of the host is', async () => {
    vi.stubEnv('LC_ALL', 'C')
    swap = { ...swap, into: join(folder, 'wwä') }
    mkdirSync(swap.into)
    writeFileSync(join(swap.into, 'f'), 'archived')
    await staged({ 'a.tgz': [await archive(folder, 'wwä')] })
    await here(folderOfArchives(swap))
    await here(swapFolder(swap))
    expect(inPlace('f')).toBe('archived')
  })

  it('is refused where the archive was cut off, or holds nothing, or is none', async () => {
    const data = await archive(folder, 'the chat')
    for (const broken of [data.subarray(0, data.length - 9), Buffer.from('no archive'), Buffer.alloc(0)]) {
      await staged({ 'a.tgz': [broken] })
      expect((await here(checkArchives(swap))).map((line) => line.kind)).toContain('problem')
    }
  })
})

it('an archive without compression is refused where it was cut off between two members, and else taken', async () => {
  const whole = await packed('-cf', folder, 'the chat')
  // tar fills up to 10 KiB: a folder and a file take 512 bytes each, and what is in the file 512 more.
  for (const [data, problems] of [
    [whole, 0],
    [whole.subarray(0, 1536), 1],
    [whole.subarray(0, 512), 1],
  ] as const) {
    await staged({ 'a.tar': [data.subarray(0, 300), data.subarray(300)] })
    const said = await here(checkArchives(swap))
    expect(said.filter(({ kind }) => kind === 'problem')).toHaveLength(problems)
  }
})

it('what is where the folder is to be is told', async () => {
  expect(await here(lookAtFolder(swap.into))).toEqual({
    is: 'folder',
    parent: true,
    dataset: null,
    mountpoint: false,
    mountsBelow: 0,
  })
  symlinkSync(swap.into, join(folder, 'link'))
  expect(await here(lookAtFolder(join(folder, 'link')))).toMatchObject({ is: 'link' })
  expect(await here(lookAtFolder(join(folder, 'no/where')))).toMatchObject({ is: 'absent', parent: false })
  expect(await here(lookAtFolder('/'))).toMatchObject({ mountpoint: true })
})
