// A host behind the system's own ssh, for what ssh2 can't do: certificates, FIDO keys, certificate authorities.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host } from '../host.ts'
import { ChannelRefused, channelSlots } from './channel-slots.ts'
import { checkLength, connectionLost, defaultMaxOutputBytes, execInSlot, type PendingExec } from './exec-outcome.ts'
import { execProcess, type ProcessEnd, type RunningExec } from './exec-process.ts'
import type { HostKeyTrust } from './host-key.ts'
import type { KnownKey } from './known-hosts.ts'
import { forLoginShell } from './login-shell.ts'
import { startMaster, type Master } from './open-ssh-master.ts'
import type { SshSettings } from './parse-settings.ts'
import type { ConnectOptions } from './ssh-host.ts'
import { openSsh } from './ssh-settings.ts'

/** Through the master or not at all: without one, ssh would connect by itself. */
const throughMaster = (socket: string, log: string, line: string): string[] => [
  '-T',
  '-F',
  'none',
  '-S',
  socket,
  '-E',
  log,
  ...['ControlMaster=no', 'ProxyCommand=false', 'BatchMode=yes', 'LogLevel=DEBUG2'].flatMap((each) => ['-o', each]),
  '--',
  'host',
  line,
]

/** What ssh wrote beside the command's own standard error, once; null: it could not even do that. */
async function takeLog(log: string): Promise<string | null> {
  const said = await readFile(log, 'utf8').catch(() => null)
  await rm(log, { force: true })
  return said
}

// ssh says more than ControlPath may be long; a temp folder of macOS leaves too little.
const base = (): string => (tmpdir().length > 50 ? '/tmp' : tmpdir())

/**
 * One connection and a process for each command. What can't be told over it is which signal ended a command: its
 * error says `a signal`. FIDO keys were never tried, for want of hardware; whatever ssh says about them is passed on.
 * @throws as startMaster
 */
export async function openSshHost(
  settings: SshSettings,
  known: readonly KnownKey[],
  trust: HostKeyTrust,
  options: ConnectOptions,
): Promise<Host> {
  const { destination } = settings
  const folder = await mkdtemp(join(base(), 'lifeboat-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  let master: Master
  try {
    master = await startMaster({ settings, known, trust, options, folder })
  } catch (error) {
    await remove()
    throw error
  }
  const slots = channelSlots(options.maxChannels ?? 8)
  const limits = { destination, maxOutputBytes: options.maxOutputBytes ?? defaultMaxOutputBytes }
  const running = new Set<RunningExec>()
  let logs = 0
  let closed = false

  const newLog = (): string => join(folder, `log-${++logs}`)
  const answers = async (): Promise<boolean> => {
    const log = newLog()
    await openSsh('ssh', throughMaster(master.socket, log, 'true'), options.env)
    return /Received exit status|refused by peer/.test((await takeLog(log)) ?? '')
  }
  const judge = async (pending: PendingExec, { exitCode }: ProcessEnd, log: string): Promise<void> => {
    const said = await takeLog(log)
    if (said === null) return pending.lost(master.said())
    // 255 is what ssh itself ends with, too.
    if (exitCode !== null && (exitCode !== 255 || said.includes('Received exit status from master 255'))) {
      return pending.exited(exitCode)
    }
    const refused = /session request failed: (.*)/.exec(said)?.[1]
    if (refused !== undefined) return pending.fail(new ChannelRefused(refused))
    // The session ended without a status: by a signal, or with the connection.
    if (said.includes('mux_client_request_session: master session id') && (await answers())) {
      return pending.killed('a signal')
    }
    pending.lost(master.said())
  }

  return {
    destination,
    user: settings.user,
    exec: (line, execOptions) =>
      execInSlot(slots, destination, line, execOptions.signal, async () => {
        const wrapped = forLoginShell(line)
        checkLength(wrapped)
        if (closed) throw connectionLost(destination, line)
        const log = newLog()
        const args = throughMaster(master.socket, log, wrapped)
        const ssh = { program: 'ssh', args, env: options.env }
        const exec = execProcess(limits, line, execOptions, ssh, (pending, end) => judge(pending, end, log))
        running.add(exec)
        void exec.ended.then(() => running.delete(exec))
        return exec.promise
      }),
    async close() {
      closed = true
      for (const each of running) each.end()
      master.end()
      await Promise.all([master.ended, ...[...running].map((each) => each.ended)])
      await remove()
    },
  }
}
