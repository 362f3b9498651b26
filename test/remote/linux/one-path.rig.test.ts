// One path of backups that Debian's own duplicity has made on this machine, as root: the same commands as on a host.
import { execa } from 'execa'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkDuplicity, folderOfDuplicity } from '../../../src/remote/linux/duplicity.ts'
import {
  discardFolder,
  folderAside,
  folderStanding,
  isFolderAside,
  swapFolder,
  unswapFolder,
} from '../../../src/remote/linux/folder-swap.ts'
import { contentsOfBoth } from '../../../src/remote/linux/folder.ts'
import { listStaged, makeStaging } from '../../../src/remote/linux/staging.ts'
import { checkedBy } from '../../../src/steps/recipes/checked.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { here } from '../here.ts'

const { HOME } = process.env
let made: string

const name = (at: number) => String(at).padStart(8, '0')

const shell = (line: string, cwd: string) => execa('bash', ['-c', line], { cwd })

/** Names that a shell, tar(1), awk(1) or duplicity's own options could take for something else. */
const odd = [
  'with space',
  ` both " and ' of them`,
  '-dash',
  'two\nlines',
  'gl*b[1]?',
  '$HOME',
  '${PATH}',
  '~root',
  'a -> b',
  String.raw`back\slash\n`,
  'é ü',
  '\u{1f600}',
  '%s%d',
  `${'l'.repeat(250)}.long`,
]

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'lifeboat-test-'))
  process.env.HOME = join(made, 'home')
  const src = join(made, 'src')
  for (const each of ['home', 'src/files/sub', 'src/odd', 'src/gone']) mkdirSync(join(made, each), { recursive: true })
  for (const each of odd) {
    mkdirSync(join(src, 'odd', each))
    writeFileSync(join(src, 'odd', each, 'in it'), each)
  }
  await shell(
    [
      'echo one > files/one; echo two > files/sub/two; echo x > gone/x; echo top > -top; echo file > becomes-folder',
      'ln -s nowhere dangling; head -c 3000000 /dev/urandom > big; chown 1234:2345 files/one files; chmod 711 files/one',
    ].join('\n'),
    src,
  )
  const duplicity = (how: string, at: number) =>
    shell(`duplicity ${how} --current-time ${at} --no-encryption --volsize 1 --archive-dir cache src file://dst`, made)
  await duplicity('full', 1_795_000_000)
  await shell(
    'rm -r gone becomes-folder; mkdir becomes-folder; echo f > becomes-folder/f; echo more >> files/one; touch -d @1795050000 files/one; echo new > files/new',
    src,
  )
  await duplicity('incr', 1_795_100_000)
})

afterAll(async () => {
  process.env.HOME = HOME
  await rm(made, { recursive: true })
})

let folder: string
let swap: Parameters<typeof folderOfDuplicity>[0]

beforeEach(async () => {
  folder = await temporaryFolder()
  swap = { run: '20261122-000000-abcd', into: join(folder, 'the mail'), staging: join(folder, 'st'), passphrase: null }
  await here(makeStaging(swap.staging))
  const keys = readdirSync(join(made, 'dst')).filter((key) => !key.includes('signatures'))
  for (const [at, key] of keys.entries())
    writeFileSync(join(swap.staging, `${name(at)}.000000`), readFileSync(join(made, 'dst', key)))
  await here(
    listStaged(
      swap.staging,
      keys.map((path, at) => ({ name: name(at), path })),
    ),
  )
  // As it was before the last backup, and with something that no backup has.
  await execa('cp', ['-a', join(made, 'src'), swap.into])
  writeFileSync(join(swap.into, 'files/one'), 'spoilt')
  writeFileSync(join(swap.into, 'since'), 'written since')
})

const check = (only: string) => here(checkedBy(checkDuplicity({ ...swap, only })))

/** Types, modes, owners, links, times and contents of a path and all below it. */
async function inventory(path: string): Promise<string> {
  const all = `find "$0" \\( -type f -printf '%P\\t%y %m %U:%G %Ts\\0' -o -printf '%P\\t%y %m %U:%G %l\\0' \\); find "$0" -type f -exec sh -c 'sha256sum < "$1"' - {} \\;`
  return (await execa('bash', ['-c', all, path])).stdout
}

const below = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted()

async function putInPlace(only: string): Promise<void> {
  swap = { ...swap, only }
  expect(await here(folderOfDuplicity(swap))).toBe('')
  await here(swapFolder(swap))
}

