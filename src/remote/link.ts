// The link to the host: one connection, made anew when it is lost, and what was under way on it found again.
import { setTimeout as delay } from 'node:timers/promises'
import { LifeboatError, PreflightError, RemoteCommandError } from '../text/errors.ts'
import type { Output, ShellCommand } from './command.ts'
import type { Host } from './host.ts'
import { connectionLost } from './host/exec-outcome.ts'
import { inUnit, unitOutcome, type TransientUnit } from './linux/transient-unit.ts'
import type { Privilege } from './privilege.ts'

export interface RunOptions {
  /** Leaves at once, whatever is under way. */
  readonly signal?: AbortSignal
  /** Ends the waiting for a lost connection, and nothing else. */
  readonly patience?: AbortSignal
  /** Told what is being waited for. */
  readonly waiting?: (waitingFor: string) => void
}

/** A connection that stands. */
interface Connected {
  readonly host: Host
  readonly privilege: Privilege
  /** Another one after each boot of the host. */
  readonly bootId: string
}

export interface Link {
  /** Runs a command, if need be over a new connection. @throws RemoteCommandError `connection-lost` when nobody knows how it ended */
  exec(command: ShellCommand<unknown>, options: RunOptions): Promise<Output>
  close(): Promise<void>
}

export interface LinkParts {
  /** @throws PreflightError */
  readonly connect: (signal: AbortSignal | undefined) => Promise<Host>
  readonly becomeRoot: (host: Host, signal: AbortSignal | undefined) => Promise<Privilege>
  /** How long a host that was there is waited for. Default 10 minutes: a reboot, a train's tunnel. */
  readonly patienceMs?: number
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>
  readonly now?: () => number
}

const wait = (ms: number, signal: AbortSignal | undefined): Promise<unknown> =>
  delay(ms, undefined, signal === undefined ? {} : { signal })

export const isConnectionLost = (error: unknown): error is RemoteCommandError =>
  error instanceof RemoteCommandError && error.code === 'connection-lost'

/** A host that is rebooting, or out of reach for a while, answers like this; anything else won't get better by waiting. */
const mayComeBack = (error: unknown): boolean =>
  isConnectionLost(error) ||
  (error instanceof PreflightError && ['host-unreachable', 'host-unknown', 'auth-failed'].includes(error.code))

const bootIdLine = 'cat /proc/sys/kernel/random/boot_id 2>/dev/null; true'

/** The line that the login's shell gets: in its unit, and as root where that is needed. */
function execOn({ host, privilege }: Connected, command: ShellCommand<unknown>, { signal }: RunOptions) {
  const line = command.unit === undefined ? command.line : inUnit(command.line, command.unit, command.stdin)
  const { timeoutMs } = command
  const input = command.bytes ?? command.stdin
  const wrapped = command.root ? privilege.wrap(line, input) : { line, stdin: input }
  return host.exec(wrapped.line, {
    timeoutMs,
    ...(wrapped.stdin === undefined ? {} : { stdin: wrapped.stdin }),
    ...(signal === undefined ? {} : { signal }),
  })
}

/** So many connections are lost under one command; then it is taken to be what ends them. */
const lossesInARow = 20

/** How many looks a unit that was claimed and is not at work gets before it counts as killed. */
const looks = 5

export function linkTo(parts: LinkParts): Link {
  const { patienceMs = 600_000, pause = wait, now = Date.now } = parts
  let connecting: Promise<Connected> | undefined
  let everConnected = false

  async function connectOnce(signal: AbortSignal | undefined): Promise<Connected> {
    const host = await parts.connect(signal)
    try {
      const privilege = await parts.becomeRoot(host, signal)
      const boot = await host.exec(bootIdLine, { timeoutMs: 60_000, ...(signal === undefined ? {} : { signal }) })
      everConnected = true
      return { host, privilege, bootId: boot.stdout.trim() }
    } catch (error) {
      await host.close()
      throw error
    }
  }

  /** Waits for a host that was there once; one that never was is an error at once. */
  async function connectAgain({ signal, patience, waiting }: RunOptions): Promise<Connected> {
    const lostAt = now()
    const both = AbortSignal.any([signal, patience].filter((each) => each !== undefined))
    for (let tries = 0; ; tries++) {
      try {
        return await connectOnce(signal)
      } catch (error) {
        if (!everConnected || !mayComeBack(error)) throw error
        if (now() - lostAt > patienceMs) throw notComingBack(error, patienceMs)
        const why = error instanceof LifeboatError ? error.message : String(error)
        waiting?.(`the connection to come back: ${why}`)
        // What a pause is broken off with is not why: the signal's own reason is.
        await pause(Math.min(1000 * 2 ** tries, 5000), both).catch(() => undefined)
        both.throwIfAborted()
      }
    }
  }

  async function connected(options: RunOptions): Promise<Connected> {
    connecting ??= connectAgain(options)
    const mine = connecting
    try {
      return await mine
    } catch (error) {
      if (connecting === mine) connecting = undefined
      throw error
    }
  }

  async function drop(lost: Connected): Promise<void> {
    if ((await connecting?.catch(() => undefined)) === lost) connecting = undefined
    await lost.host.close()
  }

  /** The end of a unit whose connection was lost; null where it never began. */
  async function endOf(
    command: ShellCommand<unknown>,
    unit: TransientUnit,
    bootId: string,
    options: RunOptions,
  ): Promise<Output | null> {
    for (let unknown = 0; ;) {
      const on = await connected(options)
      if (on.bootId !== bootId) throw connectionLost(on.host.destination, command.line, 'the host was rebooted')
      const ask = unitOutcome(unit)
      const outcome = ask.parse(await exec(ask, options))
      if (outcome.state === 'ended') return outcome.output
      if (outcome.state === 'never') return null
      if (outcome.state === 'unknown' && ++unknown === looks)
        throw connectionLost(on.host.destination, command.line, 'its unit is gone without a trace of how it ended')
      options.waiting?.(`"${command.line.split('\n')[0] ?? ''}", which goes on on the host, to end`)
      await pause(1000, options.signal)
    }
  }

  async function exec(command: ShellCommand<unknown>, options: RunOptions): Promise<Output> {
    for (let unit = command.unit, again = 1, losses = 1; ; losses++) {
      const on = await connected(options)
      try {
        return await execOn(on, unit === undefined ? command : { ...command, unit }, options)
      } catch (error) {
        if (!isConnectionLost(error)) throw error
        await drop(on)
        if (losses === lossesInARow) throw error
        if (command.reads || command.repeatable === true) continue
        if (unit === undefined) throw error
        const output = await endOf(command, unit, on.bootId, options)
        if (output !== null) return output
        // It never began: it is asked for again, under a name that nobody has given up.
        unit = { ...unit, part: `${command.unit?.part ?? ''}.${again++}` }
      }
    }
  }

  return {
    exec,
    async close() {
      const on = await connecting?.catch(() => undefined)
      await on?.host.close()
    },
  }
}

function notComingBack(error: unknown, patienceMs: number): PreflightError {
  const last = error instanceof LifeboatError ? error.message : String(error)
  return new PreflightError(
    {
      code: 'host-lost',
      message: `the connection to the host was lost and did not come back within ${Math.round(patienceMs / 60_000)} minutes: ${last}`,
      ...(error instanceof LifeboatError ? { next: error.next } : {}),
    },
    error,
  )
}
