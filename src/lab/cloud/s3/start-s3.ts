import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Faults } from '../faults.ts'
import type { LoggedRequest } from '../handle.ts'
import { listenOn, stop, urlOf } from '../server.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { WorldBucket } from '../world.ts'
import { handle } from './handle.ts'
import type { S3Way } from './handle.ts'
import { beginBucket, beginBuckets } from './store/begin.ts'
import { Bodies, readBody } from './store/bodies.ts'
import type { S3State } from './store/objects.ts'

export interface S3Options {
  readonly cloud: CloudState
  readonly faults: Faults
  readonly log: LoggedRequest[]
  /** For the bodies that are put. */
  readonly dir: string
}

/** S3's REST protocol on loopback, over one world; `close` removes all that was put. */
export interface S3 {
  readonly url: string
  /** A bucket more; one of its name makes way for it. */
  add(bucket: WorldBucket): void
  close(): Promise<void>
}

/** Starts it on a free port. @throws Error where the world says what can't be */
export async function startS3({ cloud, dir, faults, log }: S3Options): Promise<S3> {
  const state: S3State = {
    cloud,
    buckets: beginBuckets(cloud.world, cloud.now()),
    bodies: new Bodies(join(dir, 's3')),
  }
  const running = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    const served = serve(request, response, { state, faults, log })
      // The client is gone, or its body can't be read any more: there is nobody to tell.
      .catch(() => void response.destroy())
      .finally(() => running.delete(served))
    running.add(served)
  })
  await listenOn(server, 0)
  return {
    url: urlOf(server),
    add: (bucket) => void state.buckets.set(bucket.name, beginBucket(bucket, cloud.world, cloud.now())),
    async close() {
      await stop(server)
      await Promise.allSettled(running)
      await state.bodies.removeAll()
    },
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, way: S3Way): Promise<void> {
  const answer = await handle(request, way)
  if (answer === 'hang-up') response.destroy()
  else if (answer === 'reset') request.socket.resetAndDestroy()
  else {
    const { content, headers, status } = answer
    if (content === null || typeof content === 'string') {
      const length = content === null ? {} : { 'content-length': String(Buffer.byteLength(content)) }
      response.writeHead(status, { ...headers, ...length }).end(content ?? undefined)
      return
    }
    const { bodies } = way.state
    bodies.hold(content.body)
    try {
      response.writeHead(status, headers)
      await pipeline(Readable.from(readBody(content.body, content.from, content.to)), response)
    } finally {
      await bodies.release(content.body)
    }
  }
}