describe('one path of backups of duplicity', () => {
  it.each([...odd.map((each) => `odd/${each}`), 'odd/$HOME/in it', '-top', 'dangling', 'odd'])(
    'is told to be there, and is made as it was: %j',
    async (only) => {
      expect(await check(only)).toMatchObject({ problems: [], missing: undefined })
      await putInPlace(only)
      expect(await inventory(join(swap.into, only))).toBe(await inventory(join(made, 'src', only)))
    },
  )

  it('takes the place of the old one alone, and makes way for it again', async () => {
    const before = await inventory(swap.into)
    swap = { ...swap, only: 'files' }
    expect(await check('files')).toMatchObject({
      facts: [expect.stringContaining('2 of duplicity'), 'files is in the dump'],
      unpackedBytes: expect.any(Number) as unknown,
    })
    await here(folderOfDuplicity(swap))
    expect([await here(folderStanding(swap)), readFileSync(join(swap.into, 'files/one'), 'utf8')]).toEqual([
      'old',
      'spoilt',
    ])
    // Nobody else looks into what is not in place yet.
    expect(statSync(join(swap.into, `.lifeboat-${swap.run}`)).mode & 0o777).toBe(0o700)
    expect(await here(contentsOfBoth(swap))).toMatchObject({ fresh: { files: 3, bytes: 17 }, old: { files: 3 } })
    for (const command of [swapFolder(swap), swapFolder(swap)]) await here(command)
    expect(await here(folderStanding(swap))).toBe('new')
    expect(await inventory(join(swap.into, 'files'))).toBe(await inventory(join(made, 'src/files')))
    expect(readFileSync(join(swap.into, 'since'), 'utf8')).toBe('written since')
    expect([await here(isFolderAside(swap)), folderAside(swap)]).toEqual([
      true,
      join(swap.into, `.before-${swap.run}/files`),
    ])
    expect(readFileSync(join(folderAside(swap), 'one'), 'utf8')).toBe('spoilt')
    for (const command of [unswapFolder(swap), unswapFolder(swap), discardFolder(swap)]) await here(command)
    expect(await inventory(swap.into)).toBe(before)
  })

  it('goes on after a kill between the two renames, forwards and backwards', async () => {
    swap = { ...swap, only: 'files/one' }
    await here(folderOfDuplicity(swap))
    const kill = () =>
      execa('bash', [
        '-c',
        'mkdir -p "$(dirname "$1")"; mv -T "$0" "$1"',
        join(swap.into, 'files/one'),
        folderAside(swap),
      ])
    await kill()
    expect(await here(folderStanding(swap))).toBe('between')
    await here(unswapFolder(swap))
    expect(readFileSync(join(swap.into, 'files/one'), 'utf8')).toBe('spoilt')
    await kill()
    await here(swapFolder(swap))
    expect(readFileSync(join(swap.into, 'files/one'), 'utf8')).toBe('one\nmore\n')
    expect(statSync(join(swap.into, 'files/one')).mode & 0o777).toBe(0o711)
    expect(below(join(swap.into, 'files')).filter((each) => each.startsWith('.'))).toEqual([
      `.before-${swap.run}`,
      `.before-${swap.run}/one`,
    ])
  })

  it('that is not there any more on the host comes back, and nothing is set aside', async () => {
    rmSync(join(swap.into, 'files/sub'), { recursive: true })
    await putInPlace('files/sub')
    expect(readFileSync(join(swap.into, 'files/sub/two'), 'utf8')).toBe('two\n')
    expect(await here(isFolderAside(swap))).toBe(false)
    expect(below(swap.into).filter((each) => each.includes(swap.run))).toEqual([])
    for (const command of [unswapFolder(swap), discardFolder(swap)]) await here(command)
    expect(existsSync(join(swap.into, 'files/sub'))).toBe(false)
    expect(below(swap.into).filter((each) => each.includes(swap.run))).toEqual([])
  })

  it('takes the place of whatever is there: a file of a folder, and a link that leads nowhere', async () => {
    rmSync(join(swap.into, 'becomes-folder'), { recursive: true })
    writeFileSync(join(swap.into, 'becomes-folder'), 'a file')
    await putInPlace('becomes-folder')
    expect(readFileSync(join(swap.into, 'becomes-folder/f'), 'utf8')).toBe('f\n')
    expect(readFileSync(folderAside(swap), 'utf8')).toBe('a file')
    rmSync(join(swap.into, '-top'))
    symlinkSync('nowhere at all', join(swap.into, '-top'))
    swap = { ...swap, run: '20261122-000001-abcd' }
    await putInPlace('-top')
    expect(readFileSync(join(swap.into, '-top'), 'utf8')).toBe('top\n')
    expect(await here(isFolderAside(swap))).toBe(true)
    await here(unswapFolder(swap))
    expect(existsSync(join(swap.into, '-top'))).toBe(false)
  })

  it.each<[string, string[]]>([
    ['gone', ['-top', 'becomes-folder', 'big', 'dangling', 'files', 'odd']],
    ['gone/x', ['-top', 'becomes-folder', 'big', 'dangling', 'files', 'odd']],
    ['files/on', ['files/new', 'files/one', 'files/sub']],
    ['two', ['-top', 'becomes-folder', 'big', 'dangling', 'files', 'files/sub/two', 'odd']],
    ['files/one/deeper', ['files/new', 'files/one', 'files/sub']],
    ['Files', ['-top', 'becomes-folder', 'big', 'dangling', 'files', 'odd']],
    ['fil', ['-top', 'becomes-folder', 'big', 'dangling', 'files', 'odd']],
    ['.*', ['-top', 'becomes-folder', 'big', 'dangling', 'files', 'odd']],
  ])('that the last backup has not is told to be missing, with what is near: %s', async (only, near) => {
    const { missing, problems } = await check(only)
    expect(problems).toEqual([])
    expect(missing?.toSorted()).toEqual(near)
  })

  it('that is not in it is refused by duplicity too', async () => {
    const ended = await execa('/bin/sh', ['-c', folderOfDuplicity({ ...swap, only: 'gone' }).line], { reject: false })
    expect(ended.exitCode).toBe(19)
    expect(await here(folderStanding({ ...swap, only: 'gone' }))).toBe('new')
  })

  it('needs the room of what is there of it alone', async () => {
    expect((await check('big')).unpackedBytes).toBe(3_000_000)
    expect((await check('files/sub')).unpackedBytes).toBe(4)
  })
})
