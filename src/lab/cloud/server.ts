import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** An answer, or how the connection ends without one. */
export type Handler = (request: ReceivedRequest) => Promise<HttpAnswer | 'hang-up' | 'reset'>

export interface ReceivedRequest {
  readonly method: string
  readonly target: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const largestBody = 1024 * 1024

/** Listens on loopback only. Port 0 takes a free one. */
export async function listen(handler: Handler, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    serve(handler, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  await listenOn(server, port)
  return server
}

/** The same for a server that has its own way with requests. */
export async function listenOn(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

export function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return `http://127.0.0.1:${address.port}`
}

export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}

async function serve(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  if (body === null) {
    response.writeHead(413).end()
    return
  }
  const { method = 'GET', url: target = '/', headers } = request
  const answer = await handler({ method, target, headers, body })
  if (answer === 'hang-up') response.destroy()
  else if (answer === 'reset') request.socket.resetAndDestroy()
  else response.writeHead(answer.status, answer.headers).end(answer.body)
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let length = 0
  const incoming: AsyncIterable<Buffer> = request
  for await (const bytes of incoming) {
    length += bytes.length
    if (length > largestBody) return null
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}
