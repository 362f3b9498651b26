// How a login becomes root on its host, found out once by trying, before anything is changed.
import { oneLine } from '../text/display.ts'
import { PreflightError } from '../text/errors.ts'
import { sh, word } from '../text/quote.ts'
import type { Output } from './command.ts'
import type { ExecOptions, Host } from './host.ts'

export interface Privilege {
  /** @returns the line that runs this one as root, and what its standard input has to be then */
  wrap(line: string, stdin: Input | undefined): { readonly line: string; readonly stdin: Input | undefined }
}

type Input = string | Uint8Array

interface SudoWay {
  readonly password: string | null
  /** sudoers demands a terminal (requiretty). */
  readonly tty: boolean
}

const passwordAttempts = 3

const within = (signal: AbortSignal | undefined): ExecOptions => ({
  timeoutMs: 60_000,
  ...(signal === undefined ? {} : { signal }),
})

// sudo reads one line of its standard input as the password, or none where a rule needs no password for this very
// command. Up to the empty line that follows, nothing is the command's own. `read` takes no byte too many.
const afterPassword = 'while IFS= read -r each && [ -n "$each" ]; do :; done; exec /bin/sh -c "$1"'

// script(1) gives sudo a terminal, and the line's own input and outputs pass beside it, so that nothing is echoed,
// mixed or translated.
const besideTerminal = (line: string): string =>
  sh`exec 3<&0 4>&1; exec env SHELL=/bin/sh script -qec ${`exec ${line} <&3 >&4 2>&5 3<&- 4>&- 5>&-`} /dev/null 5>&2 </dev/null >/dev/null`

const behind = (first: string, then: Input): Input =>
  typeof then === 'string' ? `${first}${then}` : Buffer.concat([Buffer.from(first), then])

const bySudo = ({ password, tty }: SudoWay): Privilege => ({
  wrap(line, stdin) {
    const run =
      password === null
        ? sh`sudo -n -- /bin/sh -c ${line}`
        : // A remembered password would leave the line unread.
          sh`sudo -k -S -p ${''} -- /bin/sh -c ${afterPassword} sh ${line}`
    return {
      line: tty ? besideTerminal(run) : run,
      stdin: password === null ? stdin : behind(`${password}\n\n`, stdin ?? ''),
    }
  },
})

/** Tries without what sudo remembers, which may run out in the middle of a restore. */
function check(host: Host, { password, tty }: SudoWay, signal: AbortSignal | undefined): Promise<Output> {
  const run = password === null ? sh`sudo -k -n -- /bin/sh -c :` : sh`sudo -k -S -p ${''} -- /bin/sh -c :`
  const line = `LC_ALL=C; export LC_ALL; ${tty ? besideTerminal(run) : run}`
  return host.exec(line, { ...within(signal), ...(password === null ? {} : { stdin: `${password}\n` }) })
}

const wantsTerminal = ({ stderr }: Output): boolean => /must have a tty/.test(stderr)
const wantsPassword = ({ stderr }: Output): boolean => /(?:password|authentication) is required/.test(stderr)
const isWrong = ({ stderr }: Output): boolean =>
  /try again|incorrect \w+ attempt|no password was provided/i.test(stderr) &&
  !/sudoers|not allowed|may not run/.test(stderr)

const refused = ({ destination, user }: Host, output: Output): PreflightError =>
  new PreflightError({
    code: 'sudo-refused',
    message: `${user} can't become root on ${destination}: ${oneLine(output.stderr) || `sudo ends with ${output.code}`}`,
    next: [
      {
        why: 'see what the login may do, or name a login that may run /bin/sh',
        command: `ssh ${word(destination)} sudo -l`,
      },
    ],
  })

const terminalMissing = ({ destination, user }: Host): PreflightError =>
  new PreflightError({
    code: 'sudo-requires-tty',
    message: `sudo on ${destination} demands a terminal (requiretty), and script(1), which would give it one, is not there`,
    next: [
      { why: 'install script (it comes with util-linux), or', command: `ssh -t ${word(destination)} sudo visudo` },
      { why: 'add this line there', command: `Defaults:${user} !requiretty` },
    ],
  })

const passwordMissing = ({ destination, user }: Host, tried: number): PreflightError =>
  new PreflightError({
    code: 'sudo-needs-password',
    message:
      tried === 0
        ? `sudo on ${destination} wants the password of ${user}`
        : `sudo on ${destination} takes none of the ${tried} passwords given for ${user}`,
    next: [
      {
        why: 'give it from a file that only you can read',
        command: `lifeboat --host ${word(destination)} --secret sudo=@FILE`,
      },
    ],
  })

async function isRoot(host: Host, signal: AbortSignal | undefined): Promise<boolean> {
  if (host.user === 'root') return true
  const { stdout } = await host.exec('id -u', within(signal))
  return stdout.trim() === '0'
}

/**
 * How the login becomes root: it is root, `sudo -n`, sudo with its password on stdin, each also where sudoers
 * demands a tty.
 * @param askPassword null: nobody can be asked; attempt 1 at first, 2 and 3 after a wrong one
 * @throws PreflightError `sudo-needs-password`, `sudo-requires-tty`, `sudo-refused`; what Host.exec throws; what
 *   `askPassword` throws
 */
export async function becomeRoot(
  host: Host,
  askPassword: (attempt: number) => Promise<string | null>,
  signal?: AbortSignal,
): Promise<Privilege> {
  if (await isRoot(host, signal)) return { wrap: (line, stdin) => ({ line, stdin }) }
  let way: SudoWay = { password: null, tty: false }
  let output = await check(host, way, signal)
  if (output.code !== 0 && wantsTerminal(output)) {
    const found = await host.exec('command -v script', within(signal))
    if (found.code !== 0) throw terminalMissing(host)
    way = { password: null, tty: true }
    output = await check(host, way, signal)
  }
  if (output.code === 0) return bySudo(way)
  if (!wantsPassword(output)) throw refused(host, output)
  for (let attempt = 1; attempt <= passwordAttempts; attempt++) {
    const password = await askPassword(attempt)
    if (password === null) throw passwordMissing(host, attempt - 1)
    output = await check(host, { ...way, password }, signal)
    if (output.code === 0) return bySudo({ ...way, password })
    if (!isWrong(output)) throw refused(host, output)
  }
  throw passwordMissing(host, passwordAttempts)
}
