// Services: their processes, how they begin and end, and when they are begun again (systemd.service(5)).
import type { ShellOutput } from '../shell/shell.ts'
import type { Account } from '../users.ts'
import { root } from '../users.ts'
import { word } from '../../../../text/quote.ts'
import type { ProgramContext, Programs } from './program.ts'
import type { JobResult, Systemd } from './systemd.ts'
import { execWords, last, spanMs, type UnitFile } from './unit-file.ts'
import type { UnitState } from './unit-state.ts'

/** Runs a line for a unit, as its user. */
export type RunScript = (
  unit: string,
  account: Account,
  line: string,
  signal: AbortSignal,
  begun: (pid: number) => void,
) => Promise<ShellOutput>

/** How a main process has ended: a code, or a signal by its number. */
interface Ended {
  readonly code: number
  readonly signal?: string
}

const exitNames: Readonly<Record<number, string>> = {
  1: 'FAILURE',
  2: 'INVALIDARGUMENT',
  126: 'n/a',
  127: 'n/a',
  203: 'EXEC',
  217: 'USER',
}

export class ServiceRuns {
  readonly #systemd: Systemd
  readonly #programs: Programs
  readonly #runScript: RunScript

  constructor(systemd: Systemd, programs: Programs, runScript: RunScript) {
    this.#systemd = systemd
    this.#programs = programs
    this.#runScript = runScript
  }

  /** Whether it was not started too often of late. */
  mayStart(unit: UnitFile, state: UnitState): boolean {
    const systemd = this.#systemd
    const intervalMs = spanMs(last(unit, 'Unit.StartLimitIntervalSec')) ?? 10_000
    const burst = Number(last(unit, 'Unit.StartLimitBurst') ?? 5)
    const now = systemd.machine.clock.monotonicMs()
    state.starts = state.starts.filter((at) => now - at < intervalMs)
    if (intervalMs === 0 || state.starts.length < burst) {
      state.starts.push(now)
      return true
    }
    if (state.result === 'success') state.result = 'start-limit-hit'
    systemd.log(unit.name, `${unit.name}: Start request repeated too quickly.`)
    systemd.setActive(state, 'failed', 'failed')
    systemd.log(unit.name, `${unit.name}: Failed with result '${state.result}'.`)
    systemd.log(unit.name, `Failed to start ${systemd.titled(unit.name)}.`)
    return false
  }

  /** Ends when the unit is up, for a oneshot when it has ended. */
  async start(unit: UnitFile, state: UnitState): Promise<JobResult> {
    const systemd = this.#systemd
    const type =
      last(unit, 'Service.Type') ?? (unit.values.has('Service.ExecStart') || unit.command ? 'simple' : 'oneshot')
    state.result = 'success'
    state.statusText = ''
    systemd.setActive(state, 'activating', 'start')
    if (type !== 'simple') systemd.log(unit.name, `Starting ${systemd.titled(unit.name)}...`)
    const { promise: up, resolve: isUp } = Promise.withResolvers<Ended | null>()
    const begun = this.#begin(unit, state, () => isUp(null))
    const invocation = state.invocation
    const isUpAtOnce = type === 'simple' || type === 'exec'
    if (isUpAtOnce) this.#isUp(unit, state)
    // A state that is another's now, after a stop or a boot, is let be.
    state.gone = begun.then((ended) => {
      isUp(ended)
      if (state.invocation === invocation && state.end !== undefined) this.#ended(unit, state, type, ended)
    })
    if (isUpAtOnce) return { kind: 'done' }
    const early = type === 'oneshot' ? await begun : await up
    if (early === null) {
      this.#isUp(unit, state)
      return { kind: 'done' }
    }
    const isGood = early.code === 0 && early.signal === undefined
    return isGood && type === 'oneshot'
      ? { kind: 'done' }
      : {
          kind: 'failed',
          why:
            early.signal === undefined
              ? 'because the control process exited with error code'
              : 'because a fatal signal was delivered to the control process',
        }
  }

