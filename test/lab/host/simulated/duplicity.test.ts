// What the simulated host knows of duplicity, on backups that Debian's own has made (test/fixtures/duplicity/make.sh).
import * as fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deltaOf, patched } from '../../../../src/lab/host/simulated/duplicity/delta.ts'
import { inOrder } from '../../../../src/lab/host/simulated/duplicity/difftar.ts'
import { checkDuplicity, duplicityVersion, folderOfDuplicity } from '../../../../src/remote/linux/duplicity.ts'
import { swapFolder } from '../../../../src/remote/linux/folder-swap.ts'
import { listStaged } from '../../../../src/remote/linux/staging.ts'
import { sh } from '../../../../src/text/quote.ts'
import { startHost, type TestHost } from './host.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures/duplicity')
const made = readdirSync(fixtures).filter((name) => name.startsWith('duplicity-'))
const times = ['2026-11-23T02:13:20', '2026-11-24T02:13:20', '2026-11-25T02:13:20']

const put = async (box: TestHost, path: string, content: Buffer): Promise<void> => {
  await box.out(`base64 -d > ${path}`, content.toString('base64'))
}

/** A host with these files of the fixture in /root/chain. */
async function withChain(names: readonly string[] = made): Promise<TestHost> {
  const box = await startHost(false)
  await box.out('mkdir -p /root/chain')
  for (const name of names) await put(box, `/root/chain/${name}`, readFileSync(join(fixtures, name)))
  return box
}

const options =
  '--verbosity warning --num-retries 1 --archive-dir archive --tempdir tmp --no-encryption --log-file /root/log'
const restore = (time = times[2]) => `cd /root; duplicity restore ${options} --time ${time}+00:00 file://chain new`

const everything = "cd /root/new && find . -exec stat -c '%a %u:%g %F %n' {} +"
const long = 'l'.repeat(120)

