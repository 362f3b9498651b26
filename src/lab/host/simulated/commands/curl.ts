// curl(1): asks the host's own services, and what of the lab the host can reach. There is no other network.
import { request } from 'node:http'
import { FsError } from '../files/fs-error.ts'
import { failed, notInThisLab, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { readOptions, type Options } from './options.ts'

interface Reply {
  readonly status: number
  readonly body: Buffer
}

/** Why there is none, with the code that curl ends with. */
interface NoReply {
  readonly code: number
  readonly why: string
}

const known =
  'q disable s silent no-progress-meter S show-error f fail g globoff path-as-is Z parallel parallel-max: parallel-immediate max-time: m: connect-timeout: speed-limit: Y: speed-time: y: retry: w: write-out: o: output: max-filesize: r: range: url: X: request: d: data: data-binary: H: header: L location i'

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', v: '\v' }

const unquoted = (value: string): string =>
  /^".*"$/.test(value)
    ? value.slice(1, -1).replaceAll(/\\(.)/g, (_whole, letter: string) => escapes[letter] ?? letter)
    : value

/** The lines of a config (curl(1), --config) as arguments: `name = "value"`, `name value`, `name`. */
const wordsOf = (config: string): string[] =>
  config.split('\n').flatMap((line) => {
    const [, name, value = ''] = /^\s*-{0,2}([\w-]+)\s*[=: ]?\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined) return []
    return value === '' ? [`--${name}`] : [`--${name}`, unquoted(value)]
  })

/** The arguments with those of the configs that they name in their places. @throws FsError */
function withConfigs(call: Call): string[] {
  const { args } = call
  return args.flatMap((arg, at) => {
    if (arg === '--config' || arg === '-K') return []
    if (!['--config', '-K'].includes(args[at - 1] ?? '')) return [arg]
    return wordsOf(arg === '-' ? call.stdin : Buffer.from(call.files.read(call.path(arg))).toString('utf8'))
  })
}

/** What stands between `--next` is one transfer. */
function transfersOf(args: readonly string[]): Options[] {
  const groups: string[][] = [[]]
  for (const arg of args) {
    if (arg === '--next' || arg === '-:') groups.push([])
    else groups.at(-1)?.push(arg)
  }
  return groups.map((group) => readOptions(group, known))
}

const headersOf = (options: Options): Record<string, string> =>
  Object.fromEntries([
    ...options
      .values('H', 'header')
      .map((each) => [each.slice(0, each.indexOf(':')).trim().toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]),
    ...options.values('r', 'range').map((range) => ['range', `bytes=${range}`]),
  ])

/** Over the network, which leads to nothing but the lab itself. */
function fetched(url: URL, path: string, options: Options, signal: AbortSignal | undefined): Promise<Reply | NoReply> {
  const { promise, resolve } = Promise.withResolvers<Reply | NoReply>()
  const method = options.value('X', 'request') ?? 'GET'
  const ended = signal === undefined ? {} : { signal }
  request({ host: url.hostname, port: url.port, path, method, headers: headersOf(options), ...ended }, (answer) => {
    const pieces: Buffer[] = []
    answer.on('data', (piece: Buffer) => pieces.push(piece))
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(pieces) }))
    answer.on('error', () => resolve({ code: 18, why: 'transfer closed with outstanding read data remaining' }))
  })
    .on('error', ({ message }) => resolve({ code: 56, why: `Recv failure: ${message}` }))
    .end(options.value('d', 'data', 'data-binary'))
  return promise
}

