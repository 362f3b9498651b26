import { z } from 'zod'
import { faultScenario } from './fault-rules.ts'
import type { Faults } from './faults.ts'
import type { LoggedRequest } from './handle.ts'
import type { HttpAnswer, ReceivedRequest } from './server.ts'
import type { CloudState } from './state/cloud-state.ts'
import { changeWorld, unknownIn, worldChange } from './world-change.ts'

/** The path that everything of this file is under. AWS's own APIs are at `/`. */
export const adminPath = '/lab'

/**
 * What changes a running cloud from outside its process, beside AWS's APIs and unlike them unsigned:
 *
 * - `POST /lab/faults` takes faults to come, as `faultScenario` in fault-rules.ts describes them;
 *   `DELETE /lab/faults` forgets all of them.
 * - `POST /lab/world` changes the world, as `worldChange` in world-change.ts describes it.
 * - `GET /lab/log` gives the requests that were answered, in order.
 *
 * A change is answered by 204, JSON that is not of its form by 400 and what is wrong with it. A browser's page can't
 * reach it: a Host header that is not loopback's is refused, and a body has to be `application/json`.
 */
export function answerAdmin(
  request: ReceivedRequest,
  state: CloudState,
  faults: Faults,
  log: readonly LoggedRequest[],
): HttpAnswer {
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(request.headers.host ?? '')) {
    return said(403, 'only for this machine')
  }
  switch (`${request.method} ${request.target}`) {
    case 'GET /lab/log':
      return json(200, log)
    case 'DELETE /lab/faults':
      faults.clear()
      return done
    case 'POST /lab/faults':
      return take(request, faultScenario, (scenario) => faults.load(scenario))
    case 'POST /lab/world':
      return take(request, worldChange, (change) => {
        const [unknown] = unknownIn(change, state)
        if (unknown !== undefined) return said(400, `there is no ${unknown}`)
        return changeWorld(state, change)
      })
    default:
      return said(404, `no ${request.method} ${request.target}`)
  }
}

const done: HttpAnswer = { status: 204, headers: {}, body: '' }

function take<T>(request: ReceivedRequest, form: z.ZodType<T>, use: (given: T) => HttpAnswer | void): HttpAnswer {
  if (request.headers['content-type'] !== 'application/json') return said(415, 'the body has to be application/json')
  const given = form.safeParse(readJson(request.body.toString('utf8')))
  return given.success ? (use(given.data) ?? done) : said(400, z.prettifyError(given.error))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function said(status: number, error: string): HttpAnswer {
  return json(status, { error })
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
