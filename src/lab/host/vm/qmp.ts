// A client of QEMU's machine protocol: https://www.qemu.org/docs/master/interop/qmp-spec.html
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import { VmError } from './vm-error.ts'

/** The commands that the lab uses, with their arguments as in QEMU's QMP reference. */
export interface QmpCommands {
  readonly qmp_capabilities: undefined
  readonly stop: undefined
  readonly cont: undefined
  readonly system_reset: undefined
  readonly 'human-monitor-command': { readonly 'command-line': string }
  readonly 'blockdev-add': {
    readonly 'node-name': string
    readonly driver: 'raw'
    readonly discard: 'unmap'
    readonly file: {
      readonly driver: 'file'
      readonly filename: string
      readonly discard: 'unmap'
      readonly cache: { readonly direct: boolean; readonly 'no-flush': boolean }
    }
  }
  readonly 'blockdev-del': { readonly 'node-name': string }
  readonly device_add: { readonly driver: string; readonly id: string; readonly [property: string]: string }
  readonly device_del: { readonly id: string }
}

const messageSchema = z.union([
  z.object({ QMP: z.unknown().refine((greeting) => greeting !== undefined) }),
  z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).optional() }),
  z.object({ error: z.object({ desc: z.string() }) }),
  z.object({ return: z.unknown() }),
])

export interface QmpEvent {
  readonly event: string
  readonly data?: Readonly<Record<string, unknown>> | undefined
}

interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: VmError) => void
}

interface Watcher extends Waiting<QmpEvent> {
  readonly matches: (event: QmpEvent) => boolean
}

/** QEMU's greeting is told to watchers as if it were an event. */
const greeting = 'QMP'

export class QmpClient {
  readonly #stream: Duplex
  readonly #asked: (Waiting<unknown> & { readonly command: string })[] = []
  readonly #watchers = new Set<Watcher>()
  #lost: VmError | null = null

  private constructor(stream: Duplex) {
    this.#stream = stream
    const lines = createInterface(stream)
    lines.on('line', (line) => this.#read(line))
    // readline passes the stream's errors on as its own.
    lines.on('error', (error) => this.#lose(error.message))
    stream.on('error', (error) => this.#lose(error.message))
    stream.on('close', () => this.#lose('the connection is closed'))
  }

  /** Waits for QEMU's greeting on a connected stream and goes into command mode. */
  static async over(stream: Duplex, timeoutMs = 10_000): Promise<QmpClient> {
    const client = new QmpClient(stream)
    await client.waitFor(({ event }) => event === greeting, 'greet', timeoutMs)
    await client.execute('qmp_capabilities')
    return client
  }

  /** QEMU answers in the order of the commands. @throws VmError `qmp-refused` with QEMU's words, or `qmp-lost`. */
  async execute<C extends keyof QmpCommands>(
    command: C,
    ...[args]: QmpCommands[C] extends undefined ? [] : [QmpCommands[C]]
  ): Promise<unknown> {
    if (this.#lost) throw this.#lost
    return new Promise((resolve, reject) => {
      this.#asked.push({ command, resolve, reject })
      this.#stream.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
    })
  }

  /** A command of the human monitor. It tells its errors as text. */
  async monitor(line: string): Promise<string> {
    return z.string().parse(await this.execute('human-monitor-command', { 'command-line': line }))
  }

  /**
   * Call it before the command that causes the event: what came earlier is not seen.
   * @throws VmError `qmp-timeout` or `qmp-lost`.
   */
  async waitFor(matches: (event: QmpEvent) => boolean, what: string, timeoutMs: number): Promise<QmpEvent> {
    if (this.#lost) throw this.#lost
    let watcher: Watcher | undefined
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<QmpEvent>((resolve, reject) => {
        watcher = { matches, resolve, reject }
        this.#watchers.add(watcher)
        const message = `QEMU did not ${what} within ${timeoutMs / 1000} s`
        timer = setTimeout(() => reject(new VmError({ code: 'qmp-timeout', message })), timeoutMs)
      })
    } finally {
      clearTimeout(timer)
      if (watcher) this.#watchers.delete(watcher)
    }
  }

  close(): void {
    this.#stream.destroy()
  }

  #read(line: string): void {
    const message = messageSchema.safeParse(parseJson(line)).data
    if (message === undefined) this.#lose(`it said what is no QMP: ${line.slice(0, 200)}`)
    else if ('QMP' in message) this.#tell({ event: greeting })
    else if ('event' in message) this.#tell(message)
    else this.#answer(message)
  }

  #tell(event: QmpEvent): void {
    for (const watcher of this.#watchers) if (watcher.matches(event)) watcher.resolve(event)
  }

  #answer(message: { readonly return?: unknown } | { readonly error: { readonly desc: string } }): void {
    const asked = this.#asked.shift()
    if (asked === undefined) return
    if (!('error' in message)) return asked.resolve(message.return)
    const { desc } = message.error
    asked.reject(new VmError({ code: 'qmp-refused', message: `QEMU refuses ${asked.command}: ${desc}` }))
  }

  #lose(why: string): void {
    if (this.#lost) return
    this.#lost = new VmError({ code: 'qmp-lost', message: `QEMU no longer answers: ${why}` })
    for (const { reject } of [...this.#asked.splice(0), ...this.#watchers]) reject(this.#lost)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
