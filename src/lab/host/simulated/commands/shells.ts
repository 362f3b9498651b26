// What runs something else: shells, sudo, namespaces.
import { word } from '../../../../text/quote.ts'
import { failed, done, notInThisLab, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { FsError } from '../files/fs-error.ts'
import { inOurDialect, redirectFailed } from '../shell/dialect.ts'
import type { ShellOptions } from '../shell/shell.ts'
import { readOptions } from './options.ts'

/** A script in a file as the line that it is, where it reads what its own shell is given. */
function inLine(args: readonly string[], { files, path }: Pick<Call, 'files' | 'path'>): readonly string[] {
  const [file, ...rest] = args
  if (file === undefined || file.startsWith('-') || files.find(path(file))?.inode.kind !== 'file') return args
  const script = Buffer.from(files.read(path(file))).toString('utf8')
  return inOurDialect(script) === script ? args : ['-c', script, file, ...rest]
}

/** sh and bash are just-bash's own, but for what it can't do. */
const sh: HostCommand = async ({ args: given, original, ...call }) => {
  const args = inLine(given, call)
  const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg))
  try {
    return await original(args.map((arg, index) => (at !== -1 && index === at + 1 ? inOurDialect(arg) : arg)))
  } catch (error) {
    if (error instanceof FsError) return failed(redirectFailed(error), 2)
    throw error
  }
}

const umask: HostCommand = ({ args, files }) => {
  const [given] = args
  if (given === undefined) return done(`${files.umask.toString(8).padStart(4, '0')}\n`)
  if (!/^[0-7]{1,4}$/.test(given)) return failed(`umask: Illegal number: ${given}`, 2)
  files.umask = Number.parseInt(given, 8)
  return done()
}

async function runIn(call: Call, options: ShellOptions, command: readonly string[], cwd = call.cwd): Promise<Result> {
  const shell = call.world.shell(options)
  shell.session.files.umask = call.files.umask
  try {
    const line = command.map((each) => word(each)).join(' ')
    const output = await shell.run(line, {
      cwd,
      stdin: Buffer.from(call.stdinBytes, 'latin1'),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    })
    return {
      stdout: output.stdout.toString('latin1'),
      stderr: output.stderr.toString('utf8'),
      exitCode: output.exitCode,
      isBytes: true,
    }
  } finally {
    shell.end()
  }
}

/** As `admin` may: everything, without a password. Whoever isn't in sudoers would be asked for one. */
const sudo: HostCommand = (call) => {
  const options = readOptions(call.args, 'n k S p: u: H E i s l v K', true)
  if (options.unknown !== undefined) return notInThisLab(`sudo ${options.unknown}`)
  const allowed = call.account.uid === 0 || isSudoer(call)
  if (!allowed) {
    return options.has('n')
      ? failed('sudo: a password is required')
      : failed('sudo: no password was provided\nsudo: a password is required')
  }
  if (options.has('l'))
    return done(`User ${call.account.name} may run the following commands:\n    (ALL) NOPASSWD: ALL\n`)
  const name = options.value('u') ?? 'root'
  const account = call.world.systemd.account(name)
  if (account === undefined)
    return failed(`sudo: unknown user ${name}\nsudo: error initializing audit plugin sudoers_audit`)
  const command = options.rest.length === 0 && options.has('i', 's') ? ['true'] : options.rest
  if (command.length === 0) return options.has('k', 'K', 'v') ? done() : failed('usage: sudo [-nkS] [-u user] command')
  return runIn(
    call,
    { account, unit: call.process.unit, namespace: call.files.namespace, command: command.join(' ') },
    command,
  )
}

/** `runuser -u USER -- COMMAND`: as root does, nobody is asked. */
const runuser: HostCommand = (call) => {
  const options = readOptions(call.args, 'u: user:', true)
  const name = options.value('u', 'user')
  if (options.unknown !== undefined || name === undefined)
    return notInThisLab(`runuser ${options.unknown ?? 'without -u'}`)
  if (call.account.uid !== 0) return failed('runuser: may not be used by non-root users')
  const account = call.world.systemd.account(name)
  if (account === undefined)
    return failed(`runuser: user ${name} does not exist or the user entry does not contain all the required fields`)
  if (options.rest.length === 0) return failed('runuser: no command was specified')
  return runIn(
    call,
    { account, unit: call.process.unit, namespace: call.files.namespace, command: options.rest.join(' ') },
    options.rest,
  )
}

function isSudoer({ world, account }: Call): boolean {
  const files = world.machine.files()
  return files
    .list('/etc/sudoers.d')
    .some((name) =>
      new RegExp(`^${account.name}\\s+ALL=.*NOPASSWD`, 'm').test(world.machine.text(`/etc/sudoers.d/${name}`) ?? ''),
    )
}

const notPermitted = (call: Call, what: string): Result | undefined =>
  call.account.uid === 0 ? undefined : failed(`${what}: Operation not permitted`)

const unshare: HostCommand = (call) => {
  const options = readOptions(call.args, 'm mount', true)
  if (options.unknown !== undefined) return notInThisLab(`unshare ${options.unknown}`)
  const { machine } = call.world
  return (
    notPermitted(call, 'unshare: unshare failed') ??
    runIn(
      call,
      {
        account: call.account,
        unit: call.process.unit,
        namespace: machine.unshared(call.files.namespace),
        command: options.rest.join(' '),
      },
      options.rest,
    )
  )
}

const nsenter: HostCommand = (call) => {
  const options = readOptions(call.args, 't: target: m mount', true)
  if (options.unknown !== undefined) return notInThisLab(`nsenter ${options.unknown}`)
  const pid = Number(options.value('t', 'target'))
  const process = call.world.machine.table.all().find((each) => each.pid === pid)
  if (process === undefined) return failed(`nsenter: cannot open /proc/${pid}/ns/mnt: No such file or directory`)
  return (
    notPermitted(call, 'nsenter: reassociate to namespace') ??
    runIn(
      call,
      { account: call.account, unit: call.process.unit, namespace: process.namespace, command: options.rest.join(' ') },
      options.rest,
    )
  )
}

/** Who has which file or directory for itself, on each machine, until when. */
const flocks = new WeakMap<object, Map<string, Promise<unknown>>>()

const flock: HostCommand = async (call) => {
  const options = readOptions(call.args, 'n nonblock x e exclusive s shared w: timeout:', true)
  const [first, ...command] = options.rest
  if (options.unknown !== undefined) return notInThisLab(`flock ${options.unknown}`)
  if (first === undefined) return failed('flock: requires file descriptor, file or directory')
  if (command.length === 0) return done()
  const held = flocks.get(call.world.machine) ?? new Map<string, Promise<unknown>>()
  flocks.set(call.world.machine, held)
  const path = call.path(first)
  const before = held.get(path)
  if (before !== undefined && options.has('n', 'nonblock')) return failed('', 1)
  const run = async (): Promise<Result> =>
    await call.run(command[0] === '-c' ? (command[1] ?? 'true') : command.map((each) => word(each)).join(' '))
  const mine = before === undefined ? run() : before.then(run, run)
  held.set(path, mine)
  try {
    return await mine
  } finally {
    if (held.get(path) === mine) held.delete(path)
  }
}

const nohup: HostCommand = (call) => call.run(call.args.map((each) => word(each)).join(' '))

export const shellCommands: Readonly<Record<string, HostCommand>> = {
  sh,
  bash: sh,
  umask,
  sudo,
  runuser,
  unshare,
  nsenter,
  flock,
  nohup,
  setsid: nohup,
}
