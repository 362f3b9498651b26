import { createCipheriv, createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

/** Some bytes of an object, wherever they are. */
export type Piece =
  | { readonly kind: 'bytes'; readonly size: number; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly size: number; readonly path: string }
  /** Made up when they are read, and always the same for a seed. */
  | { readonly kind: 'generated'; readonly size: number; readonly seed: string }

/** What an object holds: one piece, or one for each part that it was uploaded in. */
export type Body = readonly Piece[]

export const sizeOf = (body: Body): number => body.reduce((sum, { size }) => sum + size, 0)

const largestInMemory = 4096
const blockSize = 64 * 1024

/** The bodies on disk: files of one folder, each there as long as somebody holds it. */
export class Bodies {
  readonly #dir: string
  readonly #holders = new Map<string, number>()

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Keeps all bytes, and holds them. What doesn't come to its end leaves nothing. */
  async keep(source: AsyncIterable<Uint8Array>): Promise<Piece> {
    const small: Uint8Array[] = []
    let size = 0
    let file: { readonly path: string; readonly handle: FileHandle } | null = null
    try {
      for await (const bytes of source) {
        size += bytes.length
        if (file === null) small.push(bytes)
        if (size > largestInMemory) {
          if (file === null) {
            file = await this.#create()
            for (const waiting of small.splice(0)) await file.handle.writeFile(waiting)
          } else await file.handle.writeFile(bytes)
        }
      }
    } catch (error) {
      await file?.handle.close()
      if (file !== null) await rm(file.path, { force: true })
      throw error
    }
    if (file === null) return { kind: 'bytes', size, bytes: Buffer.concat(small) }
    await file.handle.close()
    this.#holders.set(file.path, 1)
    return { kind: 'file', size, path: file.path }
  }

  /** Holds a body once more: each hold is to be followed by a release. */
  hold(body: Body): void {
    for (const piece of body) {
      const held = piece.kind === 'file' ? this.#holders.get(piece.path) : undefined
      // A file that isn't ours, which a world brought, is nobody's to remove.
      if (piece.kind === 'file' && held !== undefined) this.#holders.set(piece.path, held + 1)
    }
  }

  /** Removes what nobody holds any more. */
  async release(body: Body): Promise<void> {
    for (const piece of body) {
      const held = piece.kind === 'file' ? this.#holders.get(piece.path) : undefined
      if (piece.kind !== 'file' || held === undefined) continue
      if (held > 1) this.#holders.set(piece.path, held - 1)
      else {
        this.#holders.delete(piece.path)
        await rm(piece.path, { force: true })
      }
    }
  }

  async removeAll(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
  }

  async #create(): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    // A name of its own: no key becomes a path.
    const path = join(this.#dir, randomUUID())
    return { path, handle: await open(path, 'wx', 0o600) }
  }
}

/** The bytes from `from` up to, and without, `to`. */
export async function* readBody(body: Body, from = 0, to = sizeOf(body)): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const piece of body) {
    const [begin, end] = [Math.max(from - start, 0), Math.min(to - start, piece.size)]
    if (begin < end) yield* readPiece(piece, begin, end)
    start += piece.size
  }
}

async function* readPiece(piece: Piece, from: number, to: number): AsyncGenerator<Uint8Array> {
  if (piece.kind === 'bytes') yield piece.bytes.subarray(from, to)
  else if (piece.kind === 'generated') {
    let count = 0
    for (const block of generated(piece.seed, from, to)) {
      yield block
      count += 1
      // Who takes all of them at once is not to keep the others of this process waiting.
      if (count % 64 === 0) await setImmediate()
    }
  } else {
    let left = to - from
    for await (const bytes of createReadStream(piece.path, { start: from, end: to - 1 }) as AsyncIterable<Buffer>) {
      left -= bytes.length
      yield bytes
    }
    if (left !== 0) throw new Error(`${piece.path} is shorter than it was`)
  }
}

// A key stream can begin at any of its blocks, so any range of any size costs only what it has itself.
function* generated(seed: string, from: number, to: number): Generator<Uint8Array> {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16)
  for (let at = from - (from % blockSize); at < to; at += blockSize) {
    const counter = Buffer.alloc(16)
    counter.writeBigUInt64BE(BigInt(at / 16), 8)
    const block = createCipheriv('aes-128-ctr', key, counter).update(Buffer.alloc(blockSize))
    yield block.subarray(Math.max(from - at, 0), Math.min(to - at, blockSize))
  }
}
