import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Fault } from '../fault-rules.ts'
import type { Faults } from '../faults.ts'
import type { LoggedRequest } from '../handle.ts'
import { ApiError } from '../protocol/api-error.ts'
import { proxyPage } from '../proxy-page.ts'
import { changeWorld } from '../world-change.ts'
import { refusalOf } from './access/permission.ts'
import { readCaller } from './access/signature.ts'
import type { Caller } from './access/signature.ts'
import { peerAddress } from './access/source-ip.ts'
import type { Answer, Call } from './operations/operation.ts'
import { route } from './operations/route.ts'
import type { Route } from './operations/route.ts'
import { errorDocument } from './protocol/documents.ts'
import { Incoming } from './protocol/incoming.ts'
import type { Headers } from './protocol/incoming.ts'
import { faultError, S3Error } from './protocol/s3-error.ts'
import { readTarget } from './protocol/target.ts'
import type { Target } from './protocol/target.ts'
import type { Bucket, S3State } from './store/objects.ts'

/** What the requests meet on their way. */
export interface S3Way {
  readonly state: S3State
  readonly faults: Faults
  readonly log: LoggedRequest[]
}

/** An answer, or how the connection ends without one. */
export type Ending = Answer | 'hang-up' | 'reset'

/** Who wants what, as far as it was understood before something was wrong. */
interface Seen {
  target: Target | null
  action: string
  fault: Fault | null
}

/** Answers one request, and logs it. */
export async function handle(request: IncomingMessage, way: S3Way): Promise<Ending> {
  const at = way.state.cloud.now()
  const seen: Seen = { target: null, action: '', fault: null }
  const ids = { requestId: randomBytes(8).toString('hex').toUpperCase(), hostId: randomBytes(56).toString('base64') }
  const headers = textHeaders(request.headers)
  let code: string | null = null
  let ending: Ending
  try {
    ending = await perform(request, headers, way, seen)
  } catch (thrown) {
    const error = asApiError(thrown)
    code = error.code
    ending = refusal(error, request.method === 'HEAD', seen.target, ids)
  }
  if (seen.fault?.kind === 'lost-answer') ending = 'hang-up'
  const status = typeof ending === 'string' ? 0 : ending.status
  const fault = seen.fault?.kind ?? null
  way.log.push({ at, service: 's3', action: seen.action, parameters: parametersOf(seen.target), status, code, fault })
  if (typeof ending === 'string' || fault === 'html') return ending
  return { ...ending, headers: { ...commonHeaders(way.state, seen.target, ids), ...ending.headers } }
}

async function perform(request: IncomingMessage, headers: Headers, way: S3Way, seen: Seen): Promise<Ending> {
  const { faults, state } = way
  const { method = 'GET', url = '/' } = request
  const target = readTarget(headers['host'] ?? '', url)
  seen.target = target
  const asked = route(method, target, headers)
  seen.action = asked.operation.name
  const now = state.cloud.now()
  const { path, query } = target
  const caller = readCaller({ method, target: url, headers, path, query }, state.cloud.world, now)
  const parameters = new Map(Object.entries(parametersOf(target)))
  const fault = faults.take({ action: seen.action, dryRun: false, parameters })
  seen.fault = fault
  if (fault?.kind === 'reset') return 'reset'
  if (fault?.kind === 'html') {
    const page = proxyPage(fault.status, fault.wellFormed ?? false)
    return { ...page, content: page.body }
  }
  if (fault?.kind === 'error') throw faultError(fault)
  if (fault?.kind === 'delay') await state.cloud.background.pause(fault.ms)
  if (fault?.kind === 'change') changeWorld(state.cloud, fault.change)
  return run(
    asked,
    { state, target, headers, now, ...senderOf(request, headers, target, caller, state) },
    caller,
    request,
  )
}

type Sender = Pick<Call, 'allow' | 'region' | 'signed'>

