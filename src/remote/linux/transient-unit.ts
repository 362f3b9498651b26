// A long command as a transient systemd unit: it outlives the connection and this process, and is found again by name.
import { raw, sh } from '../../text/quote.ts'
import { readLine, type Output, type ShellCommand } from '../command.ts'

/** Where the files of a run's transient units are. */
const transientFiles = (run: string): string => `/run/lifeboat/${run}/units`

/** The unit of one attempt of a run's step. */
export interface TransientUnit {
  readonly run: string
  readonly step: string
  readonly attempt: number
}

export const unitName = ({ run, step, attempt }: TransientUnit): string => `lifeboat-${run}-${step}-${attempt}`

const file = (unit: TransientUnit, kind: 'in' | 'out' | 'err' | 'rc'): string =>
  `${transientFiles(unit.run)}/${unit.step}-${unit.attempt}.${kind}`

/**
 * Wraps a line: its standard input is kept in a file first, it runs in the unit with its output in files, and the
 * wrapping line waits for it and hands the output on. If the wrapping line is cut off, the unit goes on.
 */
export function inUnit(line: string, unit: TransientUnit): string {
  // In a shell of its own: an `exit` in the line must not skip the noting of its code.
  const script = `( ${line}\n) <${file(unit, 'in')} >${file(unit, 'out')} 2>${file(unit, 'err')}; echo $? >${file(unit, 'rc')}`
  return [
    sh`umask 077; mkdir -p ${transientFiles(unit.run)}; cat >${file(unit, 'in')}`,
    sh`systemd-run --quiet --wait --collect --unit=${unitName(unit)} -- /bin/sh -c ${script}`,
    sh`cat ${file(unit, 'out')}; cat ${file(unit, 'err')} >&2; exit "$(cat ${file(unit, 'rc')})"`,
  ].join('\n')
}

export type UnitOutcome =
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly output: Output }
  /** It never started, or the host was rebooted since. */
  | { readonly state: 'unknown' }

/** What became of a transient unit whose end nobody waited for. */
export const unitOutcome = (unit: TransientUnit): ShellCommand<UnitOutcome> =>
  readLine(
    [
      sh`if [ -s ${file(unit, 'rc')} ]; then printf 'ended %s\\n' "$(cat ${file(unit, 'rc')})"; cat ${file(unit, 'out')}; cat ${file(unit, 'err')} >&2`,
      sh`elif ${raw(sh`systemctl is-active --quiet ${unitName(unit)}`)}; then echo running`,
      'else echo unknown; fi',
    ].join('\n'),
    ({ stdout, stderr }) => {
      const [first = '', ...rest] = stdout.split('\n')
      if (first === 'running') return { state: 'running' }
      const code = /^ended (\d+)$/.exec(first)?.[1]
      return code === undefined
        ? { state: 'unknown' }
        : { state: 'ended', output: { code: Number(code), stdout: rest.join('\n'), stderr } }
    },
  )
