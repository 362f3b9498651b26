// The disks of the host: image files, of which what stands before the first NUL counts.
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import type { Disk } from './kernel.ts'

/** A disk that can be pulled out. */
interface PluggedDisk extends Disk {
  readonly volumeId: string
  close(): void
}

const pieceBytes = 65_536

function textIn(fd: number): string {
  const pieces: Buffer[] = []
  for (let at = 0; ;) {
    const piece = Buffer.alloc(pieceBytes)
    const read = readSync(fd, piece, 0, pieceBytes, at)
    const end = piece.subarray(0, read).indexOf(0)
    pieces.push(piece.subarray(0, end === -1 ? read : end))
    if (end !== -1 || read === 0) return Buffer.concat(pieces).toString('utf8')
    at += read
  }
}

/** @param held whether writes have to wait now: what is written meanwhile is kept, and written by `flush` */
export class ImageDisk implements PluggedDisk {
  readonly device: string
  readonly serial: string | null
  readonly volumeId: string
  readonly sizeBytes: number
  readonly #fd: number
  readonly #held: () => boolean
  #text: string
  #onFileBytes: number
  #dirty = false

  constructor(device: string, serial: string | null, volumeId: string, imagePath: string, held: () => boolean) {
    this.#fd = openSync(imagePath, 'r+')
    this.device = device
    this.serial = serial
    this.volumeId = volumeId
    this.sizeBytes = fstatSync(this.#fd).size
    this.#held = held
    this.#text = textIn(this.#fd)
    this.#onFileBytes = Buffer.byteLength(this.#text)
  }

  read(): string {
    return this.#text
  }

  /** @throws Error for a text that holds a NUL or is larger than the disk */
  write(text: string): void {
    if (text.includes('\0')) throw new Error('a disk of the lab holds text without a NUL')
    if (Buffer.byteLength(text) > this.sizeBytes) throw new Error(`${this.device} has room for ${this.sizeBytes} bytes`)
    this.#dirty ||= text !== this.#text
    this.#text = text
    if (!this.#held()) this.flush()
  }

  flush(): void {
    if (!this.#dirty) return
    const bytes = Buffer.from(this.#text)
    // What was longer before must not be left behind it.
    const padded = Buffer.concat([bytes, Buffer.alloc(Math.max(0, this.#onFileBytes - bytes.length))])
    writeSync(this.#fd, padded, 0, padded.length, 0)
    this.#onFileBytes = bytes.length
    this.#dirty = false
  }

  close(): void {
    this.flush()
    closeSync(this.#fd)
  }
}

/** Whether ZFS was given the whole disk, and has divided it: what is on it says so. */
export function isDivided(disk: Disk): boolean | undefined {
  const [line = ''] = disk.read().split('\n', 1)
  const leaf = /"leaf":"(\d+)"/.exec(line)?.[1]
  if (leaf === undefined) return undefined
  return new RegExp(`"guid":"${leaf}","path":"[^"]*","wholeDisk":true`).test(line)
}

/** The partitions that ZFS makes of a disk: the pool's, and 8 MiB behind it. */
export function partitionsOf(
  disk: Disk,
): readonly { readonly number: number; readonly path: string; readonly size: number }[] {
  if (isDivided(disk) !== true) return []
  const path = (number: number): string => `${disk.device}${/\d$/.test(disk.device) ? 'p' : ''}${number}`
  const rest = 8 * 1024 * 1024
  return [
    { number: 1, path: path(1), size: disk.sizeBytes - rest - 2 * 1024 * 1024 },
    { number: 9, path: path(9), size: rest },
  ]
}
