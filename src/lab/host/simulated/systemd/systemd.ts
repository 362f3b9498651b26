// systemd as far as a restore sees of it: units with their states, and the jobs that change them.
import { hexOf, type Machine } from '../machine.ts'
import { accountsIn } from '../users.ts'
import { unmetCondition } from './conditions.ts'
import { Journal } from './journal.ts'
import { ServiceRuns, type RunScript } from './services.ts'
import { startTimer } from './timers.ts'
import { fullUnitName, last, readUnit, words, type UnitFile } from './unit-file.ts'
import { freshState, type UnitState } from './unit-state.ts'
import type { Programs } from './program.ts'

/** How a job has ended. */
export type JobResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'masked' }
  /** @param why as systemctl words it: `because the control process exited with error code` */
  | { readonly kind: 'failed'; readonly why: string }

const done: JobResult = { kind: 'done' }

export class Systemd {
  readonly machine: Machine
  readonly journal = new Journal()
  readonly #files = new Map<string, UnitFile>()
  readonly #transient = new Map<string, UnitFile>()
  readonly #states = new Map<string, UnitState>()
  readonly #services: ServiceRuns
  #ended = false

  constructor(machine: Machine, programs: Programs, runScript: RunScript) {
    this.machine = machine
    this.#services = new ServiceRuns(this, programs, runScript)
  }

  file(name: string): UnitFile {
    const known = this.#transient.get(name) ?? this.#files.get(name)
    if (known !== undefined) return known
    const read = readUnit(this.machine, name)
    // What is not there is looked for again.
    if (read.load !== 'not-found') this.#files.set(name, read)
    return read
  }

  state(name: string): UnitState {
    const known = this.#states.get(name) ?? freshState(name)
    this.#states.set(name, known)
    return known
  }

