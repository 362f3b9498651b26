// The built program in a process of its own, as a user starts it.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { World } from '../../src/lab/host/manifest.ts'
import { contractEvent } from './contract.ts'

/** What `node` is given to start the program. */
export const program = join(import.meta.dirname, '../../bin/lifeboat.js')

export type Event = { readonly v: 1; readonly at: string; readonly type: string } & Record<string, unknown>

/** One process of the program: its events, and how it ended. */
export interface Ran {
  readonly events: readonly Event[]
  readonly stderr: string
  readonly exitCode: number | null
  readonly last: Event | undefined
}

export interface RunOptions {
  /** Kills the process as soon as an event is one of these. */
  readonly killAt?: (event: Event) => boolean
  /** Sees each event as soon as it is printed. */
  readonly onEvent?: (event: Event) => void
  /** Kills the process when it is aborted. */
  readonly signal?: AbortSignal
  /** On top of this process's own. Undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** Runs the program to its end. Every line it prints must be as in the contract. */
export async function runProgram(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  })
  options.signal?.addEventListener('abort', () => child.kill('SIGKILL'))
  const events: Event[] = []
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const event = contractEvent.parse(JSON.parse(line)) as Event
    events.push(event)
    options.onEvent?.(event)
    if (options.killAt?.(event) === true) child.kill('SIGKILL')
  })
  const [exitCode] = await Promise.all([ended(child), once(lines, 'close')])
  return { events, stderr, exitCode, last: events.at(-1) }
}

/** `restore` of the lab's host without questions, every event as JSON. */
export const restoring = (flags: readonly string[]): string[] =>
  ['restore', '--host', 'irc-1', '--source', 'ebs', '--yes', '--confirm', 'irc-1', '--no-input', '--json'].concat(flags)

/** The flags of a rollback that destroys something: three hours before the newest EBS snapshot. */
export function threeHoursBack(world: World): string[] {
  const startedAt = world.snapshots.at(-1)?.startedAt ?? ''
  const moment = new Date(Date.parse(startedAt) - 3 * 3_600_000).toISOString()
  return ['--snapshot', 'latest', '--at', moment, '--way', 'rollback']
}
