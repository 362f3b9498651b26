// A command's standard input, which the shell wants whole before it begins.
import type { Readable } from 'node:stream'

/** What reads its standard input, or may. */
const reading =
  /\b(cat|read|xargs|awk|sed|head|tail|sort|wc|tee|sh|bash|cut|tr|grep|load-key|program|chpasswd|sudo|base64|receive)\b/

const looks = 8
const lookMs = 250

/**
 * All of it. A line that reads none isn't kept waiting, and one that may read, but is given nothing and no end either, as
 * by a person at a terminal, gets none after 2 s.
 */
export function standardInput(stream: Readable, line: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  let timer: NodeJS.Timeout | undefined
  const finish = (): void => {
    clearTimeout(timer)
    resolve(Buffer.concat(pieces))
  }
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece)
  })
  stream.once('end', finish).once('close', finish)
  // Several looks, so that a process that was held up has seen what came meanwhile.
  const look = (left: number): void => {
    timer = setTimeout(() => {
      if (pieces.length > 0) return
      if (left === 0) finish()
      else look(left - 1)
    }, lookMs)
  }
  if (reading.test(line)) look(looks)
  else finish()
  return promise
}
