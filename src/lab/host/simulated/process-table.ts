// The processes of the host, as far as anybody looks at them.
import type { Process } from './kernel.ts'
import type { Namespace } from './files/namespace.ts'

/** What may change of a process while it runs. */
export interface LiveProcess extends Process {
  readonly comm: string
  readonly exe: string
  readonly uid: number
  readonly startedMs: number
  readonly namespace: Namespace
  readonly cgroup: string
  cwd: string
  /** Its open files, without its working directory. */
  files: readonly string[]
}

export interface Spawn {
  readonly command: string
  readonly comm?: string
  readonly exe?: string
  readonly unit?: string | null
  readonly uid?: number
  readonly cwd?: string
  readonly files?: readonly string[]
  readonly namespace: Namespace
}

export class ProcessTable {
  readonly #live = new Map<number, LiveProcess>()
  #next = 1
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** @param startedMs the host's clock */
  spawn(what: Spawn, startedMs: number): LiveProcess {
    const { command, unit = null } = what
    const exe = what.exe ?? `/usr/bin/${command.split(' ')[0]?.split('/').at(-1) ?? 'sh'}`
    const uid = what.uid ?? 0
    const process: LiveProcess = {
      pid: this.#next++,
      command,
      comm: (what.comm ?? exe.split('/').at(-1) ?? '').slice(0, 15),
      exe,
      unit,
      uid,
      startedMs,
      namespace: what.namespace,
      cgroup: unit === null ? `/user.slice/user-${uid}.slice/session-1.scope` : unitGroup(unit),
      cwd: what.cwd ?? '/',
      files: what.files ?? [],
      get open() {
        return [this.cwd, ...this.files]
      },
    }
    this.#live.set(process.pid, process)
    this.#changed()
    return process
  }

  end(pid: number): void {
    this.#live.delete(pid)
    this.#changed()
  }

  all(): readonly LiveProcess[] {
    return [...this.#live.values()]
  }

  /** As a reboot: none is left, and they are counted anew. */
  clear(): void {
    this.#live.clear()
    this.#next = 1
  }
}

const unitGroup = (unit: string): string => (unit === 'init.scope' ? '/init.scope' : `/system.slice/${unit}`)