  /** Every unit that is active, has failed, or was read. */
  loaded(): readonly string[] {
    const names = new Set([...this.#files.keys(), ...this.#transient.keys()])
    for (const [name, state] of this.#states) if (state.active !== 'inactive') names.add(name)
    return [...names].toSorted()
  }

  description(name: string): string {
    return last(this.file(name), 'Unit.Description') ?? name
  }

  /** `NAME - DESCRIPTION`, as it stands in the journal. */
  titled(name: string): string {
    const description = this.description(name)
    return description === name ? name : `${name} - ${description}`
  }

  log(unit: string, message: string, by = 'systemd', pid = 1): void {
    for (const line of message.split('\n')) {
      if (line !== '')
        this.journal.add({ at: this.machine.now(), bootId: this.machine.bootId, unit, by, pid, message: line })
    }
  }

  reload(): void {
    this.#files.clear()
  }

  addTransient(unit: UnitFile): void {
    this.#transient.set(unit.name, unit)
  }

  /** Forgets a unit that was to be collected, or was transient and has ended well. */
  forget(name: string): void {
    const state = this.#states.get(name)
    if (state === undefined) return
    const isOver = state.active === 'inactive' || (state.active === 'failed' && state.collect)
    if (!isOver || !this.#transient.has(name)) return
    this.#transient.delete(name)
    this.#states.delete(name)
  }

  setActive(state: UnitState, active: UnitState['active'], sub: string): void {
    const now = this.machine.now()
    if (state.active !== active) {
      state.changedAt = now
      if (active === 'active') state.activeAt = now
      if (state.active === 'inactive' || state.active === 'failed') state.begunAt = now
    }
    state.active = active
    state.sub = sub
  }

  account(name: string) {
    return accountsIn(this.machine.text('/etc/passwd') ?? '').find((each) => each.name === name)
  }

  newInvocation(state: UnitState): void {
    state.invocation = hexOf(this.machine.random(16))
  }

  async start(given: string, isRestart = false): Promise<JobResult> {
    const name = fullUnitName(given)
    const unit = this.file(name)
    if (unit.load === 'masked') return { kind: 'masked' }
    if (unit.load === 'not-found') return { kind: 'not-found' }
    const state = this.state(name)
    if (state.active === 'active' || (state.active === 'activating' && state.sub !== 'auto-restart')) return done
    state.alarm?.cancel()
    if (name.endsWith('.service') && !this.#services.mayStart(unit, state)) {
      return { kind: 'failed', why: '' }
    }
    if (!isRestart) state.restarts = 0
    for (const other of [...words(unit, 'Unit.Requires'), ...words(unit, 'Unit.Wants')]) {
      const result = await this.start(other)
      if (result.kind !== 'done' && words(unit, 'Unit.Requires').includes(other)) {
        return { kind: 'failed', why: 'dependency' }
      }
    }
    const unmet = unmetCondition(this.machine, unit)
    state.conditionMet = unmet === undefined
    if (unmet !== undefined) {
      if (state.active === 'activating') this.setActive(state, 'inactive', 'dead')
      this.log(name, `${this.titled(name)} was skipped because of an unmet condition check (${unmet}).`)
      return done
    }
    this.newInvocation(state)
    if (name.endsWith('.service')) return this.#services.start(unit, state)
    if (name.endsWith('.timer')) startTimer(this, unit, state)
    else this.setActive(state, 'active', 'active')
    if (name.endsWith('.target')) this.log(name, `Reached target ${this.titled(name)}.`)
    else this.log(name, `Started ${this.titled(name)}.`)
    return done
  }

  async stop(given: string): Promise<JobResult> {
    const name = fullUnitName(given)
    const unit = this.file(name)
    const state = this.state(name)
    if (unit.load === 'not-found' && state.active === 'inactive') return { kind: 'not-found' }
    state.alarm?.cancel()
    state.nextAt = null
    if (name.endsWith('.service')) await this.#services.stop(unit, state)
    else if (state.active !== 'inactive') {
      this.setActive(state, 'inactive', 'dead')
      this.log(
        name,
        `${name.endsWith('.target') ? 'Stopped target' : name.endsWith('.timer') ? 'Deactivated' : 'Stopped'} ${this.titled(name)}.`,
      )
    }
    this.forget(name)
    return done
  }

  async restart(given: string): Promise<JobResult> {
    const stopped = await this.stop(given)
    return stopped.kind === 'not-found' ? stopped : this.start(given)
  }

  resetFailed(given: string): void {
    const state = this.state(fullUnitName(given))
    if (state.active === 'failed') this.setActive(state, 'inactive', 'dead')
    state.result = 'success'
    state.starts = []
    state.restarts = 0
    this.forget(state.name)
  }

  kill(given: string): void {
    this.state(fullUnitName(given)).end?.()
  }

  /** Starts what the targets want, each after what it is ordered after. */
  async boot(): Promise<void> {
    this.#ended = false
    const wanted = ['timers.target', 'multi-user.target'].flatMap((target) => this.wantedBy(target))
    for (const name of this.#ordered([...new Set(wanted)])) if (!this.#ended) await this.start(name)
    for (const name of ['timers.target', 'multi-user.target']) await this.start(name)
  }

  wantedBy(target: string): string[] {
    const files = this.machine.files()
    return ['/etc/systemd/system', '/usr/lib/systemd/system'].flatMap((folder) => {
      const at = `${folder}/${target}.wants`
      return files.find(at) === undefined ? [] : files.list(at)
    })
  }

  #ordered(names: readonly string[]): string[] {
    const before = (name: string): string[] => [
      ...words(this.file(name), 'Unit.After').filter((each) => names.includes(each)),
      ...names.filter((each) => words(this.file(each), 'Unit.Before').includes(name)),
    ]
    const ordered = new Set<string>()
    const visit = (name: string, under: readonly string[]): void => {
      if (ordered.has(name) || under.includes(name)) return
      for (const each of before(name)) visit(each, [...under, name])
      ordered.add(name)
    }
    for (const name of names) visit(name, [])
    return [...ordered]
  }

  /** As the power goes: all that ran is gone, and nothing is told. */
  halt(): void {
    this.#ended = true
    for (const state of this.#states.values()) {
      state.alarm?.cancel()
      const { end } = state
      state.end = undefined
      end?.()
    }
    this.#states.clear()
    this.#files.clear()
    this.#transient.clear()
  }
}
