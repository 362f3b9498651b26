// A host that is this machine itself, for an operator who is logged in there.
import type { Host } from '../host.ts'
import { checkLength, connectionLost, defaultMaxOutputBytes } from './exec-outcome.ts'
import { execProcess, type RunningExec } from './exec-process.ts'
import { localLogin } from './ssh-settings.ts'

export interface LocalHostOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** For each of a command's stdout and stderr. Default 64 MiB. */
  readonly maxOutputBytes?: number | undefined
}

// All that a login over ssh would have; a command gets nothing else of our environment, which may hold credentials.
const handedOn = ['PATH', 'LANG', 'LC_ALL', 'TZ']

/** Lines run with /bin/sh in the login's home. A command that is given up is ended, with all that it began. */
export function localHost(destination: string, options: LocalHostOptions): Host {
  const { home, user } = localLogin(options.env)
  const limits = { destination, maxOutputBytes: options.maxOutputBytes ?? defaultMaxOutputBytes }
  const running = new Set<RunningExec>()
  let closed = false
  const env = {
    ...Object.fromEntries(handedOn.map((name) => [name, options.env[name]])),
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
  }
  return {
    destination,
    user,
    async exec(line, execOptions) {
      execOptions.signal?.throwIfAborted()
      checkLength(line)
      if (closed) throw connectionLost(destination, line)
      const shell = { program: '/bin/sh', args: ['-c', line], env, cwd: home }
      const exec = execProcess(limits, line, execOptions, shell, (pending, { exitCode, signal }) => {
        if (exitCode !== null) pending.exited(exitCode)
        else if (signal !== null) pending.killed(signal)
        else pending.lost('/bin/sh can’t be started')
      })
      running.add(exec)
      void exec.ended.then(() => running.delete(exec))
      return exec.promise
    },
    async close() {
      closed = true
      for (const each of running) each.end()
      await Promise.all([...running].map((each) => each.ended))
    },
  }
}