describe('the simulated duplicity', () => {
  it('restores what the real one has made, as it was at the last moment', async () => {
    await using box = await withChain()
    expect(await box.out(restore())).toBe('')
    const sums = await box.out('cd /root/new && find . -type f -exec sha256sum {} + | sort -k 2')
    expect(sums.trim()).toBe(readFileSync(join(fixtures, 'sums'), 'utf8').trim())
    expect((await box.out(everything)).trim().split('\n').toSorted()).toEqual([
      '600 0:0 regular empty file ./sub/one',
      '640 950:950 regular file ./log',
      "644 0:0 regular file ./a b'é",
      '644 0:0 regular file ./large',
      `644 0:0 regular file ./${long}/file`,
      '755 0:0 directory .',
      `755 0:0 directory ./${long}`,
      '755 0:0 directory ./sub',
    ])
    expect(await box.out('stat -c %Y /root/new/log; cat /root/log')).toBe('1795570000\n')
  })

  it('restores each moment of a chain from all that it builds on', async () => {
    await using box = await withChain()
    await box.out(restore(times[0]))
    expect(await box.out('cd /root/new; wc -c < large; wc -l < log; readlink link; cat gone/deep/x; ls empty')).toBe(
      '200000\n400\nlog\nx\n',
    )
    await box.out(`rm -r /root/new; ${restore(times[1])}`)
    expect(await box.out('cd /root/new; wc -c < large; sed -n 150,152p log; cat link/two; ls')).toBe(
      `130000\n150\nbetween\n151\ntwo\na b'é\nempty\nlarge\nlink\n${long}\nlog\nsub\n`,
    )
  })

  it.each<[string, (name: string) => boolean, string, number, string]>([
    ['a volume that is missing', (name) => !/inc\.20261123.*vol1/.test(name), '', 30, ' KeyError: 1'],
    ['no full backup', (name) => !name.includes('full'), '', 30, 'CollectionsError: No backup chains found'],
    ['a folder that holds something', () => true, 'mkdir -p new; echo > new/x; ', 11, 'Will not overwrite.'],
    [
      'a volume that is not what its manifest says',
      () => true,
      'echo >> chain/duplicity-inc.20261124T021320Z.to.20261125T021320Z.vol1.difftar.gz; ',
      21,
      'Invalid data - SHA1 hash mismatch for file:',
    ],
  ])('ends as the real one does at %s', async (_, keep, before, code, says) => {
    await using box = await withChain(made.filter(keep))
    const ended = await box.host.run(`cd /root; ${before}${restore()}`)
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(says) as unknown })
    expect(await box.out('cat /root/log')).toContain(`ERROR ${code}`)
    expect(await box.out('ls /root/new 2>/dev/null || true')).toBe(code === 11 ? 'x\n' : '')
  })

  it('passes over a backup that has no manifest, and says so', async () => {
    await using box = await withChain(made.filter((name) => !/inc\.20261124.*manifest/.test(name)))
    expect(await box.out(restore())).toContain('found incomplete backup sets')
    expect(await box.out('cat /root/new/link/two; head -n 1 /root/log')).toBe('two\nWARNING 5\n')
  })

  it.each([
    ['log', '640 950:950 regular file'],
    ['link', '755 0:0 directory'],
    ['link/two', '644 0:0 regular file'],
    ['/sub/one/', '600 0:0 regular empty file'],
    ["a b'é", '644 0:0 regular file'],
    [`${long}/file`, '644 0:0 regular file'],
  ])('restores one path of it: %s', async (path, is) => {
    await using box = await withChain()
    const at = path === 'log' ? times[2] : path.startsWith('link') ? times[1] : undefined
    for (const option of ['--file-to-restore "$p"', "-r '$p'"]) {
      await box.out(`rm -rf /root/new; export p=${sh`${path}`}; ${restore(at)} ${option}`)
      expect(await box.out("stat -c '%a %u:%g %F' /root/new")).toBe(`${is}\n`)
    }
  })

  it('restores a link as one path, and what a variable holds is not expanded once more', async () => {
    await using box = await withChain()
    await box.out(`${restore(times[0])} -r link`)
    expect(await box.out('readlink /root/new; rm /root/new /root/log')).toBe('log\n')
    for (const [path, asked] of [
      ['$HOME', '$HOME'],
      ['~root', 'root'],
      ['~/x', 'root/x'],
      ['nothing', 'nothing'],
    ])
      expect(await box.host.run(`export p=${sh`${path}`}; ${restore()} -r '$p'`)).toMatchObject({
        code: 19,
        stderr: `${asked} not found in archive - no files restored.\n`,
      })
    expect(await box.host.run(`${restore()} -r '$HOME/log'`)).toMatchObject({
      stderr: 'root/log not found in archive - no files restored.\n',
    })
    expect(await box.out('head -n 2 /root/log')).toBe('ERROR 19\n. $HOME not found in archive - no files restored.\n')
  })

  it.each([
    'duplicity collection-status file://chain',
    'duplicity full /srv file://chain',
    `${restore()} --path-to-restore log`,
    restore().replace('file://chain', 's3://bucket/chain'),
    'gpg --list-keys',
  ])('says that it does not know: %s', async (line) => {
    await using box = await withChain()
    expect(await box.host.run(`cd /root; ${line}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/: not in this lab$/m) as unknown,
    })
  })
})

/** What was fetched into a staging folder. A file in two parts, as what is large is fetched. */
async function stagedOn(box: TestHost, staging: string) {
  const objects = made.map((path, at) => ({ name: String(at).padStart(8, '0'), path }))
  await box.out(`mkdir -p ${staging}`)
  for (const { name, path } of objects) {
    const content = readFileSync(join(fixtures, path))
    await put(box, `${staging}/${name}.000000`, content.subarray(0, 100))
    await put(box, `${staging}/${name}.000001`, content.subarray(100))
  }
  const list = listStaged(staging, objects)
  await box.out(list.line, list.stdin)
  return objects
}

it("does what a restore of one path asks for of a host's duplicity", async () => {
  await using box = await startHost(false)
  const staging = '/var/lib/lifeboat/r1'
  const swap = { run: 'r1', into: '/srv/mail', staging, passphrase: null, only: "a b'é" }
  await stagedOn(box, staging)
  await box.out(`mkdir -p /srv/mail; echo old > /srv/mail/other; echo old > "/srv/mail/a b'é"`)
  const told = async (only: string) => {
    const check = checkDuplicity({ ...swap, only })
    return (await box.host.run(check.line)).stdout.trim().split('\n').slice(1).toSorted()
  }
  expect(await told(swap.only)).toEqual(['bytes\t3', "fact\ta b'é is in the dump"])
  // A link that became a folder, which is gone in the last backup.
  expect(await told('link/two')).toEqual([
    'missing\tlink/two',
    ...["a b'é", 'large', long, 'log', 'sub'].map((each) => `near\t${each}`).toSorted(),
  ])
  expect(await told('one')).toContain('near\tsub/one')
  await box.out(folderOfDuplicity(swap).line)
  expect(await box.out(`cat "/srv/mail/a b'é"`)).toBe('old\n')
  await box.out(swapFolder(swap).line)
  expect(await box.out(`cd /srv/mail; cat other; stat -c '%a %s' "a b'é"; cat ".before-r1/a b'é"; ls -A`)).toBe(
    "old\n644 3\nold\n.before-r1\na b'é\nother\n",
  )
})

it("does what a restore asks for of a host's duplicity: the version, the check and the new folder", async () => {
  await using box = await startHost(false)
  const staging = '/var/lib/lifeboat/r1'
  const swap = { run: 'r1', into: '/srv/mail', staging, passphrase: null }
  await box.out('mkdir -p /srv/mail; echo old > /srv/mail/a')
  const objects = await stagedOn(box, staging)
  const version = duplicityVersion()
  expect(version.parse(await box.host.run(version.line))).toBe('0.8.22')
  const check = checkDuplicity(swap)
  const told = async () => check.parse(await box.host.run(check.line, { stdin: '' }))
  expect(await told()).toEqual([
    { kind: 'fact', text: "3 of duplicity's backups in 3 volumes, not encrypted" },
    { kind: 'bytes', text: '201510' },
  ])
  await box.out(folderOfDuplicity(swap).line)
  expect(await box.out('cat /srv/mail/a')).toBe('old\n')
  // What it worked with is gone.
  expect(await box.out(`ls ${staging}`)).toMatch(/^(\d{8}\.\d{6}\n)+objects\n$/)
  await box.out(swapFolder(swap).line)
  expect(await box.out('cd /srv/mail && sha256sum log')).toMatch(/^9323e83a3efd/)

  const volume = objects.find(({ path }) => path.includes('full') && path.includes('vol1'))
  await box.out(`rm ${staging}/${volume?.name}.000001`)
  expect((await told()).find(({ kind }) => kind === 'problem')?.text).toBe(
    `${volume?.path} is not what its manifest says: it was cut off, or changed`,
  )
})

describe('a delta', () => {
  const bytes = fc.uint8Array({ maxLength: 400 })

  it('makes a file of what it was', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (same, was, is) => {
        const [before, after] = [Buffer.concat([same, was]), Buffer.concat([same, is])]
        expect(patched(before, deltaOf(before, after)).equals(after)).toBe(true)
      }),
    )
  })

  it('that is damaged makes something or is refused, and never hangs', () => {
    fc.assert(
      fc.property(bytes, bytes, (was, rest) => {
        const delta = Buffer.concat([Buffer.from('72730236', 'hex'), rest])
        expect(endOf(() => patched(was, delta))).toMatch(/^(made|refused: .+)$/)
      }),
    )
  })
})

function endOf(work: () => unknown): string {
  try {
    work()
    return 'made'
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : 'with no error'}`
  }
}

it('what is in a folder comes right after it, whatever its name', () => {
  expect(['b', 'a.b', 'a', '', 'a/b', 'a b', 'a/b/c'].toSorted(inOrder)).toEqual([
    '',
    'a',
    'a/b',
    'a/b/c',
    'a b',
    'a.b',
    'b',
  ])
})
