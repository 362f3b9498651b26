// How an object is cut into parts: small enough to lose one without grief, and few enough to be listed.
import type { DumpKind, DumpObject } from './dump-answer.ts'

/** A range of an object, and the file that it is fetched into. `from` and `to` are null for the whole of it. */
export interface Part {
  readonly object: DumpObject
  readonly name: string
  readonly bytes: number
  readonly from: number | null
  readonly to: number | null
}

/** 64 MiB: half a minute over a slow link. */
const partBytes = 64 * 1024 * 1024

/** 8 MiB, for what passes through a memory and over two links. */
export const relayedBytes = 8 * 1024 * 1024
/** What is a volume by itself (200 MiB, as duplicity makes them) is not put together again: that would be a second copy. */
const volumeBytes = 1024 * 1024 * 1024

/** The largest part of a dump of this kind. */
export const partLimit = (kind: DumpKind): number => (kind === 'duplicity' ? volumeBytes : partBytes)

const digits = (at: number, width: number): string => String(at).padStart(width, '0')

/** By what name the parts of the nth object begin. Keys are no names for files: they may be 1,024 bytes long. */
export const stagedName = (at: number): string => digits(at, 8)

/** Every part of these objects, in order; the names of an object's parts sort in the order of its bytes. */
export function partsOf(objects: readonly DumpObject[], limit = partBytes): Part[] {
  return objects.flatMap((object, at): Part[] => {
    const name = (part: number): string => `${stagedName(at)}.${digits(part, 6)}`
    // A range of nothing can't be asked for.
    if (object.size <= limit) return [{ object, name: name(0), bytes: object.size, from: null, to: null }]
    return Array.from({ length: Math.ceil(object.size / limit) }, (_, part) => {
      const from = part * limit
      const to = Math.min(object.size, from + limit) - 1
      return { object, name: name(part), bytes: to - from + 1, from, to }
    })
  })
}

/** All their bytes. */
export const bytesOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.bytes, 0)