  #isUp(unit: UnitFile, state: UnitState): void {
    this.#systemd.setActive(state, 'active', 'running')
    this.#systemd.log(unit.name, `Started ${this.#systemd.titled(unit.name)}.`)
  }

  #begin(unit: UnitFile, state: UnitState, ready: () => void): Promise<Ended> {
    const systemd = this.#systemd
    const { machine } = systemd
    const userName = last(unit, 'Service.User')
    const account = userName === undefined ? { ...root, line: '' } : systemd.account(userName)
    const { promise, resolve } = Promise.withResolvers<Ended>()
    if (account === undefined) {
      systemd.log(unit.name, `${unit.name}: Failed to determine user credentials: No such process`)
      systemd.log(
        unit.name,
        `${unit.name}: Failed at step USER spawning ${unit.values.get('Service.ExecStart')?.[0] ?? ''}: No such process`,
      )
      state.end = () => undefined
      resolve({ code: 217 })
      return promise
    }
    const commands =
      unit.command === undefined ? (unit.values.get('Service.ExecStart') ?? []).map(execWords) : [unit.command]
    const [path = '', ...args] = commands[0] ?? []
    const exe = path.replace(/^\/(s?bin)\//, '/usr/$1/')
    const program = this.#programs[[exe, ...args].join(' ')] ?? this.#programs[exe]
    const say = (by: string, pid: number) => (text: string) => systemd.log(unit.name, text, by, pid)
    if (program === undefined) {
      const control = new AbortController()
      state.end = () => control.abort(new Error('ended'))
      void this.#scripts(unit, state, account, commands, control.signal).then(resolve)
      return promise
    }
    const process = machine.table.spawn(
      {
        command: [path, ...args].join(' '),
        comm: path.split('/').at(-1) ?? path,
        exe: path,
        unit: unit.name,
        uid: account.uid,
        namespace: machine.namespace,
      },
      machine.now().getTime(),
    )
    state.mainPid = process.pid
    const finish = (ended: Ended): void => {
      machine.table.end(process.pid)
      resolve(ended)
    }
    const context: ProgramContext = {
      machine,
      systemd,
      args,
      account,
      process,
      say: say(process.comm, process.pid),
      ready: (status) => {
        state.statusText = status ?? ''
        ready()
      },
      exit: (code) => finish({ code }),
    }
    const terminate = program(context)
    state.end = () => {
      terminate()
      finish({ code: 0 })
    }
    return promise
  }

  /** Every ExecStart= of it, one after the other, up to one that fails. */
  async #scripts(
    unit: UnitFile,
    state: UnitState,
    account: Account,
    commands: readonly (readonly string[])[],
    signal: AbortSignal,
  ): Promise<Ended> {
    const systemd = this.#systemd
    for (const command of commands) {
      const name = command[0]?.split('/').at(-1) ?? 'sh'
      try {
        let pid = 0
        const output = await this.#runScript(
          unit.name,
          account,
          command.map((each) => word(each)).join(' '),
          signal,
          (own) => {
            pid = own
            state.mainPid = own
          },
        )
        systemd.log(unit.name, output.stdout.toString('utf8'), name, pid)
        systemd.log(unit.name, output.stderr.toString('utf8'), name, pid)
        if (output.exitCode !== 0) return { code: output.exitCode }
      } catch (error) {
        if (!signal.aborted) throw error
        return { code: 0, signal: 'TERM' }
      }
    }
    return { code: 0 }
  }

  #ended(unit: UnitFile, state: UnitState, type: string, { code, signal }: Ended): void {
    const systemd = this.#systemd
    const { name } = unit
    state.mainPid = 0
    state.end = undefined
    state.exitCode = code
    const stopping = state.active === 'deactivating'
    const isGood = code === 0 && (signal === undefined || stopping)
    if (isGood) {
      const remains = type === 'oneshot' && last(unit, 'Service.RemainAfterExit') === 'yes' && !stopping
      if (remains) systemd.setActive(state, 'active', 'exited')
      else systemd.setActive(state, 'inactive', 'dead')
      if (!remains) systemd.log(name, `${name}: Deactivated successfully.`)
      if (type === 'oneshot' && !stopping) systemd.log(name, `Finished ${systemd.titled(name)}.`)
    } else {
      state.result = signal === undefined ? 'exit-code' : 'signal'
      const status =
        signal === undefined ? `exited, status=${code}/${exitNames[code] ?? 'n/a'}` : `killed, status=15/${signal}`
      systemd.log(name, `${name}: Main process exited, code=${status}`)
      const failedAtStart = state.active === 'activating'
      systemd.setActive(state, 'failed', 'failed')
      systemd.log(name, `${name}: Failed with result '${state.result}'.`)
      if (failedAtStart) systemd.log(name, `Failed to start ${systemd.titled(name)}.`)
    }
    const policy = last(unit, 'Service.Restart') ?? 'no'
    const again =
      !stopping && (policy === 'always' || (policy === 'on-failure' && !isGood) || (policy === 'on-success' && isGood))
    if (again) this.#again(unit, state)
    else systemd.forget(name)
  }

  #again(unit: UnitFile, state: UnitState): void {
    const systemd = this.#systemd
    systemd.setActive(state, 'activating', 'auto-restart')
    state.alarm = systemd.machine.clock.after(spanMs(last(unit, 'Service.RestartSec')) ?? 100, async () => {
      state.restarts += 1
      systemd.log(unit.name, `${unit.name}: Scheduled restart job, restart counter is at ${state.restarts}.`)
      systemd.log(unit.name, `Stopped ${systemd.titled(unit.name)}.`)
      await systemd.start(unit.name, true)
    })
  }

  async stop(unit: UnitFile, state: UnitState): Promise<void> {
    const systemd = this.#systemd
    if (state.active === 'inactive' || state.active === 'failed') return
    const { end } = state
    if (end === undefined) {
      systemd.setActive(state, 'inactive', 'dead')
    } else {
      systemd.log(unit.name, `Stopping ${systemd.titled(unit.name)}...`)
      systemd.setActive(state, 'deactivating', 'stop-sigterm')
      end()
      await state.gone
    }
    systemd.log(unit.name, `Stopped ${systemd.titled(unit.name)}.`)
  }
}
