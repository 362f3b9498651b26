// Debian's own duplicity beside the lab's: what one of them has backed up, the other restores.
import { execa } from 'execa'
import * as fc from 'fast-check'
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { backUp } from '../../../../src/lab/host/simulated/duplicity/backup.ts'
import { backupsTo, treeOf } from '../../../../src/lab/host/simulated/duplicity/chain.ts'
import { inOrder, type Entry, type Tree } from '../../../../src/lab/host/simulated/duplicity/difftar.ts'
import { makeWorld } from '../../../../src/lab/host/simulated/world/make-world.ts'
import { boardOf, cleanedUp } from '../../../../src/lab/scenarios/board.ts'
import { backupsOf } from '../../../../src/lab/scenarios/dump-duplicity.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const firstMs = Date.parse('2026-03-28T03:00:00Z')
const night = (number: number): string => new Date(firstMs + number * 86_400_000).toISOString()

/** Runs Debian's duplicity in a folder that is its home too. */
const duplicity = (folder: string, ...args: readonly string[]) =>
  execa('/usr/bin/duplicity', [...args, '--no-encryption', '--archive-dir', join(folder, 'cache')], {
    cwd: folder,
    env: { HOME: folder },
  })

/** Restores a moment, each time with a memory of its own: it is to need nothing but the folder. */
async function restored(folder: string, at: string): Promise<string> {
  const to = join(folder, 'restored')
  for (const each of [to, join(folder, 'cache')]) rmSync(each, { recursive: true, force: true })
  await duplicity(folder, 'restore', '--time', at.replace('.000Z', '+00:00'), `file://${folder}/chain`, to)
  return to
}

/** What a folder has, by path: the text of files, where links lead, and null for folders. */
const shapeOf = (folder: string): Record<string, string | null> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((each) => {
      const path = join(each.parentPath, each.name)
      const is = each.isFile() ? readFileSync(path, 'latin1') : null
      return [path.slice(folder.length + 1), is]
    }),
  )

const shapeOfTree = (tree: Tree): Record<string, string | null> =>
  Object.fromEntries(
    [...tree]
      .filter(([path]) => path !== '')
      .map(([path, { header, data }]) => [path, header.type === 'file' ? Buffer.from(data).toString('latin1') : null]),
  )

const name = fc.constantFrom('a', 'b.c', "it's é", 'l'.repeat(110), 'z')
const data = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  // More than a block of theirs, and what is alike in both.
  fc
    .tuple(fc.integer({ min: 60_000, max: 140_000 }), fc.uint8Array({ maxLength: 9 }))
    .map(([size, end]) => Buffer.concat([Buffer.alloc(size, 'the same lines\n'), end])),
)
type Node = Uint8Array | null
const state = fc.dictionary(
  fc.oneof(
    name,
    fc.tuple(name, name).map((parts) => parts.join('/')),
  ),
  fc.option(data),
  {
    maxKeys: 6,
  },
)

/** With the folders that paths lead through; below what is a file there is nothing. */
function whole(given: Readonly<Record<string, Node>>): Map<string, Node> {
  const all = new Map<string, Node>()
  for (const [path, node] of Object.entries(given).toSorted(([one], [other]) => inOrder(one, other))) {
    const [parent = ''] = path.split('/')
    if (path.includes('/') && all.get(parent) !== undefined && all.get(parent) !== null) continue
    if (path.includes('/')) all.set(parent, null)
    all.set(path, node)
  }
  return all
}

const entryOf = (node: Node, mtimeMs: number): Entry => {
  const meta = { mode: node === null ? 0o750 : 0o640, uid: 0, gid: 0, uname: 'root', gname: 'root' }
  const header = { ...meta, mtime: new Date(mtimeMs), type: node === null ? 'directory' : 'file' } as const
  return { header, data: node ?? new Uint8Array() }
}

const treeIn = (nodes: ReadonlyMap<string, Node>, mtimeMs: number): Tree =>
  new Map([['', entryOf(null, mtimeMs)], ...[...nodes].map(([path, node]) => [path, entryOf(node, mtimeMs)] as const)])

it("the real one restores every night of the incident's backups", async () => {
  const folder = await temporaryFolder()
  const world = await makeWorld(join(folder, 'world'), {
    nowMs: firstMs,
    seed: 1,
    timeZone: 'Etc/UTC',
    roundsNames: false,
  })
  mkdirSync(join(folder, 'chain'))
  for (const { key, content } of await backupsOf(world)) writeFileSync(join(folder, 'chain', key.slice(6)), content)
  for (const ago of [9, 4, 3, 2, 1, 0]) {
    const at = new Date(Date.parse(world.incidentAt) - 50 * 60_000 - ago * 86_400_000).toISOString()
    const to = await restored(folder, at)
    const files = Object.entries(shapeOf(to)).filter(([, text]) => text !== null)
    expect(Object.fromEntries(files)).toEqual(ago === 0 ? cleanedUp : boardOf(world, ago))
    expect(statSync(to)).toMatchObject({ uid: 950, gid: 950 })
    expect(statSync(to).mode & 0o777).toBe(0o750)
  }
})

it('the real one restores what the lab has backed up, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(state, state, state, async (...states) => {
      const folder = await temporaryFolder()
      mkdirSync(join(folder, 'chain'))
      const trees = states.map((each, number) => treeIn(whole(each), firstMs + number * 1000))
      for (const [number, tree] of trees.entries()) {
        const from = number === 0 ? null : night(number - 1)
        const before: Tree = trees[number - 1] ?? new Map()
        const made = await backUp({ at: night(number), from, tree, before, hostname: 'irc-1', folder: '/srv/it is' })
        for (const { name: file, content } of made) writeFileSync(join(folder, 'chain', file), content)
      }
      for (const [number, tree] of trees.entries())
        expect(shapeOf(await restored(folder, night(number)))).toEqual(shapeOfTree(tree))
    }),
    { numRuns: 8 },
  )
})

it('the lab restores what the real one has backed up, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(state, state, state, async (...states) => {
      const folder = await temporaryFolder()
      const src = join(folder, 'src')
      const seen: Record<string, string | null>[] = []
      for (const [number, each] of states.entries()) {
        rmSync(src, { recursive: true, force: true })
        mkdirSync(src)
        for (const [path, node] of whole(each)) {
          if (node === null) mkdirSync(join(src, path), { recursive: true })
          else writeFileSync(join(src, path), node)
          // By its time a file is told to have changed.
          utimesSync(join(src, path), number + 1, number + 1)
        }
        symlinkSync(`nowhere-${number}`, join(src, 'link'))
        seen.push(shapeOf(src))
        const how = number === 0 ? 'full' : 'incr'
        const time = String(Date.parse(night(number)) / 1000)
        await duplicity(folder, how, '--current-time', time, src, `file://${folder}/chain`)
      }
      const names = readdirSync(join(folder, 'chain'))
      for (const [number, is] of seen.entries()) {
        const { sets, warnings } = backupsTo(names, night(number))
        const tree = await treeOf(sets, (file) => readFileSync(join(folder, 'chain', file)))
        expect(warnings).toEqual([])
        expect(shapeOfTree(tree)).toEqual(is)
        expect(tree.get('link')?.header.linkname).toBe(`nowhere-${number}`)
      }
    }),
    { numRuns: 8 },
  )
})
