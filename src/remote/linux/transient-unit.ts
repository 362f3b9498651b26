// A changing command as a transient systemd unit: it outlives the connection and this process, and is found again by name.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type Output, type ShellCommand } from '../command.ts'

/** Where the files of a run's transient units are, a folder each. Made by whoever begins the unit. */
const transientFiles = (run: string): string => `/run/lifeboat/${run}/units`

/** One command of one attempt of a run's step. */
export interface TransientUnit {
  readonly run: string
  readonly step: string
  readonly attempt: number
  /** Which of the attempt's commands, from 1; one that never began is asked for again as `1.1`. */
  readonly part: string
}

export const unitName = ({ run, step, attempt, part }: TransientUnit): string =>
  `lifeboat-${run}-${step}-${attempt}-${part}`

const folder = (unit: TransientUnit): string => `${transientFiles(unit.run)}/${unit.step}-${unit.attempt}-${unit.part}`

const file = (unit: TransientUnit, kind: 'in' | 'out' | 'err' | 'rc' | 'script'): string => `${folder(unit)}/${kind}`

/**
 * Wraps a line: its standard input is kept in a file first, it runs in the unit with its output in files, and the
 * wrapping line waits for it and hands the output on. If the wrapping line is cut off, the unit goes on. Whoever makes
 * the unit's folder owns it: a line that comes late, after its end was asked for, does nothing.
 */
export function inUnit(line: string, unit: TransientUnit, stdin = ''): string {
  // In a shell of its own: an `exit` in the line must not skip the noting of its code.
  const script = `exec <${file(unit, 'in')}; rm -f ${file(unit, 'in')}; ( ${line}\n) >${file(unit, 'out')} 2>${file(unit, 'err')}; echo $? >${file(unit, 'rc')}`
  return [
    sh`umask 077; mkdir -p ${transientFiles(unit.run)}`,
    sh`mkdir ${folder(unit)} || exit 75; cat >${file(unit, 'in')}`,
    // A connection that is lost here ends standard input: half a list must not be worked on, and half a secret not stay.
    sh`[ "$(wc -c <${file(unit, 'in')})" -eq ${Buffer.byteLength(stdin)} ] || { rm -f ${file(unit, 'in')}; exit 75; }`,
    // In a file: systemd would put variables of its own in the place of what looks like one (systemd.service(5)).
    sh`printf %s ${script} >${file(unit, 'script')}`,
    sh`systemd-run --quiet --wait --collect --unit=${unitName(unit)} -- /bin/sh ${file(unit, 'script')}`,
    sh`cat ${file(unit, 'out')}; cat ${file(unit, 'err')} >&2; exit "$(cat ${file(unit, 'rc')})"`,
  ].join('\n')
}

export type UnitOutcome =
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly output: Output }
  /** It had not begun, and from now on it can't: its folder has been taken. */
  | { readonly state: 'never' }
  /** It was about to begin, or was killed. */
  | { readonly state: 'unknown' }

/** What became of a unit whose end nobody waited for. Asked on the boot that it was begun on. */
export const unitOutcome = (unit: TransientUnit): ShellCommand<UnitOutcome> =>
  changeOf(
    [
      sh`umask 077; mkdir -p ${transientFiles(unit.run)}`,
      sh`if mkdir ${folder(unit)} 2>/dev/null; then echo never`,
      sh`elif [ -s ${file(unit, 'rc')} ]; then printf 'ended %s\\n' "$(cat ${file(unit, 'rc')})"; cat ${file(unit, 'out')}; cat ${file(unit, 'err')} >&2`,
      sh`elif ${raw(sh`systemctl is-active --quiet ${unitName(unit)}`)}; then echo running`,
      'else echo unknown; fi',
    ].join('\n'),
    ({ stdout, stderr }) => {
      const [first = '', ...rest] = stdout.split('\n')
      if (first === 'running' || first === 'never') return { state: first }
      const code = /^ended (\d{1,3})$/.exec(first)?.[1]
      return code === undefined
        ? { state: 'unknown' }
        : { state: 'ended', output: { code: Number(code), stdout: rest.join('\n'), stderr } }
    },
  )

const changeOf = <T>(line: string, parse: (output: Output) => T): ShellCommand<T> => ({
  ...changeLine(line, { repeatable: true }),
  parse,
})

/** The units of a run, or of one of its steps, that are still at work. */
export const unitsAtWork = (run: string, step?: string): ShellCommand<string[]> =>
  readLine(
    sh`systemctl list-units --plain --no-legend --full --state=active,activating ${`lifeboat-${run}-${step === undefined ? '*' : `${step}-[0-9]*`}.service`}`,
    ({ stdout }) => [...stdout.matchAll(/^(\S+)/gm)].map((found) => found[1] ?? ''),
    { root: false },
  )
