import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { copyOut, treeDigest, treeSize } from '../../../src/remote/linux/copy-out.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { here } from '../here.ts'

/** Runs the copy as the host would. @returns its exit code and what it says */
async function copy(from: string, to: string, draft: string, before = '') {
  const { exitCode, stderr } = await execa('/bin/sh', ['-c', `${before}\n${copyOut(from, to, draft).line}`], {
    reject: false,
  })
  return { exitCode, stderr }
}

const inFolder = async (): Promise<(name: string) => string> => {
  const folder = await temporaryFolder()
  return (name) => join(folder, name)
}

describe('a copy', () => {
  it('has the files, the links and the holes of the original', async () => {
    const path = await inFolder()
    mkdirSync(path("it's\nhere/deep"), { recursive: true })
    writeFileSync(path("it's\nhere/deep/a"), 'a')
    symlinkSync('deep', path("it's\nhere/link"))
    await execa('truncate', ['-s', '1G', path("it's\nhere/disk.img")])
    await execa('ln', [path("it's\nhere/deep/a"), path("it's\nhere/same")])
    expect(await copy(path("it's\nhere"), path('there'), path('.draft'))).toEqual({ exitCode: 0, stderr: '' })
    expect(readFileSync(path('there/deep/a'), 'utf8')).toBe('a')
    expect(lstatSync(path('there/same')).ino).toBe(lstatSync(path('there/deep/a')).ino)
    expect(lstatSync(path('there/disk.img')).blocks).toBe(0)
    expect(existsSync(path('.draft'))).toBe(false)
  })

  it('that fails gives back at once what it has filled, and says why', async () => {
    const path = await inFolder()
    writeFileSync(path('from'), 'x')
    const full = 'cp() { for last; do :; done; echo half > "$last"; echo "No space left on device" >&2; return 1; }'
    expect(await copy(path('from'), path('to'), path('.draft'), full)).toEqual({
      exitCode: 1,
      stderr: 'No space left on device',
    })
    expect([existsSync(path('to')), existsSync(path('.draft'))]).toEqual([false, false])
  })
})

describe('what is compared', () => {
  it('of a link is the link, wherever it leads: also one that leads elsewhere from its copy', async () => {
    const path = await inFolder()
    mkdirSync(path('in/releases/42'), { recursive: true })
    writeFileSync(path('in/releases/42/index'), 'x')
    symlinkSync('releases/42', path('in/current'))
    mkdirSync(path('out'))
    await copy(path('in/current'), path('out/current'), path('out/.draft'))
    expect(readlinkSync(path('out/current'))).toBe('releases/42')
    const [there, copied] = [await here(treeDigest(path('in/current'))), await here(treeDigest(path('out/current')))]
    expect(copied).toEqual(there)
    expect(copied.files).toBe(0)
    expect((await here(treeSize(path('in/current')))).kind).toBe('link')
  })

  it('of a pipe is not what nobody writes into it', async () => {
    const path = await inFolder()
    await execa('/bin/sh', ['-c', 'mkfifo "$0"', path('pipe')])
    const late = setTimeout(() => writeFileSync(path('pipe'), 'too late'), 20_000)
    onTestFinished(() => clearTimeout(late))
    expect(await here(treeDigest(path('pipe')))).toMatchObject({ files: 0 })
  })
})
