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
  readonly now?: string
  /** By how many milliseconds events are ahead of the clock on the screen. */
  readonly ahead?: number
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
  /** Everything that was written to the terminal. */
  written = ''
  interrupts = 0
  readonly #terminal: headless.Terminal
  readonly #stdin = new PassThrough()
  readonly #stdout: EventEmitter & { columns: number; rows: number }
  readonly #screens: Mounted

  constructor({ columns = 80, rows = 24, ascii = false, route = fakeRoute(), done = [], now, ahead = 0 }: Opened = {}) {
    const instant = new Date(now ?? '2026-11-21T03:14:07.000Z')
    const clock = (): Date => instant
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
    this.store = makeStore({
      route,
      place: ['RESTORE', 'web', 'eu-central-1'],
      done,
      isComing: () => true,
      clock: () => new Date(instant.getTime() + ahead),
      said: (event) => [JSON.stringify(event)],
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
        summary={() => ['restored', 'next: nothing']}
        redraw={() => this.#screens.redraw()}
        ascii={ascii}
      />,
      {
        stdin: stdin as unknown as NodeJS.ReadStream,
        stdout: this.#stdout as unknown as NodeJS.WriteStream,
        maxFps: 1000,
      },
    )
    onTestFinished(() => this.#screens.unmount())
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

  /** Waits until this is on the screen. */
  async shows(what: string | RegExp): Promise<void> {
    await until(
      () => (typeof what === 'string' ? this.text().includes(what) : what.test(this.text())),
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
