// A stretch of network between a test and its sshd, which can go silent or be cut.
import { connect, createServer, type Socket } from 'node:net'
import { closed, listening } from './listening.ts'

export interface Relay extends AsyncDisposable {
  readonly port: number
  /** From now on nothing gets through, and nobody is told. */
  goSilent(): void
  cut(): void
  /** Whether whoever comes anew is turned away at once. */
  refuses: boolean
}

export async function startRelay(toPort: number): Promise<Relay> {
  const sockets: Socket[] = []
  const server = createServer((near) => {
    near.on('error', () => undefined)
    if (relay.refuses) return void near.destroy()
    const far = connect(toPort, '127.0.0.1')
    sockets.push(near, far)
    far.on('error', () => undefined)
    near.pipe(far).pipe(near)
  })
  const port = await listening(server)
  const cut = (): void => sockets.forEach((each) => each.destroy())
  const relay: Relay = {
    port,
    refuses: false,
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
