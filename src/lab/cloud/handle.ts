import { randomUUID } from 'node:crypto'
import type { Faults } from './faults.ts'
import { findAction, perform } from './perform.ts'
import { checkAccess } from './protocol/access.ts'
import type { Service } from './protocol/access.ts'
import { answerDocument, errorDocument } from './protocol/answer.ts'
import { ApiError } from './protocol/api-error.ts'
import { Parameters, parseParameters } from './protocol/parameters.ts'
import type { ReceivedRequest, Handler, HttpAnswer } from './server.ts'
import type { CloudState } from './state/cloud-state.ts'

/** One request as the cloud saw it, without its signature. */
export interface LoggedRequest {
  readonly at: Date
  readonly service: Service
  readonly action: string
  readonly parameters: Readonly<Record<string, string>>
  readonly status: number
  /** AWS's error code; null when the request succeeded. */
  readonly code: string | null
}

const versions: Readonly<Record<Service, string>> = { ec2: '2016-11-15', sts: '2011-06-15' }

/** Turns HTTP requests into actions and their results into documents. */
export function handlerFor(state: CloudState, faults: Faults, log: LoggedRequest[]): Handler {
  return async (request) => {
    const requestId = randomUUID()
    const form = formOf(request)
    const service = serviceOf(form)
    const seen = { at: state.now(), service, ...summary(form) }
    const outcome = await answer(request, form, service, state, faults, requestId)
    log.push({ ...seen, status: outcome.status, code: outcome.error?.code ?? null })
    if (outcome.lost) return null
    const { status, body } = outcome
    return { status, body, headers: headersOf(service, requestId, state.now(), body) } satisfies HttpAnswer
  }
}

interface Outcome {
  readonly status: number
  readonly body: string
  readonly error: ApiError | null
  readonly lost: boolean
}

async function answer(
  request: ReceivedRequest,
  form: string,
  service: Service,
  state: CloudState,
  faults: Faults,
  requestId: string,
): Promise<Outcome> {
  try {
    checkAccess(request, service, state.world, state.now())
    const parameters = new Parameters(parseParameters(form))
    checkVersion(service, parameters)
    const action = findAction(service, parameters)
    const fault = faults.take(action.name)
    if (fault?.kind === 'error') throw new ApiError(fault.code, fault.message, fault.status)
    if (fault?.kind === 'delay') await state.background.pause(fault.ms)
    const result = perform(service, action, parameters, state, requestId)
    const body = answerDocument(service, action.name, result, requestId)
    return { status: 200, body, error: null, lost: fault?.kind === 'lost-answer' }
  } catch (thrown) {
    const error = asApiError(thrown)
    return { status: error.status, body: errorDocument(service, error, requestId), error, lost: false }
  }
}

// Anything else than an ApiError is a bug of the lab. It must not look like an answer AWS would give for good reason.
function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new ApiError('InternalError', `An internal error has occurred: ${message}`, 500)
}

function formOf({ method, target, body }: ReceivedRequest): string {
  return method === 'POST' ? body.toString('utf8') : target.slice(target.indexOf('?') + 1)
}

// Both services are at one address, as they are for a client whose AWS_ENDPOINT_URL is set; the version tells them apart.
function serviceOf(form: string): Service {
  return new URLSearchParams(form).get('Version') === versions.sts ? 'sts' : 'ec2'
}

function checkVersion(service: Service, parameters: Parameters): void {
  const version = parameters.text('Version')
  if (version !== undefined && version !== versions[service]) {
    throw new ApiError('NoSuchVersion', `The requested version (${version}) of service AmazonEC2 does not exist`)
  }
}

function summary(form: string): Pick<LoggedRequest, 'action' | 'parameters'> {
  const given = new URLSearchParams(form)
  // A signature may also stand in the query, where it is worth as much as the credentials for a while.
  const shown = [...given].filter(([name]) => !/^(?:Action|Version|AWSAccessKeyId|Signature.*|X-Amz-.*)$/i.test(name))
  return { action: given.get('Action') ?? '', parameters: Object.fromEntries(shown) }
}

// The clients correct their clocks by the Date header, so it has to come from the clock that signatures are checked by.
function headersOf(service: Service, requestId: string, now: Date, body: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/xml;charset=UTF-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-cache, no-store',
    date: now.toUTCString(),
    'x-amzn-requestid': requestId,
    ...(service === 'ec2' ? { server: 'AmazonEC2' } : {}),
  }
}
