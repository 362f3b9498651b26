// With Debian's own duplicity and GnuPG on this machine, as root: the same commands as on a host.
import { execa } from 'execa'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ShellCommand } from '../../../src/remote/command.ts'
import { checkDuplicity, duplicityVersion, folderOfDuplicity } from '../../../src/remote/linux/duplicity.ts'
import { freshFolder, swapFolder } from '../../../src/remote/linux/folder-swap.ts'
import { listStaged, makeStaging } from '../../../src/remote/linux/staging.ts'
import { inUnit } from '../../../src/remote/linux/transient-unit.ts'
import { pointsIn } from '../../../src/steps/dumps/duplicity.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { here } from '../here.ts'

const passphrase = 'correct-horse-$(x)-"battery'
const secret = { secret: { name: 'passphrase', prompt: 'the passphrase of the dump' } }
const odd = `sub '"; $(x)\n/-b`

/** What was there before this file, and is put back after it: nothing here may use the home of who runs it. */
const { HOME } = process.env
let made: string

const shell = (line: string, env: Record<string, string> = {}) => execa('bash', ['-c', line], { env })

/** Everything there is to know of a folder: types, modes, owners, links, times and contents. */
async function inventory(folder: string): Promise<string> {
  const all = `cd "$0" && { find . \\( -type f -printf '%P\\t%y %m %U:%G %Ts\\0' -o -printf '%P\\t%y %m %U:%G %l\\0' \\); find . -type f -exec sha256sum -z {} +; } | sort -z | tr '\\0' '\\n'`
  return (await execa('bash', ['-c', all, folder])).stdout
}

async function backUp(how: string, at: number, to = 'dst', options = ''): Promise<void> {
  const run = `duplicity ${how} --current-time ${at} --volsize 1 --archive-dir ${made}/cache-${to} ${options} ${made}/src file://${made}/${to}`
  await shell(run, { PASSPHRASE: options === '' ? passphrase : '' })
}

// The newest is of tomorrow: where a host's clock is behind, it is there all the same.
const first = Math.floor(Date.now() / 1000) - 86_400

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'lifeboat-test-'))
  process.env.HOME = join(made, 'home')
  const src = join(made, 'src')
  const lines = [
    `mkdir -m 700 ${made}/home; mkdir -p ${src}/empty ${src}/deep/er "${src}/$(dirname "$ODD")"; cd ${src}`,
    'head -c 3000000 /dev/urandom > big; echo one > deep/er/one; echo odd > "$ODD"; ln -s ../nowhere deep/link; mkfifo deep/fifo',
    'chown 1234:2345 deep/er/one big .; chmod 4711 deep/er/one; chmod 640 big; chmod 1770 empty; chmod 751 .',
  ]
  await shell(`${lines.join('\n')}; cp -a . ${made}/state-0`, { ODD: odd })
  await backUp('full', first)
  await shell(
    `cd ${src}; head -c 5000 /dev/urandom >> big; rm deep/link; chmod 600 deep/er/one; cp -a . ${made}/state-1`,
  )
  await backUp('incr', first + 86_400)
  await shell(`cd ${src}; rm -r empty; echo two > two; chown 7:8 two; cp -a . ${made}/state-2`)
  await backUp('incr', first + 2 * 86_400)
})

afterAll(async () => {
  process.env.HOME = HOME
  await rm(made, { recursive: true })
})

let folder: string
let swap: Parameters<typeof folderOfDuplicity>[0]

