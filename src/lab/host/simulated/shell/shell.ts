// A shell on the host: just-bash over the host's files, with the host's own commands.
import { Bash, decodeBytesToUtf8, defineCommand, latin1FromBytes, type ExecResult } from 'just-bash'
import { FsError } from '../files/fs-error.ts'
import type { Namespace } from '../files/namespace.ts'
import type { CommandOutput } from '../kernel.ts'
import type { Account } from '../users.ts'
import type { Call, HostCommand, Session, World } from './command.ts'
import { inOurDialect, redirectFailed } from './dialect.ts'
import { shellFs } from './shell-fs.ts'

/** Bytes as they leave a process. */
export interface ShellOutput {
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly exitCode: number
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface ShellOptions {
  readonly account: Account
  /** The unit that it runs for. */
  readonly unit?: string | null
  readonly namespace?: Namespace
  readonly command?: string
}

interface RunLine {
  readonly stdin?: Buffer
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface Shell {
  readonly session: Session
  run(line: string, options?: RunLine): Promise<ShellOutput>
  /** Its process ends. */
  end(): void
}

// A real one has sbin first. There just-bash has scripts of ours, and it gives a script no more than nine arguments.
const rootPath = '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin'

const plenty = 2 ** 31

const limits = {
  maxCommandCount: plenty,
  maxLoopIterations: plenty,
  maxAwkIterations: plenty,
  maxSedIterations: plenty,
  maxWorkUnits: plenty,
  maxTraversalEntries: plenty,
  maxTraversalWork: plenty,
  maxGlobOperations: plenty,
  maxExecutionTimeMs: 24 * 3_600_000,
}

const isBytes = (result: ExecResult): boolean => result.stdoutKind === 'bytes' || result.stdoutEncoding === 'binary'

/** As text: what came as bytes is read as UTF-8. */
const asText = (result: ExecResult): CommandOutput => ({
  stdout: isBytes(result) ? Buffer.from(result.stdout, 'latin1').toString('utf8') : result.stdout,
  stderr: result.stderr,
  exitCode: result.exitCode,
})

/** What the shell says of a command that it doesn't have. */
const unknown = (stderr: string): string =>
  stderr
    .replaceAll(/^bash: (.*): command not found$/gm, '$1: not in this lab')
    .replaceAll(
      /^bash: (\/dev\/tcp\/.*): No such file or directory$/gm,
      'bash: connect: Connection refused\nbash: line 1: $1: Connection refused',
    )

/** @param commands by name; each takes the place of the shell's own */
export function openShell(world: World, commands: Readonly<Record<string, HostCommand>>, options: ShellOptions): Shell {
  const { machine } = world
  const { account, unit = null, namespace = machine.namespace, command = '/bin/sh' } = options
  const process = machine.table.spawn(
    { command, comm: 'sh', exe: '/usr/bin/dash', unit, uid: account.uid, cwd: '/', namespace },
    machine.now().getTime(),
  )
  const viewer = { uid: account.uid, gid: account.gid, groups: [account.gid], pid: process.pid }
  const files = machine.files(viewer, namespace)
  const session: Session = { world, account, files, process }
  const fs = shellFs(files, (host, port) => /^(127\.|localhost$|::1$)/.test(host) && machine.services.has(port))

  const own = Object.entries(commands).map(([name, run]) =>
    defineCommand(name, async (args, context): Promise<ExecResult> => {
      const call: Call = {
        ...session,
        args,
        cwd: context.cwd,
        env: context.env,
        stdin: decodeBytesToUtf8(context.stdin),
        stdinBytes: latin1FromBytes(context.stdin),
        signal: context.signal,
        path: (given) => fs.resolvePath(context.cwd, given),
        run: async (line, { cwd = context.cwd, stdinBytes, signal } = {}) => {
          if (context.exec === undefined) throw new Error(`${name} was given no shell`)
          const given = stdinBytes === undefined ? {} : { stdin: stdinBytes, stdinKind: 'bytes' as const }
          const ended = signal ?? context.signal
          return asText(await context.exec(line, { cwd, ...given, ...(ended === undefined ? {} : { signal: ended }) }))
        },
        original: async (given) => {
          const result = await context.origCommand?.([...given])
          return result === undefined
            ? { stdout: '', stderr: `${name}: not in this lab\n`, exitCode: 127 }
            : asText(result)
        },
      }
      const { stdout, stderr, exitCode, isBytes: bytes } = await run(call)
      return { stdout, stderr, exitCode, stdoutKind: bytes === true ? 'bytes' : 'text' }
    }),
  )
  const bash = new Bash({
    fs,
    cwd: '/',
    customCommands: own,
    defenseInDepth: false,
    executionLimits: limits,
    processInfo: { pid: process.pid, ppid: 1, uid: account.uid, gid: account.gid },
    sleep: (ms) => machine.clock.sleep(ms),
  })
  const base = {
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: account.shell,
    PATH: rootPath,
    LANG: 'C.UTF-8',
  }
  return {
    session,
    async run(line, { stdin, cwd = '/', env = {}, signal } = {}) {
      process.cwd = files.find(cwd) === undefined ? '/' : cwd
      const running = bash.exec(inOurDialect(line), {
        rawScript: true,
        replaceEnv: true,
        cwd,
        env: { ...base, PWD: cwd, ...env },
        ...(stdin === undefined ? {} : { stdin: stdin.toString('latin1'), stdinKind: 'bytes' as const }),
        ...(signal === undefined ? {} : { signal }),
      })
      const result = await running.catch((error: unknown) => {
        if (!(error instanceof FsError)) throw error
        return { stdout: '', stderr: `${redirectFailed(error)}\n`, exitCode: 2, env: { ...base, PWD: cwd } }
      })
      const ended = result.env['PWD'] ?? cwd
      process.cwd = ended
      return {
        stdout: Buffer.from(result.stdout, isBytes(result) ? 'latin1' : 'utf8'),
        stderr: Buffer.from(unknown(result.stderr)),
        exitCode: result.exitCode,
        cwd: ended,
        env: result.env,
      }
    },
    end: () => machine.table.end(process.pid),
  }
}
