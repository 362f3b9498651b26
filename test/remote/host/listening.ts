// A server of a test's own on a free port of 127.0.0.1.
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Waits until it listens; returns the port. */
export async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

export async function closed(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

/** A port that nobody listens on, for a server in a process of its own. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await closed(server)
  return port
}
