// The built program in a real pseudo-terminal, with a terminal in front of it that is a program itself.
import headless from '@xterm/headless'
import { spawn, type IPty } from '@lydell/node-pty'
import { readFile } from 'node:fs/promises'
import { sh } from '../../src/text/quote.ts'
import { keyTable, type KeyId } from '../../src/screens/keys.ts'
import { program } from '../rig/program.ts'
import { bytesOf } from './bytes.ts'

interface Start {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  /** Types the command into a shell with job control, instead of starting it. */
  readonly shell?: boolean
}

export class Pty implements AsyncDisposable {
  readonly #terminal: headless.Terminal
  readonly #pty: IPty
  readonly #ended: Promise<number>
  #code: number | undefined
  /** Everything that the program wrote. */
  written = ''

  constructor(args: readonly string[], { columns = 80, rows = 24, env = {}, shell = false }: Start = {}) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 })
    const command = [process.execPath, program, ...args]
    const [file = '', ...rest] = shell ? ['/bin/bash', '--norc', '-i'] : command
    this.#pty = spawn(file, rest, {
      name: env['TERM'] ?? 'xterm-256color',
      cols: columns,
      rows,
      env: { ...process.env, LANG: 'C.UTF-8', CI: '', ...env },
    })
    this.#pty.onData((data) => {
      this.written += data
      this.#terminal.write(data)
    })
    if (shell) this.#pty.write(`${sh`${command}`}\r`)
    this.#ended = new Promise((resolve) =>
      this.#pty.onExit(({ exitCode }) => {
        this.#code = exitCode
        resolve(exitCode)
      }),
    )
  }

  /** The screen itself, for who wants its colours. */
  get screen(): headless.Terminal {
    return this.#terminal
  }

  /** What is seen now. */
  text(): string {
    const { active } = this.#terminal.buffer
    return Array.from(
      { length: this.#terminal.rows },
      (_none, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    ).join('\n')
  }

  /** The whole of the normal screen, with what has scrolled away. */
  all(): string {
    const { normal } = this.#terminal.buffer
    return Array.from(
      { length: normal.length },
      (_none, row) => normal.getLine(row)?.translateToString(true) ?? '',
    ).join('\n')
  }

  /** Whether the alternate screen is shown. */
  get onScreens(): boolean {
    return this.#terminal.buffer.active.type === 'alternate'
  }

  /** Waits until this is on the screen. @throws with what is there instead, when it ends or takes longer than `ms` */
  async shows(what: string | RegExp, ms = 20_000): Promise<void> {
    const end = performance.now() + ms
    const there = (): boolean => (typeof what === 'string' ? this.text().includes(what) : what.test(this.text()))
    while (!there()) {
      if (performance.now() > end || (this.#code !== undefined && !there()))
        throw new Error(
          `${String(what)} is not on the screen${this.#code === undefined ? '' : `, and the program ended with ${this.#code}`}:\n${this.text()}`,
        )
      await new Promise((resolve) => void setTimeout(resolve, 20))
    }
    await this.#rests()
  }

  /**
   * Waits until the program waits for something itself (proc_pid_stat(5)): a person sees a frame later than the program has
   * noted that it was drawn, and a busy machine may stop it in between.
   */
  async #rests(): Promise<void> {
    const end = performance.now() + 5000
    for (let last = '', same = 0; same < 3 && performance.now() < end;) {
      const stat = await readFile(`/proc/${this.#pty.pid}/stat`, 'utf8').catch(() => null)
      if (stat === null) return
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const now = [fields[0], fields[11], fields[12]].join(' ')
      same = now === last && now.startsWith('S') ? same + 1 : 0
      last = now
      await new Promise((resolve) => void setTimeout(resolve, 10))
    }
  }

  /** Waits until the text of the screen is as it should be, and the program waits for keys again. */
  async settles(is: (text: string) => boolean): Promise<void> {
    for (const end = performance.now() + 20_000; !is(this.text());) {
      if (performance.now() > end) throw new Error(`the screen has not settled:\n${this.text()}`)
      await new Promise((resolve) => void setTimeout(resolve, 20))
    }
    await this.#rests()
  }

  /** Waits until the normal screen is shown. */
  async leavesScreens(): Promise<void> {
    for (const end = performance.now() + 10_000; this.onScreens;) {
      if (performance.now() > end) throw new Error(`the screens are still there:\n${this.text()}`)
      await new Promise((resolve) => void setTimeout(resolve, 5))
    }
  }

  /** Presses keys of the table. */
  press(...ids: readonly KeyId[]): void {
    for (const id of ids) this.#pty.write(bytesOf(keyTable[id].keys[0] ?? ''))
  }

  /** Types these letters. */
  type(text: string): void {
    this.#pty.write(text)
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows)
    this.#pty.resize(columns, rows)
  }

  kill(signal: string): void {
    this.#pty.kill(signal)
  }

  /** The exit code, when it has ended, and all that it wrote is on the screen. */
  async ended(): Promise<number> {
    const code = await this.#ended
    await new Promise<void>((resolve) => this.#terminal.write('', resolve))
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#code !== undefined) return
    // A shell hands it on to its jobs.
    this.#pty.kill('SIGHUP')
    const late = setTimeout(() => this.#pty.kill('SIGKILL'), 2000)
    await this.#ended
    clearTimeout(late)
  }
}
