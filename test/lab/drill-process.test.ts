// Drills as somebody starts them: real processes, ended at any moment, and what is left of them.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { drillsIn } from '../../src/commands/drill-history.ts'
import { ended, program, restoring, runProgram } from '../rig/program.ts'
import { temporaryFolder } from './host/temporary-folder.ts'
import { startedLab } from './started-lab.ts'

/** A busy machine takes its time for a world and each step. */
const patienceMs = 120_000

interface Place {
  readonly state: string
  readonly cache: string
  readonly flags: readonly string[]
}

/** A state directory with a run of its own in it, which no drill is to touch. */
async function place(): Promise<Place> {
  const folder = await temporaryFolder()
  const [state, cache] = [join(folder, 'state'), join(folder, 'cache')]
  mkdirSync(join(state, 'runs', '20260101-000000-abcd'), { recursive: true })
  writeFileSync(join(state, 'runs', '20260101-000000-abcd', 'journal.jsonl'), 'as it was\n')
  return { state, cache, flags: ['--state-dir', state, '--cache-dir', cache] }
}

/** Everything in the state directory besides the history, with when it was written. */
const realRuns = ({ state }: Place): string[] =>
  readdirSync(state, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'drills.jsonl')
    .map((name) => `${name} ${statSync(join(state, name)).mtimeMs}`)
    .toSorted()

const labsIn = ({ cache }: Place): string[] => readdirSync(join(cache, 'labs'))

/** The ports that the only lab of this place listens on, by what it has told its own run. */
function portsIn(where: Place): number[] {
  const [lab = ''] = labsIn(where)
  const told = ['lifeboat.toml', 'ssh_config'].map((name) => readFileSync(join(where.cache, 'labs', lab, name), 'utf8'))
  const ports = [...told.join('\n').matchAll(/(?:^endpoint_\w+ = "http:\/\/127\.0\.0\.1:|^ +Port )(\d+)/gm)]
  return [...new Set(ports.map(([, port]) => Number(port)))]
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })

/** Processes whose command line names this. */
const naming = (text: string): string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
      } catch {
        return false
      }
    })

function drilling({ flags }: Place, scenario: string): { child: ChildProcess; lines: AsyncIterable<string> } {
  const args = ['drill', scenario, '--unattended', '--json', ...flags]
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  return { child, lines: createInterface({ input: child.stdout }) }
}

const moments = [
  ['SIGKILL', '"type":"run-started"'],
  ['SIGTERM', '"type":"answer","step":"source"'],
  ['SIGINT', '"type":"step-started","step":"gate"'],
  ['SIGKILL', '"type":"step-started","step":"create-volume"'],
  ['SIGTERM', '"type":"step-started","step":"attach-volume"'],
  ['SIGINT', '"type":"step-started","step":"inspect-pool"'],
  ['SIGKILL', '"type":"step-started","step":"import-pool"'],
  ['SIGTERM', '"type":"step-started","step":"mount"'],
  ['SIGINT', '"type":"step-started","step":"prove"'],
  ['SIGKILL', '"type":"step-started","step":"hand-over"'],
] as const

describe('a drill that is ended', { timeout: 2 * patienceMs }, () => {
  it.each(moments)('by %s at %s leaves no process, no port and no file but its history', async (signal, moment) => {
    const where = await place()
    const before = realRuns(where)
    const { child, lines } = drilling(where, 'volume-deleted')
    let ports: number[] = []
    for await (const line of lines) {
      if (ports.length > 0 || !line.includes(moment)) continue
      ports = portsIn(where)
      child.kill(signal)
    }
    const code = await ended(child)
    expect(ports.length).toBeGreaterThanOrEqual(3)
    expect(code).toBe({ SIGKILL: null, SIGTERM: 143, SIGINT: 130 }[signal])
    await vi.waitUntil(() => naming(where.cache).length === 0 && labsIn(where).length === 0, { timeout: patienceMs })
    for (const port of ports) expect(await listens(port)).toBe(false)
    expect(realRuns(where)).toEqual(before)
    expect(drillsIn(where.state).map((each) => each.outcome)).toEqual(signal === 'SIGKILL' ? [] : ['cancelled'])
  })
})

describe('drills and labs', { timeout: 2 * patienceMs }, () => {
  it('two at once, in the same folders, both come to their end', async () => {
    const where = await place()
    const before = realRuns(where)
    const both = [drilling(where, 'volume-deleted'), drilling(where, 'key-denied')]
    const codes = await Promise.all(
      both.map(async ({ child, lines }) => {
        for await (const line of lines) expect(line).toContain('"v":1')
        return ended(child)
      }),
    )
    expect(codes).toEqual([0, 0])
    expect(drillsIn(where.state).map((each) => each.scenario)).toEqual(
      expect.arrayContaining(['volume-deleted', 'key-denied']),
    )
    expect(labsIn(where)).toEqual([])
    expect(realRuns(where)).toEqual(before)
  })

  it('a lab begins with the incident that was asked for, and leaves the runs of this machine alone', async () => {
    await using lab = await startedLab(['--scenario', 'key-denied'])
    const runs = await temporaryFolder()
    const args = restoring(['--config', lab.ready.config, '--state-dir', runs])
    const { exitCode, events } = await runProgram(args)
    expect(exitCode).toBe(3)
    expect(events.find((each) => each.type === 'step-failed')).toMatchObject({ error: { code: 'volume-vanished' } })
    expect(readdirSync(lab.stateDir)).toEqual([])
    const gone = once(lab.child, 'exit')
    lab.child.kill('SIGTERM')
    await gone
    expect(readdirSync(lab.stateDir)).toEqual([])
  })
})
