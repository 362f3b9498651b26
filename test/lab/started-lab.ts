// `lifeboat lab --host simulated --json` as a user starts it: the built program in a process of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { LabReady } from '../../src/lab/lab.ts'
import { ended, program } from '../rig/program.ts'
import { temporaryFolder } from './host/temporary-folder.ts'

export interface StartedLab extends AsyncDisposable {
  readonly ready: LabReady & { readonly pid: number }
  readonly child: ChildProcess
  /** Where it keeps its files while it runs. */
  readonly cacheDir: string
  /** For runs against it. */
  readonly stateDir: string
}

/** Starts it and waits until it is ready. */
export async function startedLab(flags: readonly string[] = []): Promise<StartedLab> {
  const [cacheDir, stateDir] = [await temporaryFolder(), await temporaryFolder()]
  const args = ['lab', '--host', 'simulated', '--json', '--state-dir', stateDir, '--cache-dir', cacheDir]
  const child = spawn(process.execPath, [program, ...args, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended(child).then((code) => Promise.reject(new Error(`the lab ended with ${code} before it was ready`))),
  ])) as [string]
  return {
    ready: JSON.parse(line) as StartedLab['ready'],
    child,
    cacheDir,
    stateDir,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}
