// The wizard in a terminal of any size that is a program itself: what is drawn there can be read line by line.
import headless from '@xterm/headless'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { onTestFinished } from 'vitest'
import { App } from '../../src/screens/app.tsx'
import { keyTable, type KeyId } from '../../src/screens/keys.ts'
import { mount, type Mounted } from '../../src/screens/mount.ts'
import { makeStore, type Store } from '../../src/screens/store.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { Route, StepId } from '../../src/steps/step.ts'
import { fakeRoute } from '../run/fake-route.ts'
import { bytesOf } from './bytes.ts'

interface Opened {
  readonly columns?: number
  readonly rows?: number
  readonly ascii?: boolean
  readonly route?: Route
  readonly done?: readonly StepId[]
  /** How long steps usually take, in milliseconds, as three earlier runs tell. */
  readonly usual?: Partial<Readonly<Record<StepId, number>>>
  readonly now?: string
  /** By how many milliseconds events are ahead of the clock on the screen. */
  readonly ahead?: number
  readonly place?: readonly string[]
  readonly undoing?: boolean
  /** Frames a second at most. */
  readonly maxFps?: number
  readonly isComing?: (step: StepId) => boolean
  /** An event in lines; JSON where nothing is given. */
  readonly said?: (event: RunEvent) => readonly string[]
  /** The last word. */
  readonly summary?: readonly string[]
}

const until = async <T,>(look: () => T | undefined | false, what: () => string): Promise<T> => {
  for (const end = performance.now() + 4000; performance.now() < end;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => void setTimeout(resolve, 5))
  }
  throw new Error(`in vain waited for it, and this is what there is:\n${what()}`)
}

/** The wizard with nobody behind it: a test hands it events and questions, and presses keys. */
export class Screen {
  readonly store: Store
  readonly copied: string[] = []
  readonly paged: string[] = []
  /** Everything that was written to the terminal. */
  written = ''
  interrupts = 0
  readonly #terminal: headless.Terminal
  readonly #stdin = new PassThrough()
  readonly #stdout: EventEmitter & { columns: number; rows: number }
  readonly #screens: Mounted
  #instantMs: number

  constructor(opened: Opened = {}) {
    const { columns = 80, rows = 24, ascii = false, route = fakeRoute(), done = [], usual = {}, ahead = 0 } = opened
    const { place = ['RESTORE', 'web', 'eu-central-1'], summary = ['restored', 'next: nothing'] } = opened
    this.#instantMs = Date.parse(opened.now ?? '2026-11-21T03:14:07.000Z')
    const clock = (): Date => new Date(this.#instantMs)
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
    this.store = makeStore({
      route,
      place,
      done,
      undoing: opened.undoing ?? false,
      isComing: opened.isComing ?? (() => true),
      usualMs: (step) => usual[step],
      usualRuns: (steps) => (steps.some((step) => usual[step] !== undefined) ? 3 : 0),
      clock: () => new Date(this.#instantMs + ahead),
      said: opened.said ?? ((event) => [JSON.stringify(event)]),
    })
    this.#stdout = Object.assign(new EventEmitter(), {
      columns,
      rows,
      isTTY: true,
      write: (text: string, done_?: unknown, then?: () => void) => {
        this.written += text
        const after = typeof done_ === 'function' ? done_ : then
        this.#terminal.write(text, () => {
          if (typeof after === 'function') (after as () => void)()
        })
        return true
      },
    })
    const stdin = Object.assign(this.#stdin, {
      isTTY: true,
      setRawMode: () => stdin,
      ref: () => stdin,
      unref: () => stdin,
    })
    this.#screens = mount(
      <App
        store={this.store}
        clock={clock}
        interrupt={() => this.interrupts++}
        copy={(text) => {
          this.copied.push(text)
          return 'copied'
        }}
        page={(text) => {
          this.paged.push(text)
          return Promise.resolve(null)
        }}
        summary={() => summary}
        redraw={() => this.#screens.redraw()}
        ascii={ascii}
      />,
      {
        stdin: stdin as unknown as NodeJS.ReadStream,
        stdout: this.#stdout as unknown as NodeJS.WriteStream,
        maxFps: opened.maxFps ?? 1000,
        drawn: this.store.drawn,
        ascii,
      },
    )
    onTestFinished(() => this.#screens.unmount())
  }

  /** Sets the clock forward; the screen looks at it once a second. */
  later(ms: number): void {
    this.#instantMs += ms
  }

  take(...events: readonly RunEvent[]): void {
    for (const event of events) this.store.take(event)
  }

  /** The lines that are seen now, without trailing blanks. */
  lines(): string[] {
    const { active } = this.#terminal.buffer
    return Array.from(
      { length: this.#terminal.rows },
      (_none, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    )
  }

  text(): string {
    return this.lines().join('\n')
  }

  /** Waits until this is on the screen, and its keys are heard. */
  async shows(what: string | RegExp): Promise<void> {
    await until(
      () => this.store.isDrawn() && (typeof what === 'string' ? this.text().includes(what) : what.test(this.text())),
      () => `${String(what)}\n${this.text()}`,
    )
  }

  /** Waits until this is no longer on the screen. */
  async hides(what: string): Promise<void> {
    await until(
      () => !this.text().includes(what),
      () => this.text(),
    )
  }

  /** Waits until something else is on the screen. */
  async changes(before: string): Promise<void> {
    await until(
      () => this.text() !== before,
      () => this.text(),
    )
  }

  /** Waits until it stays as it is. */
  async settles(): Promise<void> {
    let before: string | undefined
    await until(
      () => before === (before = this.written),
      () => this.text(),
    )
  }

  /** Presses keys of the table, one after the other. */
  press(...ids: readonly KeyId[]): void {
    for (const id of ids) this.send(bytesOf(keyTable[id].keys[0] ?? ''))
  }

  /** Sends these bytes as they are, in one piece. */
  send(bytes: string): void {
    this.#stdin.write(bytes)
  }

  resize(columns: number, rows: number): void {
    this.resizeUnheard(columns, rows)
    this.hearSize()
  }

  /** Changes the terminal's size; the program has not heard of it yet. */
  resizeUnheard(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows)
  }

  /** Puts something on the terminal that nobody has drawn. */
  spoil(text: string): void {
    this.#terminal.write(text)
  }

  hearSize(): void {
    Object.assign(this.#stdout, { columns: this.#terminal.cols, rows: this.#terminal.rows })
    this.#stdout.emit('resize')
  }
}
