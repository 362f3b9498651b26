// One run of the built program, with what it costs: commands, seconds, and the most memory it ever had.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { contractEvent } from '../test/rig/contract.ts'
import { ended, program, type Event } from '../test/rig/program.ts'

export interface Watched {
  readonly events: readonly Event[]
  readonly exitCode: number | null
  readonly stderr: string
  /** 0 where the system doesn't tell it (proc_pid_status(5), VmHWM). */
  readonly peakBytes: number
}

function peakOf(pid: number | undefined): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(found?.[1] ?? 0) * 1024
  } catch {
    // It has ended between two looks.
    return 0
  }
}

/** Runs the program to its end with these arguments. */
export async function watched(args: readonly string[]): Promise<Watched> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let peakBytes = 0
  const look = setInterval(() => (peakBytes = Math.max(peakBytes, peakOf(child.pid))), 50)
  const events: Event[] = []
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => events.push(contractEvent.parse(JSON.parse(line))))
  const [exitCode] = await Promise.all([ended(child), once(lines, 'close')])
  clearInterval(look)
  return { events, exitCode, stderr, peakBytes }
}

/** From one event to another, in seconds; undefined where one of them is missing. */
export function secondsBetween(
  events: readonly Event[],
  first: (event: Event) => boolean,
  last: (event: Event) => boolean,
): number | undefined {
  const [from, to] = [events.find(first), events.find(last)]
  return from === undefined || to === undefined ? undefined : (Date.parse(to.at) - Date.parse(from.at)) / 1000
}
