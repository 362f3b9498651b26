// A shell for a person: a prompt, a line that can be corrected, Ctrl-C and Ctrl-D.
import type { ServerChannel } from 'ssh2'
import type { Shell } from '../shell/shell.ts'

export interface InteractiveOptions {
  readonly isTerminal: boolean
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const greeting = 'A simulated host of the lab. `help` tells what there is; all else is not in this lab.\n'

const carriageReturns = (text: string): string => text.replaceAll(/\r?\n/g, '\r\n')

/** What a key does to a line. */
type Key =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'enter' | 'erase' | 'word' | 'line' | 'break' | 'end' }

const controls: Readonly<Record<string, Key>> = {
  '\r': { kind: 'enter' },
  '\n': { kind: 'enter' },
  '\x7f': { kind: 'erase' },
  '\b': { kind: 'erase' },
  '\x17': { kind: 'word' },
  '\x15': { kind: 'line' },
  '\x03': { kind: 'break' },
  '\x04': { kind: 'end' },
}

/** Keys that move about, such as the arrows, are passed over. */
const keysIn = (typed: string): Key[] =>
  // eslint-disable-next-line no-control-regex -- that is how they begin
  Array.from(typed.replaceAll(/\x1b(?:\[[0-9;]*[A-Za-z~]|O.|.)?/g, '')).flatMap(
    (each) => controls[each] ?? (each < ' ' ? [] : [{ kind: 'text' as const, text: each }]),
  )

export async function interactive(channel: ServerChannel, shell: Shell, options: InteractiveOptions): Promise<void> {
  const { account, world } = shell.session
  const { isTerminal, signal } = options
  let { home: cwd } = account
  let env: Readonly<Record<string, string>> = options.env
  let line = ''
  let last = 0
  let running: AbortController | undefined
  const waiting: Key[] = []
  const { promise: over, resolve: leave } = Promise.withResolvers<void>()

  const print = (text: string): void => {
    if (!channel.destroyed) channel.write(isTerminal ? carriageReturns(text) : text)
  }
  const hostName = (): string => (world.machine.text('/etc/hostname') ?? 'localhost').trim()
  const prompt = (): void => {
    if (!isTerminal) return
    const where = cwd === account.home ? '~' : cwd
    print(`${account.name}@${hostName()}:${where}${account.uid === 0 ? '#' : '$'} `)
  }

  async function run(text: string): Promise<void> {
    const exits = /^\s*(?:exit|logout)(?:\s+(\d+))?\s*$/.exec(text)
    if (exits !== null) {
      last = Number(exits[1] ?? last)
      leave()
      return
    }
    if (text.trim() !== '') {
      running = new AbortController()
      try {
        const output = await shell.run(text, { cwd, env, signal: AbortSignal.any([signal, running.signal]) })
        print(output.stdout.toString('utf8'))
        print(output.stderr.toString('utf8'))
        last = output.exitCode
        cwd = output.cwd
        env = output.env
      } catch (error) {
        if (!running.signal.aborted) print(`${error instanceof Error ? error.message : String(error)}\n`)
        last = 130
      }
      running = undefined
    }
    prompt()
    take()
  }

  /** Takes what was typed, up to the end of a line. */
  function take(): void {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      if (key.kind === 'text') {
        line += key.text
        if (isTerminal) print(key.text)
      } else if (key.kind === 'enter') {
        const text = line
        line = ''
        if (isTerminal) print('\n')
        void run(text)
        return
      } else if (key.kind === 'end') {
        if (line !== '') continue
        if (isTerminal) print('logout\n')
        leave()
        return
      } else if (key.kind === 'break') {
        line = ''
        print('^C\n')
        prompt()
      } else {
        const kept =
          key.kind === 'line'
            ? ''
            : key.kind === 'word'
              ? line.replace(/\S*\s*$/, '')
              : Array.from(line).slice(0, -1).join('')
        print('\b \b'.repeat(Array.from(line).length - Array.from(kept).length))
        line = kept
      }
    }
  }

  channel.on('data', (piece: Buffer) => {
    for (const key of keysIn(piece.toString('utf8'))) {
      if (running !== undefined && key.kind === 'break') {
        print('^C\n')
        running.abort(new Error('interrupted'))
      } else waiting.push(key)
      // What is typed while a line runs is kept for after it.
      if (running === undefined) take()
    }
  })
  channel.once('end', () => {
    waiting.push({ kind: 'end' })
    if (running === undefined) take()
  })
  signal.addEventListener('abort', () => leave(), { once: true })
  if (isTerminal) print(greeting)
  prompt()
  await over
  if (channel.destroyed) return
  channel.exit(last)
  channel.end()
}