/** Puts what leads to a moment where it would have been fetched to, the newest being 0. One object is in two parts. */
async function staged(
  newest = 0,
  change: (name: string, data: Buffer) => Buffer | null = (_, data) => data,
  of = 'dst',
) {
  const { points } = pointsIn(readdirSync(join(made, of)).map((key) => ({ key })))
  await rm(swap.staging, { recursive: true, force: true })
  await here(makeStaging(swap.staging))
  const there = (points[newest]?.objects ?? []).flatMap(({ key }) => {
    const data = change(key, readFileSync(join(made, of, key)))
    return data === null ? [] : [{ key, data }]
  })
  for (const [at, { data }] of there.entries()) {
    const [name, cut] = [
      join(swap.staging, String(at).padStart(8, '0')),
      data.length > 1_000_000 ? 900_000 : data.length,
    ]
    writeFileSync(`${name}.000000`, data.subarray(0, cut))
    if (cut < data.length) writeFileSync(`${name}.000001`, data.subarray(cut))
  }
  await here(
    listStaged(
      swap.staging,
      there.map(({ key }, at) => ({ name: String(at).padStart(8, '0'), path: key })),
    ),
  )
}

/** Runs a command with what is typed for its secret. */
const told = <T>(command: ShellCommand<T>, typed = passphrase) => here({ ...command, stdin: typed })

const check = async (typed?: string) => told(checkDuplicity(swap), typed)

const failing = (command: ShellCommand<string>, typed = passphrase) =>
  execa('/bin/sh', ['-c', command.line], { input: typed, reject: false })

beforeEach(async () => {
  folder = await temporaryFolder()
  swap = {
    run: '20261122-000000-abcd',
    into: join(folder, 'the mail'),
    staging: join(folder, 'a%20 staging'),
    passphrase: secret,
  }
  mkdirSync(swap.into)
  writeFileSync(join(swap.into, 'a'), 'old')
})

