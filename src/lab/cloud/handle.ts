import { randomUUID } from 'node:crypto'
import { adminPath, answerAdmin } from './admin.ts'
import type { Fault } from './fault-rules.ts'
import type { Faults } from './faults.ts'
import { errorFor } from './known-errors.ts'
import { findAction, perform } from './perform.ts'
import type { Asked } from './perform.ts'
import { proxyPage } from './proxy-page.ts'
import { checkAccess } from './protocol/access.ts'
import type { Service } from './protocol/access.ts'
import { answerDocument, errorDocument } from './protocol/answer.ts'
import { ApiError } from './protocol/api-error.ts'
import { Parameters, parseParameters } from './protocol/parameters.ts'
import type { XmlElements } from './protocol/xml.ts'
import type { ReceivedRequest, Handler, HttpAnswer } from './server.ts'
import type { CloudState } from './state/cloud-state.ts'
import type { Resources } from './state/resources.ts'
import { changeWorld } from './world-change.ts'

/** One request as the cloud saw it, without its signature. */
export interface LoggedRequest {
  readonly at: Date
  readonly service: Service | 's3'
  readonly action: string
  readonly parameters: Readonly<Record<string, string>>
  /** 0 where the connection ended before anything was done. */
  readonly status: number
  /** AWS's error code; null when the request succeeded. */
  readonly code: string | null
  /** What was made to go wrong with it. */
  readonly fault: Fault['kind'] | null
}

const versions: Readonly<Record<Service, string>> = { ec2: '2016-11-15', iam: '2010-05-08', sts: '2011-06-15' }

/** What the requests meet on their way to the actions. */
export interface Way {
  readonly state: CloudState
  readonly faults: Faults
  readonly log: LoggedRequest[]
}

/** Turns HTTP requests into actions and their results into documents. */
export function handlerFor(way: Way): Handler {
  const { faults, log, state } = way
  return async (request) => {
    if (request.target.startsWith(`${adminPath}/`)) return answerAdmin(request, state, faults, log)
    const requestId = randomUUID()
    const form = formOf(request)
    const service = serviceOf(form)
    const seen = { at: state.now(), service, ...summary(form) }
    const outcome = await answer(request, form, service, way, requestId)
    const { end, error, fault } = outcome
    const { status, headers, body } = outcome.page ?? {
      status: outcome.status,
      headers: headersOf(service, requestId, state.now(), outcome.body),
      body: outcome.body,
    }
    log.push({ ...seen, status, code: error?.code ?? null, fault })
    return end ?? { status, body, headers }
  }
}

interface Outcome {
  readonly status: number
  readonly body: string
  readonly error: ApiError | null
  readonly fault: Fault['kind'] | null
  /** A proxy's page in place of AWS's document. */
  readonly page: HttpAnswer | null
  /** How the connection ends in place of an answer. */
  readonly end: 'hang-up' | 'reset' | null
}

async function answer(
  request: ReceivedRequest,
  form: string,
  service: Service,
  way: Way,
  requestId: string,
): Promise<Outcome> {
  const { faults, state } = way
  let fault: Fault | null = null
  try {
    checkAccess(request, service, state.world, state.now())
    const parameters = new Parameters(parseParameters(form))
    checkVersion(service, parameters)
    const action = findAction(service, parameters)
    const dryRun = parameters.flag('DryRun')
    fault = faults.take({ action: action.name, dryRun, parameters: new Map(parameters.flat()) })
    const kind = fault?.kind ?? null
    const nothing = { status: 0, body: '', error: null, fault: kind, page: null, end: null }
    if (fault?.kind === 'reset') return { ...nothing, end: 'reset' }
    if (fault?.kind === 'html') return { ...nothing, page: proxyPage(fault.status, fault.wellFormed ?? false) }
    if (fault?.kind === 'error') throw errorFor(fault)
    if (fault?.kind === 'delay') await state.background.pause(fault.ms)
    if (fault?.kind === 'change') changeWorld(state, fault.change)
    const result = await performLate({ service, action, parameters, requestId, fault }, way)
    const body = answerDocument(service, action.name, result, requestId)
    return { ...nothing, status: 200, body, end: fault?.kind === 'lost-answer' ? 'hang-up' : null }
  } catch (thrown) {
    const error = asApiError(thrown)
    const body = errorDocument(service, error, requestId)
    const end = fault?.kind === 'lost-answer' ? 'hang-up' : null
    return { status: error.status, body, error, fault: fault?.kind ?? null, page: null, end }
  }
}

/** Performs it, with what Describe calls see too late and too early. */
async function performLate(asked: Asked, { faults: { lags }, state }: Way): Promise<XmlElements> {
  const { fault } = asked
  const { name } = asked.action
  const seen = name.startsWith('Describe') ? lags.see(name, state, state.now()) : state
  if (fault?.kind !== 'unseen' && fault?.kind !== 'stale') return perform(asked, seen)
  const before = copyOf(state)
  const result = await perform(asked, seen)
  lags.begin(fault.kind, fault.for, before, state, state.now())
  return result
}

function copyOf({ instances, snapshots, volumes }: Resources): Resources {
  return { volumes: new Map(volumes), snapshots: new Map(snapshots), instances: new Map(instances) }
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

// All services are at one address, as they are for a client whose AWS_ENDPOINT_URL is set; the version tells them apart.
function serviceOf(form: string): Service {
  const version = new URLSearchParams(form).get('Version')
  return version === versions.sts ? 'sts' : version === versions.iam ? 'iam' : 'ec2'
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
