import * as fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import type { ShellCommand } from '../../../src/remote/command.ts'
import { listBelow, listFolder, parseEntries, readStart } from '../../../src/remote/linux/look-inside.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'

const field = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))

it('any name comes back as it is, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ path: field, to: field, owner: field })), (all) => {
      const stdout = all
        .map(({ path, to, owner }) =>
          ['l', '7', '1790000000.5', '777', owner, 'g', to, path].map((x) => `${x}\0`).join(''),
        )
        .join('')
      const { entries, cut } = parseEntries(stdout, all.length)
      expect(cut).toBe(false)
      expect(entries.map(({ path, to, owner }) => ({ path, to, owner }))).toEqual(all)
    }),
    { numRuns: 10_000 },
  )
})

it('an answer that was torn off is no answer', () => {
  expect(() => parseEntries('f\0\0', 10)).toThrow('2 fields')
})

/** The line's own find or head, on a folder of this machine in place of what would be mounted. */
function here(folder: string, { line }: { readonly line: string }): string {
  const inner = execFileSync('sh', ['-c', `unshare() { printf %s "$4"; }; ${line}`], { encoding: 'utf8' })
  const [, work = ''] = inner.split(/^mount .*? \/run && /)
  return execFileSync('sh', ['-c', work.replaceAll('/run', folder)], { encoding: 'utf8' })
}

it('a real folder is listed, alone and with all below it, and a file is read as far as wanted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-look-'))
  try {
    mkdirSync(join(folder, 'my "home"'))
    writeFileSync(join(folder, `my "home"`, "it's\na file"), 'abcdef')
    symlinkSync('nowhere', join(folder, 'link'))
    chmodSync(join(folder, `my "home"`, "it's\na file"), 0o640)
    utimesSync(join(folder, `my "home"`, "it's\na file"), 1_790_000_000, 1_790_000_000)
    const inside = { kind: 'snapshot', name: "tank/it's@a" } as const
    const flat = parseEntries(here(folder, listFolder(inside, '', 10)), 10)
    expect(
      flat.entries.map(({ path, kind, to }) => ({ path, kind, to })).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    ).toEqual([
      { path: 'link', kind: 'link', to: 'nowhere' },
      { path: 'my "home"', kind: 'folder', to: null },
    ])
    const deep = parseEntries(here(folder, listBelow(inside, '', 10)), 10)
    expect(deep.entries.find((each) => each.kind === 'file')).toMatchObject({
      path: `my "home"/it's\na file`,
      bytes: 6,
      mode: '640',
      changedAt: '2026-09-21T14:13:20.000Z',
    })
    expect(parseEntries(here(folder, listBelow(inside, '', 1)), 1)).toMatchObject({ cut: true, entries: [{}] })
    expect(here(folder, readStart(inside, `my "home"/it's\na file`, 3))).toBe('abc')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** The words of the mount(8) that a look begins with, where findmnt(8) says this. */
async function mountOf(command: ShellCommand<unknown>, findmnt: string): Promise<string> {
  const folder = await temporaryFolder()
  const tool = (name: string, script: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  tool('unshare', 'shift; exec "$@"')
  tool('mount', String.raw`printf '<%s>' "$@" >&2; exit 1`)
  tool('findmnt', `printf '${findmnt}'`)
  const { stderr } = await execa('/bin/sh', ['-c', command.line], {
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    reject: false,
  })
  return stderr
}

it('a legacy dataset is looked at where somebody has mounted it, or mounted by itself', async () => {
  const look = listFolder({ kind: 'dataset', name: 'tank/my data', legacy: true }, '', 1)
  expect(await mountOf(look, '/srv/my data\\n')).toBe('<--bind></srv/my data></run>')
  expect(await mountOf(look, '')).toBe('<-t><zfs><-o><ro><tank/my data></run>')
})

it("ZFS's own way into the snapshots is no folder of the dataset", () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-look-'))
  try {
    mkdirSync(join(folder, '.zfs/snapshot/hour'), { recursive: true })
    mkdirSync(join(folder, 'deep/.zfs'), { recursive: true })
    const { entries } = parseEntries(here(folder, listBelow({ kind: 'mounted', at: '/srv' }, '', 10)), 10)
    expect(entries.map((each) => each.path).toSorted()).toEqual(['deep', 'deep/.zfs'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