describe('backups of duplicity', () => {
  it.each([0, 1, 2])('are restored as it was at each moment, the newest but %i', async (newest) => {
    await staged(newest)
    expect(await check()).toEqual([
      {
        kind: 'fact',
        text: expect.stringMatching(
          `^${3 - newest} of duplicity's backups in \\d volumes, encrypted with a passphrase$`,
        ) as unknown,
      },
      { kind: 'bytes', text: expect.stringMatching(/^30\d{5}$/) as unknown },
    ])
    expect(await told(folderOfDuplicity(swap))).toBe('')
    expect(readFileSync(join(swap.into, 'a'), 'utf8')).toBe('old')
    await here(swapFolder(swap))
    expect(await inventory(swap.into)).toBe(await inventory(join(made, `state-${2 - newest}`)))
    expect(readdirSync(swap.staging).filter((name) => !/^\d{8}\.\d{6}$/.test(name))).toEqual(['objects'])
    expect(existsSync(join(made, 'home/.cache'))).toBe(false)
  })

  it('are restored without encryption too', async () => {
    await backUp('full', first, 'plain', '--no-encryption')
    await staged(0, undefined, 'plain')
    swap = { ...swap, passphrase: null }
    expect(await check('')).toContainEqual({
      kind: 'fact',
      text: expect.stringMatching(/^1 of duplicity's backups in \d volumes, not encrypted$/) as unknown,
    })
    await told(folderOfDuplicity(swap), '')
    expect(await inventory(freshFolder(swap))).toBe(await inventory(join(made, 'state-2')))
    await staged(0, (key, data) => (key.includes('.vol2.') ? data.subarray(0, 5000) : data), 'plain')
    expect((await check('')).map(({ kind }) => kind)).toContain('problem')
  })

  it('are opened with the first line of a file on the host', async () => {
    await staged(2)
    const file = join(folder, 'secret key.txt')
    writeFileSync(file, `${passphrase}\r\nmore\n`)
    swap = { ...swap, passphrase: { file } }
    expect((await check('')).map(({ kind }) => kind)).toEqual(['fact', 'bytes'])
    await told(folderOfDuplicity(swap), '')
    expect(await inventory(freshFolder(swap))).toBe(await inventory(join(made, 'state-0')))
    await rm(file)
    const missing = `${file}, which is to hold the passphrase, is not there or is empty`
    expect(await check('')).toEqual([{ kind: 'locked', text: missing }])
    expect(await failing(folderOfDuplicity(swap), '')).toMatchObject({ exitCode: 20, stderr: missing })
  })

  it('stay locked with another passphrase, or with none, and nothing is made of them', async () => {
    await staged()
    expect(await check('wrong')).toEqual([
      {
        kind: 'locked',
        text: expect.stringMatching(/^the passphrase does not open duplicity-full\.\S+\.manifest\.gpg$/) as unknown,
      },
    ])
    expect(await check('')).toEqual([
      { kind: 'locked', text: expect.stringMatching(/is encrypted with a passphrase, and none was given$/) as unknown },
    ])
    expect((await failing(folderOfDuplicity(swap), 'wrong')).exitCode).toBe(31)
    expect(existsSync(freshFolder(swap))).toBe(false)
    expect(readFileSync(join(swap.into, 'a'), 'utf8')).toBe('old')
  })

  it.each<[string, (name: string, data: Buffer) => Buffer | null, RegExp]>([
    [
      'was changed',
      (name, data) => (name.includes('.vol2.') ? data.fill(0, 500_000, 500_001) : data),
      /vol2\.difftar\.gpg is not what its manifest says/,
    ],
    [
      'was cut off',
      (name, data) => (name.includes('.vol3.') ? data.subarray(0, -1) : data),
      /vol3\.difftar\.gpg is not what its manifest says/,
    ],
    [
      'is missing, the last one',
      (name, data) => (/full.*\.vol3\./.test(name) ? null : data),
      /vol3 is missing: its manifest names it/,
    ],
    [
      'has a manifest that was cut off',
      (name, data) => (/inc.*\.manifest/.test(name) ? data.subarray(0, -20) : data),
      /manifest\.gpg is broken/,
    ],
  ])('are told to be broken where a volume %s', async (_, change, says) => {
    await staged(0, change)
    const found = await check()
    expect(found.find(({ kind }) => kind === 'problem')?.text).toMatch(says)
    expect(found.map(({ kind }) => kind)).not.toContain('locked')
  })

  it.each([
    ['plain', '', []],
    ['kept', 'key "pass"', ['wrong']],
  ])('to a key are opened by the keyring of root: %s', async (name, word, others) => {
    const home = join(folder, 'root')
    const make = [
      `mkdir -m 700 ${home}; export HOME=${home}; G='gpg -q --batch --pinentry-mode loopback --passphrase'`,
      `$G "$WORD" --quick-gen-key box@${name} rsa2048 default never 2>&1`,
      "F=$(gpg --list-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }')",
      '$G "$WORD" --quick-add-key "$F" rsa2048 encr never; gpgconf --kill all',
    ]
    await shell(make.join('\n'), { WORD: word })
    onTestFinished(async () => {
      process.env.HOME = join(made, 'home')
      await shell(`HOME=${home} gpgconf --kill all`)
    })
    process.env.HOME = home
    await backUp('full', first, `key-${name}`, `--encrypt-key box@${name} --gpg-options=--trust-model=always`)
    await staged(0, undefined, `key-${name}`)
    const shut = /is encrypted to a key \([0-9A-F]{16}\) that root's keyring has not/
    for (const other of others)
      expect(await check(other)).toEqual([{ kind: 'locked', text: expect.stringMatching(shut) as unknown }])
    expect((await check(word)).map(({ kind }) => kind)).toEqual(['fact', 'bytes'])
    await told(folderOfDuplicity(swap), word)
    expect(await inventory(freshFolder(swap))).toBe(await inventory(join(made, 'state-2')))
    process.env.HOME = join(made, 'home')
    expect(await check(word)).toEqual([{ kind: 'locked', text: expect.stringMatching(shut) as unknown }])
  })

  it('killed in the middle are restored anew', async () => {
    await staged()
    const killed = execa('/bin/sh', ['-c', folderOfDuplicity(swap).line], {
      input: passphrase,
      detached: true,
      reject: false,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await expect.poll(() => existsSync(join(freshFolder(swap), 'big')), { timeout: 60_000, interval: 10 }).toBe(true)
    process.kill(-(killed.pid ?? 0), 'SIGKILL')
    await killed
    await told(folderOfDuplicity(swap))
    expect(await inventory(freshFolder(swap))).toBe(await inventory(join(made, 'state-2')))
  })

  it('of which one file can not be made are restored without it, and it is told', async () => {
    await shell(`mknod ${made}/src/null c 1 3`)
    await backUp('full', first, 'device', '--no-encryption')
    await shell(`rm ${made}/src/null`)
    await staged(0, undefined, 'device')
    const { line } = folderOfDuplicity({ ...swap, passphrase: null })
    const { stdout } = await execa('setpriv', ['--bounding-set=-mknod', '--inh-caps=-mknod', '/bin/sh', '-c', line])
    expect(stdout).toMatch(/^warning\tError .*mknod.* processing null$/)
    expect(await inventory(freshFolder(swap))).toBe(await inventory(join(made, 'state-2')))
  })

  it('end with an error on a full disk, which duplicity by itself waits for ever upon', async () => {
    await staged()
    const small = join(folder, 'small')
    await shell(`mkdir ${small}; mount -t tmpfs -o size=2m none ${small}`)
    onTestFinished(() => shell(`umount ${small}`).then(() => {}))
    const failed = await failing(folderOfDuplicity({ ...swap, into: join(small, 'mail') }))
    expect(failed.stderr).toContain('No space left on device')
    expect(failed.exitCode).not.toBe(0)
  })
})

/** Stands in for systemd-run: notes what it is given, and runs what follows `--`. */
const systemdRun = `#!/bin/sh
printf '%s\\n' "$@" > "$LOG"
while [ "$1" != -- ]; do shift; done
shift
exec "$@" </dev/null >/dev/null 2>&1
`

/** The argument lists of all processes, and those of duplicity and gpg among them. */
const processes = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        readlinkSync(`/proc/${pid}/exe`)
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')]
      } catch {
        return []
      }
    })

