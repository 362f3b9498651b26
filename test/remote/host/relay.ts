// A stretch of network between a test and its sshd, which can go silent or be cut.
import { connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { closed, listening } from './listening.ts'

export interface Relay extends AsyncDisposable {
  readonly port: number
  /** From now on nothing gets through, and nobody is told. */
  goSilent(): void
  cut(): void
  /** Whether whoever comes anew is turned away at once. */
  refuses: boolean
  /** Bytes that arrive as others, where they come from the far end in one piece. */
  spoils: Buffer | null
}

/** A piece of what passes, with the wanted bytes in it turned round. */
function spoilt(chunk: Buffer, wanted: Buffer | null): Buffer {
  const at = wanted === null ? -1 : chunk.indexOf(wanted)
  if (wanted === null || at < 0) return chunk
  return Buffer.concat([chunk.subarray(0, at), wanted.toReversed(), chunk.subarray(at + wanted.length)])
}

/** @param from the loopback address that the far end sees it come from */
export async function startRelay(toPort: number, from = '127.0.0.1'): Promise<Relay> {
  const sockets: Socket[] = []
  const server = createServer((near) => {
    near.on('error', () => undefined)
    if (relay.refuses) return void near.destroy()
    const far = connect({ port: toPort, host: '127.0.0.1', localAddress: from })
    sockets.push(near, far)
    far.on('error', () => undefined)
    near
      .pipe(far)
      .pipe(new Transform({ transform: (chunk: Buffer, _, done) => done(null, spoilt(chunk, relay.spoils)) }))
      .pipe(near)
  })
  const port = await listening(server)
  const cut = (): void => sockets.forEach((each) => each.destroy())
  const relay: Relay = {
    port,
    refuses: false,
    spoils: null,
    goSilent: () =>
      sockets.forEach((each) => {
        each.unpipe()
        each.pause()
      }),
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      await closed(server)
    },
  }
  return relay
}
