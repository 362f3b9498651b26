// A pool as it is on its disks: a line with the label, and a line with everything else.
import { z } from 'zod'
import type { FileTree, Inode } from '../file-tree.ts'
import type { Dataset, Pool, PoolState } from './model.ts'

const meta = { mode: z.number(), uid: z.number(), gid: z.number(), mtimeMs: z.number() }
/** An entry of a tree, of a file without its contents: those stand elsewhere. */
export const inodeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), ...meta, content: z.number() }),
  z.object({ kind: z.literal('directory'), ...meta }),
  z.object({ kind: z.literal('link'), ...meta, target: z.string() }),
])
const settingsSchema = z.array(z.tuple([z.string(), z.string(), z.enum(['local', 'received'])]))
const dated = { name: z.string(), guid: z.string(), createtxg: z.number(), createdMs: z.number() }
const snapshotSchema = z.object({
  ...dated,
  objset: z.number(),
  files: z.number(),
  holds: z.array(z.tuple([z.string(), z.number()])),
  settings: settingsSchema,
  volsize: z.number().nullable(),
  deferred: z.boolean(),
})
const datasetSchema = z.object({
  path: z.string(),
  type: z.enum(['filesystem', 'volume']),
  guid: z.string(),
  objset: z.number(),
  createtxg: z.number(),
  createdMs: z.number(),
  settings: settingsSchema,
  files: z.number(),
  snapshots: z.array(snapshotSchema),
  bookmarks: z.array(z.object(dated)),
  origin: z.string().nullable(),
  crypt: z.object({ algorithm: z.string(), root: z.number() }).nullable(),
  key: z.object({ format: z.enum(['raw', 'hex', 'passphrase']), salt: z.string(), hash: z.string() }).nullable(),
})
const stateSchema = z.object({ datasets: z.array(datasetSchema), settings: settingsSchema, nextObjset: z.number() })

/** All but the label. Trees, entries and contents stand once, however many snapshots share them. */
const bodySchema = z.object({
  contents: z.array(z.string()),
  inodes: z.array(inodeSchema),
  trees: z.array(z.array(z.tuple([z.string(), z.number()]))),
  state: stateSchema,
  checkpoint: z.object({ createdMs: z.number(), txg: z.number(), state: stateSchema }).nullable(),
  history: z.array(z.string()),
})

type Body = z.infer<typeof bodySchema>
type SavedState = z.infer<typeof stateSchema>

const inBase64 = new WeakMap<Uint8Array, string>()

function base64(content: Uint8Array): string {
  const text = inBase64.get(content) ?? Buffer.from(content).toString('base64')
  inBase64.set(content, text)
  return text
}

/** Numbers for things in the order in which they are first met. */
class Numbered<T> {
  readonly #numbers = new Map<T, number>()
  of(thing: T): number {
    const number = this.#numbers.get(thing) ?? this.#numbers.size
    this.#numbers.set(thing, number)
    return number
  }
  /** Those met while others are turned into something are among them. */
  all<R>(turn: (thing: T) => R): R[] {
    return Array.from(this.#numbers.keys(), turn)
  }
}

const settingRows = (settings: Dataset['settings']): [string, string, 'local' | 'received'][] =>
  [...settings].map(([name, { value, source }]) => [name, value, source])

/** The text of a pool without its label. */
export function bodyText(pool: Pool): string {
  const contents = new Numbered<Uint8Array>()
  const inodes = new Numbered<Inode>()
  const trees = new Numbered<FileTree>()
  const saved = (state: PoolState): SavedState => ({
    nextObjset: state.nextObjset,
    settings: settingRows(state.settings),
    datasets: state.datasets.map((dataset) => ({
      ...dataset,
      settings: settingRows(dataset.settings),
      files: trees.of(dataset.files),
      snapshots: dataset.snapshots.map((snapshot) => ({
        ...snapshot,
        settings: settingRows(snapshot.settings),
        files: trees.of(snapshot.files),
        holds: [...snapshot.holds],
      })),
    })),
  })
  const state = saved(pool.state)
  const checkpoint = pool.checkpoint && { ...pool.checkpoint, state: saved(pool.checkpoint.state) }
  const savedTrees = trees.all((tree) =>
    Array.from(tree, ([path, inode]): [string, number] => [path, inodes.of(inode)]),
  )
  const savedInodes = inodes.all((inode) =>
    inode.kind === 'file' ? { ...inode, content: contents.of(inode.content) } : inode,
  )
  const body: Body = {
    contents: contents.all(base64),
    inodes: savedInodes,
    trees: savedTrees,
    state,
    checkpoint,
    history: pool.history,
  }
  return JSON.stringify(body)
}

/** Takes the number of something that was saved. @throws where the text was damaged */
function at<T>(list: readonly T[], number: number): T {
  const found = list[number]
  if (found === undefined) throw new Error(`there is no ${number} among ${list.length}`)
  return found
}

const settingsOf = (rows: z.infer<typeof settingsSchema>): Dataset['settings'] =>
  new Map(rows.map(([name, value, source]) => [name, { value, source }]))

/** Reads what bodyText has made. @throws where it is damaged */
export function readBody(text: string): Pick<Pool, 'state' | 'checkpoint' | 'history'> {
  const body = bodySchema.parse(JSON.parse(text))
  const contents = body.contents.map((each) => new Uint8Array(Buffer.from(each, 'base64')))
  const inodes = body.inodes.map((inode): Inode =>
    inode.kind === 'file' ? { ...inode, content: at(contents, inode.content) } : inode,
  )
  const trees = body.trees.map((tree): FileTree => new Map(tree.map(([path, inode]) => [path, at(inodes, inode)])))
  const state = (saved: SavedState): PoolState => ({
    nextObjset: saved.nextObjset,
    settings: settingsOf(saved.settings),
    datasets: saved.datasets.map((dataset) => ({
      ...dataset,
      settings: settingsOf(dataset.settings),
      files: at(trees, dataset.files),
      snapshots: dataset.snapshots.map((snapshot) => ({
        ...snapshot,
        settings: settingsOf(snapshot.settings),
        files: at(trees, snapshot.files),
        holds: new Map(snapshot.holds),
      })),
    })),
  })
  return {
    state: state(body.state),
    checkpoint: body.checkpoint && { ...body.checkpoint, state: state(body.checkpoint.state) },
    history: body.history,
  }
}
