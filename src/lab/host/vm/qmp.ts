// A client of QEMU's machine protocol: https://www.qemu.org/docs/master/interop/qmp-spec.html
import type { Duplex } from 'node:stream'
import { createInterface } from 'node:readline'
import { VmError } from './vm-error.ts'

/** The commands that the lab uses, with their arguments and answers, as in QEMU's QMP reference. */
export interface QmpCommands {
  qmp_capabilities: { arguments: undefined; answer: object }
  stop: { arguments: undefined; answer: object }
  cont: { arguments: undefined; answer: object }
  'human-monitor-command': { arguments: { 'command-line': string }; answer: string }
  'blockdev-add': { arguments: BlockNode; answer: object }
  'blockdev-del': { arguments: { 'node-name': string }; answer: object }
  device_add: { arguments: { driver: string; id: string; [property: string]: string }; answer: object }
  device_del: { arguments: { id: string }; answer: object }
}

interface BlockNode {
  readonly 'node-name': string
  readonly driver: string
  readonly discard: 'unmap' | 'ignore'
  readonly file: {
    readonly driver: 'file'
    readonly filename: string
    readonly discard: 'unmap' | 'ignore'
    readonly cache: { readonly direct: boolean; readonly 'no-flush': boolean }
  }
}

export interface QmpEvent {
  readonly event: string
  readonly data?: Readonly<Record<string, unknown>>
}

interface Pending {
  readonly command: string
  resolve(answer: unknown): void
  reject(error: unknown): void
}

interface Watcher {
  sees(event: QmpEvent): boolean
  fail(error: VmError): void
}

interface Message {
  readonly QMP?: unknown
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
  readonly event?: string
  readonly data?: Readonly<Record<string, unknown>>
}

export class QmpClient {
  readonly #stream: Duplex
  readonly #pending: Pending[] = []
  readonly #watchers = new Set<Watcher>()
  #lost: VmError | null = null
  #greeted: (() => void) | null = null

  private constructor(stream: Duplex) {
    this.#stream = stream
    createInterface(stream).on('line', (line) => this.#read(line))
    stream.on('close', () => this.#lose('the connection is closed'))
    stream.on('error', (error) => this.#lose(error.message))
  }

  /** Waits for QEMU's greeting on a connected stream and goes into command mode. */
  static async over(stream: Duplex, timeoutMs = 10_000): Promise<QmpClient> {
    const client = new QmpClient(stream)
    await client.#within(timeoutMs, 'greet', (done, fail) => {
      client.#greeted = done
      client.#watchers.add({ sees: () => false, fail })
    })
    await client.execute('qmp_capabilities')
    return client
  }

  /** QEMU answers commands in the order in which they came. @throws VmError with QEMU's own words. */
  async execute<C extends keyof QmpCommands>(
    command: C,
    ...[args]: QmpCommands[C]['arguments'] extends undefined ? [] : [QmpCommands[C]['arguments']]
  ): Promise<QmpCommands[C]['answer']> {
    if (this.#lost) throw this.#lost
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.push({ command, resolve, reject })
    })
    this.#stream.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`)
    return (await answer) as QmpCommands[C]['answer']
  }

  /** A command of the human monitor, whose errors come as text. */
  async monitor(line: string): Promise<string> {
    return this.execute('human-monitor-command', { 'command-line': line })
  }

  /** Call it before the command that causes the event: what came earlier is not seen. */
  waitFor(matches: (event: QmpEvent) => boolean, what: string, timeoutMs: number): Promise<QmpEvent> {
    let watcher: Watcher | null = null
    return this.#within<QmpEvent>(timeoutMs, what, (done, fail) => {
      if (this.#lost) return fail(this.#lost)
      watcher = {
        sees: (event) => {
          if (matches(event)) done(event)
          return false
        },
        fail,
      }
      this.#watchers.add(watcher)
    }).finally(() => watcher && this.#watchers.delete(watcher))
  }

  close(): void {
    this.#stream.destroy()
  }

  async #within<T = void>(
    timeoutMs: number,
    what: string,
    start: (done: (value: T) => void, fail: (error: VmError) => void) => void,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        timer = setTimeout(
          () =>
            reject(new VmError({ code: 'qmp-timeout', message: `QEMU did not ${what} within ${timeoutMs / 1000} s` })),
          timeoutMs,
        )
        start(resolve, reject)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  #read(line: string): void {
    let message: Message
    try {
      message = JSON.parse(line) as Message
    } catch {
      return this.#lose(`QEMU said what is no JSON: ${line.slice(0, 200)}`)
    }
    if (message.QMP !== undefined) this.#greeted?.()
    else if (message.event !== undefined)
      this.#tell({ event: message.event, ...(message.data && { data: message.data }) })
    else this.#answer(message)
  }

  #tell(event: QmpEvent): void {
    for (const watcher of this.#watchers) watcher.sees(event)
  }

  #answer(message: Message): void {
    const asked = this.#pending.shift()
    if (!asked) return
    if (!message.error) return asked.resolve(message.return)
    asked.reject(new VmError({ code: 'qmp-refused', message: `QEMU refuses ${asked.command}: ${message.error.desc}` }))
  }

  #lose(why: string): void {
    if (this.#lost) return
    this.#lost = new VmError({ code: 'qmp-lost', message: `QEMU no longer answers: ${why}` })
    for (const asked of this.#pending.splice(0)) asked.reject(this.#lost)
    for (const watcher of this.#watchers) watcher.fail(this.#lost)
  }
}
