// systemd units: their state, and starting and stopping them.
import { sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'

/** One unit's state at one moment (`systemctl show`). */
export interface UnitState {
  readonly unit: string
  readonly load: string
  readonly active: string
  readonly sub: string
  /** A new one each time the unit is started. */
  readonly invocation: string
  readonly restarts: number
  readonly result: string
  readonly conditionMet: boolean
}

const properties = 'Id,LoadState,ActiveState,SubState,InvocationID,NRestarts,Result,ConditionResult'

function parseUnits(stdout: string): UnitState[] {
  return stdout
    .split(/\n\n+/)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const value = Object.fromEntries(
        block
          .trim()
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
      return {
        unit: value.Id ?? '',
        load: value.LoadState ?? '',
        active: value.ActiveState ?? '',
        sub: value.SubState ?? '',
        invocation: value.InvocationID ?? '',
        restarts: count(value.NRestarts || '0'),
        result: value.Result ?? '',
        conditionMet: value.ConditionResult !== 'no',
      }
    })
}

/** The state of several units, in the order asked. */
export const unitStates = (units: readonly string[]): ShellCommand<UnitState[]> =>
  readLine(
    units.length === 0 ? 'true' : sh`systemctl show -p ${properties} -- ${units}`,
    ({ stdout }) => parseUnits(stdout),
    { root: false },
  )

export const startUnits = (units: readonly string[]): ShellCommand<string> =>
  changeLine(sh`systemctl reset-failed -- ${units}; systemctl start -- ${units}`)

export const stopUnits = (units: readonly string[]): ShellCommand<string> => changeLine(sh`systemctl stop -- ${units}`)

/** The newest lines of the journal of these units, of which there is one at least: without any it would be everybody's. */
export const unitJournal = (units: readonly [string, ...string[]], lines: number): ShellCommand<string[]> =>
  readLine(sh`journalctl --no-pager -o short-iso -n ${lines} ${units.flatMap((unit) => ['-u', unit])}`, ({ stdout }) =>
    stdout.split('\n').filter((line) => line !== ''),
  )

/** Which services the host's timers start: `unit` is the timer, `activates` its service. */
export const listTimers = (): ShellCommand<{ timer: string; activates: string }[]> =>
  readLine(
    "systemctl show -p Id,Unit -- $(systemctl list-units --type=timer --all --plain --no-legend | awk '{print $1}')",
    ({ stdout }) =>
      stdout
        .split(/\n\n+/)
        .map((block) => ({
          timer: /^Id=(.*)$/m.exec(block)?.[1] ?? '',
          activates: /^Unit=(.*)$/m.exec(block)?.[1] ?? '',
        }))
        .filter((found) => found.timer !== ''),
    { root: false },
  )
