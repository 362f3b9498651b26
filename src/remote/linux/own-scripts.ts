// Scripts from the config, run by bash on fetched objects. Whether `swap` was begun, and came to its end, is noted in the
// staging folder, so that a script need not tell.
import { sh } from '../../text/quote.ts'
import { tail } from '../../text/tail.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { onStaged } from './staging.ts'

export interface OwnPlaces {
  readonly run: string
  readonly into: string
  readonly staging: string
}

const variables = ({ run, into, staging }: OwnPlaces): string => sh`export RUN=${run} INTO=${into} STAGING=${staging}`

// In a shell of its own, whose `exit` skips nothing; and not as a condition, in which bash ignores `set -e`.
const apart = (script: string): string => `(\n${script}\n)`

const whole = (places: OwnPlaces, ...lines: readonly string[]): string =>
  onStaged(places, [variables(places), ...lines].join('\n'))

const day = { timeoutMs: 24 * 3_600_000 }

/** Runs a script that changes the host. */
export const runOwn = (places: OwnPlaces, script: string): ShellCommand<string> =>
  changeLine(whole(places, apart(script)), day)

/** What a script says of what it has read, in lines; or why it refuses it. */
export const checkOwn = (
  places: OwnPlaces,
  script: string,
): ShellCommand<{ readonly facts: readonly string[]; readonly problem: string | null }> =>
  readLine(
    whole(places, apart(script)),
    ({ code, stdout, stderr }) => ({
      facts: stdout.split('\n').filter((line) => line.trim() !== ''),
      problem: code === 0 ? null : tail(stderr.trim() || stdout.trim(), 300) || `check ended with ${code}`,
    }),
    // Whatever it ends with is its answer. 255 is ssh's own.
    { ...day, accepts: Array.from({ length: 255 }, (_, code) => code) },
  )

export const swapOwn = (places: OwnPlaces, script: string): ShellCommand<string> =>
  changeLine(whole(places, '[ ! -e swapped ] || exit 0', 'touch swapping', apart(script), 'mv swapping swapped'), day)

/** Nothing, where `swap` was never begun. */
export const unswapOwn = (places: OwnPlaces, script: string): ShellCommand<string> =>
  changeLine(
    whole(
      places,
      '[ ! -e swapped ] || mv swapped swapping',
      '[ -e swapping ] || exit 0',
      apart(script),
      'rm -f swapping',
    ),
    day,
  )

const byMarks = 'if [ -e swapped ]; then echo new; elif [ -e swapping ]; then echo between; else echo old; fi'

/** Which data has the place: as the script says, or by how far `swap` came. */
export const ownStanding = (places: OwnPlaces, script = byMarks): ShellCommand<'old' | 'between' | 'new'> =>
  readLine(whole(places, apart(script)), ({ stdout }) => {
    const said = stdout.trim().split('\n').at(-1)
    return said === 'new' || said === 'old' ? said : 'between'
  })

/** A script as a line for the host, when the staging folder is gone. */
export const ownLine = ({ run, into }: OwnPlaces, script: string): string =>
  sh`bash -c ${`${sh`RUN=${run} INTO=${into}`}\n${script}`}`
