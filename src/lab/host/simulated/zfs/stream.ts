// A stream of `zfs send`, as one simulated host sends it and another one receives it. A real host can't read it, nor does
// this one read a real host's: those have a dataset's blocks, and what is modelled here are its files. It behaves as one
// does: a full stream has all of a snapshot, an incremental one what is another since the snapshot before, and each record
// bears a checksum of all of the stream up to it, so that no byte of it can be another unnoticed.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { FileTree, Inode } from '../file-tree.ts'
import { inodeSchema } from './image.ts'

const begin = z.strictObject({
  kind: z.literal('begin'),
  /** `tank/chat@one` */
  toname: z.string(),
  /** GUIDs, decimal; of a full stream `fromguid` is 0. */
  toguid: z.string(),
  fromguid: z.string(),
  createdMs: z.number(),
  /** With -p: properties that were set on the dataset. */
  properties: z.array(z.tuple([z.string(), z.string()])),
})

const record = z.discriminatedUnion('kind', [
  begin,
  z.strictObject({ kind: z.literal('object'), path: z.string(), inode: inodeSchema, content: z.string() }),
  z.strictObject({ kind: z.literal('free'), path: z.string() }),
  z.strictObject({ kind: z.literal('end') }),
])

export type StreamBegin = z.infer<typeof begin>
type StreamRecord = z.infer<typeof record>

/** Every character is one byte, whichever pipe it goes through. */
const ascii = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)

const sumOf = (before: string, text: string): string => createHash('sha256').update(before).update(text).digest('hex')

function objectOf(path: string, inode: Inode): StreamRecord {
  const content = inode.kind === 'file' ? Buffer.from(inode.content).toString('base64') : ''
  return { kind: 'object', path, inode: inode.kind === 'file' ? { ...inode, content: 0 } : inode, content }
}

/** What makes `to` of `from`. */
function changes(from: ReadonlyMap<string, Inode>, to: ReadonlyMap<string, Inode>): StreamRecord[] {
  const gone = [...from.keys()].filter((path) => !to.has(path))
  const other = [...to].filter(([path, inode]) => from.get(path) !== inode)
  return [
    ...gone.map((path): StreamRecord => ({ kind: 'free', path })),
    ...other.map(([path, inode]) => objectOf(path, inode)),
  ]
}

/** @param from the snapshot's files that it goes on from; none for a full stream */
export function streamText(
  first: Omit<StreamBegin, 'kind'>,
  from: ReadonlyMap<string, Inode> | undefined,
  to: ReadonlyMap<string, Inode>,
): string {
  const records: StreamRecord[] = [{ kind: 'begin', ...first }, ...changes(from ?? new Map(), to), { kind: 'end' }]
  let sum = ''
  const lines = records.map((each) => {
    const text = ascii(JSON.stringify(each))
    sum = sumOf(sum, text)
    return `${sum} ${text}\n`
  })
  return lines.join('')
}

/** What can be read of a stream. */
export interface StreamRead {
  readonly begin: StreamBegin
  /** Those between the first and the last. */
  readonly changes: readonly Exclude<StreamRecord, { kind: 'begin' | 'end' }>[]
  /** All is there that was sent. */
  readonly ends: boolean
  /** Something is not as it was sent. */
  readonly damaged: boolean
  /** The checksum of the last record. */
  readonly sum: string
}

function parsed(text: string): StreamRecord | undefined {
  try {
    return record.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Undefined: this is no stream. @param text a character for each byte */
export function readStream(text: string): StreamRead | undefined {
  let sum = ''
  let damaged = false
  const records: StreamRecord[] = []
  for (const line of text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined)) {
    const [said = '', ...rest] = line.split(' ')
    const body = rest.join(' ')
    const one = parsed(body)
    sum = sumOf(sum, body)
    if (sum !== said || one === undefined) {
      damaged = true
      break
    }
    records.push(one)
  }
  const [first] = records
  if (first?.kind !== 'begin') return undefined
  return {
    begin: first,
    changes: records.filter((each) => each.kind === 'object' || each.kind === 'free'),
    ends: records.at(-1)?.kind === 'end' && !damaged,
    damaged,
    sum,
  }
}

/** The files of the snapshot that a stream is of. */
export function filesFrom(from: ReadonlyMap<string, Inode>, stream: StreamRead): FileTree {
  const files: FileTree = new Map(from)
  for (const each of stream.changes) {
    if (each.kind === 'free') files.delete(each.path)
    else {
      const { inode, content } = each
      const bytes = new Uint8Array(Buffer.from(content, 'base64'))
      files.set(each.path, inode.kind === 'file' ? { ...inode, content: bytes } : inode)
    }
  }
  return files
}