it('the passphrase is in no argument, no unit, no file that stays, and nothing that is put out', async () => {
  await staged()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'systemd-run'), systemdRun)
  chmodSync(join(bin, 'systemd-run'), 0o755)
  const unit = { run: swap.run, step: 'unpack', attempt: 1, part: '1' }
  const seen = new Set<string>()
  for (const line of [checkDuplicity(swap).line, inUnit(folderOfDuplicity(swap).line, unit, passphrase)]) {
    const running = execa('/bin/sh', ['-c', line.replaceAll('/run/lifeboat', join(folder, 'run'))], {
      input: passphrase,
      env: { PATH: `${bin}:${process.env.PATH ?? ''}`, LOG: join(folder, 'log') },
    })
    let ended = false
    void running.finally(() => (ended = true))
    await expect
      .poll(
        () => {
          for (const each of processes()) seen.add(each)
          return ended
        },
        { timeout: 60_000, interval: 5 },
      )
      .toBe(true)
    const { stdout, stderr } = await running
    expect(`${stdout}${stderr}`).not.toContain('correct-horse')
  }
  const all = [...seen]
  expect([
    all.some((each) => each.includes('duplicity\0restore')),
    all.some((each) => each.startsWith('gpg\0')),
  ]).toEqual([true, true])
  expect(all.filter((each) => each.includes('correct-horse'))).toEqual([])
  expect(existsSync(join(folder, 'log'))).toBe(true)
  const files = await execa('grep', ['-rlaF', 'correct-horse', folder], { reject: false })
  expect(files).toMatchObject({ exitCode: 1, stdout: '' })
})

it('the version of duplicity is told', async () => {
  expect(await here(duplicityVersion())).toMatch(/^\d+\.\d+/)
})
