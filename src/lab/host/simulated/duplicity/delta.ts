// librsync's deltas, in which duplicity(1) keeps what a file that has changed is made of: literal bytes, and copies of what
// the file was (librsync's command.h and prototab.c).

/** `rs` and 0x0236: a delta. */
const magic = 0x72730236

/** 1 to 64 are literals of that length, 65 to 68 literals whose length follows in 1, 2, 4 or 8 bytes. */
const literalN1 = 0x41

/** 69 to 84: a copy, whose offset and then whose length have 1, 2, 4 or 8 bytes. */
const copyN1N1 = 0x45
const firstReserved = 0x55

function slice(of: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > of.length) throw new Error('the delta reaches beyond an end')
  return of.subarray(start, start + length)
}

/** What a file has become. @throws Error where the delta is none, or copies what is not there */
export function patched(was: Uint8Array, delta: Uint8Array): Buffer {
  const bytes = Buffer.from(delta)
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== magic) throw new Error('this is no delta of librsync')
  let at = 4
  const number = (sizeLog: number): number => {
    const size = 1 << sizeLog
    const read = sizeLog === 3 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, size)
    at += size
    return read
  }
  const parts: Uint8Array[] = []
  for (let op = number(0); op !== 0; op = number(0)) {
    if (op >= firstReserved) throw new Error(`the delta has a command ${op}, which there is none of`)
    if (op >= copyN1N1) {
      const start = number((op - copyN1N1) >> 2)
      parts.push(slice(was, start, number((op - copyN1N1) & 3)))
    } else {
      const length = op < literalN1 ? op : number(op - literalN1)
      parts.push(slice(bytes, at, length))
      at += length
    }
  }
  return Buffer.concat(parts)
}

const sized = (op: number, ...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(1 + 4 * numbers.length)
  bytes[0] = op
  numbers.forEach((each, at) => bytes.writeUInt32BE(each, 1 + 4 * at))
  return bytes
}

/** A delta that makes one file of another: what both begin with is copied, and the rest is literal. */
export function deltaOf(was: Uint8Array, is: Uint8Array): Buffer {
  const differs = is.findIndex((byte, at) => was[at] !== byte)
  const same = differs === -1 ? is.length : differs
  const rest = is.subarray(same)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(magic)
  return Buffer.concat([
    head,
    ...(same === 0 ? [] : [sized(copyN1N1 + (2 << 2) + 2, 0, same)]),
    ...(rest.length === 0 ? [] : [sized(literalN1 + 2, rest.length), rest]),
    Buffer.of(0),
  ])
}