function senderOf(
  request: IncomingMessage,
  headers: Headers,
  { bucket, query }: Target,
  { isKnown, region }: Caller,
  { buckets, cloud }: S3State,
): Sender {
  const context = new Map([
    ['aws:sourceip', peerAddress(request.socket.remoteAddress, headers['host'], cloud.world)],
    ['aws:securetransport', 'false'],
  ])
  for (const name of ['prefix', 'delimiter', 'max-keys']) {
    const value = query.get(name)
    if (value !== undefined) context.set(`s3:${name}`, value)
  }
  return {
    signed: isKnown,
    region: region ?? buckets.get(bucket)?.region ?? cloud.world.region,
    allow(action, on, key = '') {
      const error = refusalOf({ world: cloud.world, isKnown, action, bucket: on, key, context })
      if (error !== null) throw error
    },
  }
}

async function run(
  asked: Route,
  from: Omit<Call, 'incoming'>,
  { payload }: Caller,
  request: IncomingMessage,
): Promise<Answer> {
  const { headers, state, target } = from
  if (asked.on === 'service') return asked.operation.run({ ...from, incoming: new Incoming(headers, payload, request) })
  const { operation } = asked
  const bucket = state.buckets.get(target.bucket)
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: target.bucket } })
  checkRegion(from, bucket, operation.name)
  const incoming = new Incoming(headers, payload, request, operation.foreignChecksum !== true)
  return operation.run({ ...from, incoming }, bucket)
}

// The lab's one endpoint is that of each region, and the signature says which of them the client takes it for.
function checkRegion({ headers, region }: Omit<Call, 'incoming'>, bucket: Bucket, action: string): void {
  if (region === bucket.region || (action === 'GetBucketLocation' && region === 'us-east-1')) return
  throw new S3Error('PermanentRedirect', {
    // Where it goes on is this endpoint again: some clients follow, and nothing is to leave the machine.
    details: { Endpoint: (headers['host'] ?? '').replace(`${bucket.name}.`, ''), Bucket: bucket.name },
    headers: { 'x-amz-bucket-region': bucket.region },
  })
}

interface Ids {
  readonly requestId: string
  readonly hostId: string
}

function refusal(error: ApiError, isHead: boolean, target: Target | null, { hostId, requestId }: Ids): Answer {
  const { details = {}, headers = {} } = error instanceof S3Error ? error : {}
  const Resource = target?.path ?? '/'
  const document = {
    Code: error.code,
    Message: error.message,
    ...details,
    Resource,
    RequestId: requestId,
    HostId: hostId,
  }
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...headers },
    content: isHead ? null : errorDocument(document),
  }
}

// Anything else than an ApiError is a bug of the lab. It must not look like an answer AWS would give for good reason.
function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  return new S3Error('InternalError', { message: thrown instanceof Error ? thrown.message : String(thrown) })
}

// Clients correct their clocks by the Date header, so it has to come from the clock that signatures are checked by.
function commonHeaders({ buckets, cloud }: S3State, target: Target | null, { hostId, requestId }: Ids) {
  const bucket = target?.key === '' ? buckets.get(target.bucket) : undefined
  return {
    date: cloud.now().toUTCString(),
    server: 'AmazonS3',
    'x-amz-request-id': requestId,
    'x-amz-id-2': hostId,
    ...(bucket === undefined ? {} : { 'x-amz-bucket-region': bucket.region }),
  }
}

// A signature in the query is worth as much as the credentials for a while.
function parametersOf(target: Target | null): Readonly<Record<string, string>> {
  if (target === null) return {}
  const { bucket, key, query } = target
  const shown = [...query].filter(([name]) => !/^(?:AWSAccessKeyId|Signature|X-Amz-.*)$/i.test(name))
  return {
    ...(bucket === '' ? {} : { Bucket: bucket }),
    ...(key === '' ? {} : { Key: key }),
    ...Object.fromEntries(shown),
  }
}

// Node takes headers for latin1, and clients write UTF-8.
function textHeaders(headers: IncomingMessage['headers']): Headers {
  const pairs = Object.entries(headers).map(([name, value]) => {
    const given = typeof value === 'object' ? value.join(',') : (value ?? '')
    const text = Buffer.from(given, 'latin1').toString()
    return [name, text.includes('\ufffd') ? given : text] as const
  })
  return Object.fromEntries(pairs)
}