async function replyTo(call: Call, given: string, options: Options): Promise<Reply | NoReply> {
  const { machine } = call.world
  const text = /^[a-z]+:\/\//.test(given) ? given : `http://${given}`
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null) return { code: 3, why: 'URL using bad/illegal format or missing URL' }
  // As it was given, where no path is made shorter: what a key is called is signed, too.
  const path = /^[a-z]+:\/\/[^/?#]*([^#]*)/.exec(text)?.[1] ?? '/'
  if (machine.reached.has(url.host)) return fetched(url, path, options, call.signal)
  if (!/^(127\.|localhost$|\[::1\]$)/.test(url.hostname))
    return { code: 6, why: `Could not resolve host: ${url.hostname}` }
  const port = Number(url.port || 80)
  const service = machine.services.get(port)
  if (service === undefined)
    return {
      code: 7,
      why: `Failed to connect to ${url.hostname} port ${port} after 0 ms: Couldn't connect to server`,
    }
  const body = options.value('d', 'data', 'data-binary')
  const method = options.value('X', 'request') ?? (body === undefined ? 'GET' : 'POST')
  const answer = await service({ method, path: url.pathname, headers: headersOf(options), body: body ?? '' })
  return { status: answer.status, body: Buffer.from(answer.body) }
}

/** What may be gone a moment later (curl(1), --retry). */
const transient = [408, 429, 500, 502, 503, 504]

async function repliedTo(call: Call, url: string, options: Options): Promise<Reply | NoReply> {
  const tries = Number(options.value('retry') ?? 0)
  for (let made = 0; ; made++) {
    const reply = await replyTo(call, url, options)
    if (made >= tries || !('status' in reply) || !transient.includes(reply.status)) return reply
    await call.world.machine.clock.sleep(1000 * 2 ** made, call.signal)
  }
}

/** One transfer. Standard output is bytes. */
async function transfer(call: Call, options: Options): Promise<Result> {
  const reply = await repliedTo(call, options.value('url') ?? options.rest[0] ?? '', options)
  const output = options.value('o', 'output')
  const isRefused = 'status' in reply && options.has('f', 'fail') && reply.status >= 400
  const body = 'body' in reply && !isRefused ? reply.body : Buffer.alloc(0)
  let why =
    'why' in reply ? reply : isRefused ? { code: 22, why: `The requested URL returned error: ${reply.status}` } : null
  if (why === null && output !== undefined) {
    try {
      call.files.write(call.path(output), body)
    } catch (error) {
      if (!(error instanceof FsError)) throw error
      why = { code: 23, why: 'Failure writing output to destination' }
    }
  }
  const written = (options.value('w', 'write-out') ?? '')
    .replaceAll('%{http_code}', String('status' in reply ? reply.status : 0).padStart(3, '0'))
    .replaceAll('%{size_download}', String(body.length))
    .replaceAll('%{filename_effective}', output ?? '')
    .replaceAll('\\n', '\n')
  return {
    stdout: `${output === undefined ? body.toString('latin1') : ''}${Buffer.from(written).toString('latin1')}`,
    stderr: why === null ? '' : `curl: (${why.code}) ${why.why}\n`,
    exitCode: why?.code ?? 0,
  }
}

export const curl: HostCommand = async (call) => {
  let transfers: Options[]
  try {
    transfers = transfersOf(withConfigs(call))
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    return failed(`curl: cannot read config from '${error.path}'`, 26)
  }
  const unknown = transfers.find((each) => each.unknown !== undefined)?.unknown
  if (unknown !== undefined) return notInThisLab(`curl ${unknown}`)
  // These are for all transfers, wherever they stand.
  const isQuiet =
    transfers.some((each) => each.has('s', 'silent')) && !transfers.some((each) => each.has('S', 'show-error'))
  const asked = transfers.filter((each) => each.has('url') || each.rest.length > 0)
  if (asked.length === 0) return failed('curl: (2) no URL specified', 2)
  const results: Result[] = []
  for (const each of asked) results.push(await transfer(call, each))
  return {
    stdout: results.map((each) => each.stdout).join(''),
    stderr: isQuiet ? '' : results.map((each) => each.stderr).join(''),
    exitCode: results.findLast((each) => each.exitCode !== 0)?.exitCode ?? 0,
    isBytes: true,
  }
}
