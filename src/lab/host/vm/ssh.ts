// The guest's door for the lab itself and for tests: the files that any ssh client needs, and one open connection.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import type { Output } from '../../../remote/command.ts'
import { exists } from './stage.ts'
import { VmError } from './vm-error.ts'

export interface VmSsh {
  readonly host: '127.0.0.1'
  readonly port: number
  readonly user: 'root'
  /** 0600. The same key opens `root`, `admin` (sudo without a password) and `limited` (no sudo). */
  readonly identityFile: string
  readonly knownHostsFile: string
}

// Relative to runDir, which is where ssh is run: a socket's path may have no more than 107 bytes.
const control = 'ssh.ctl'
const identity = 'id_lab'
const knownHosts = 'known_hosts'

/** What stands in a machine's folder for ssh. */
export const sshFiles = [control, identity, knownHosts] as const

export async function writeSshFiles(imageDir: string, runDir: string, port: number): Promise<VmSsh> {
  const identityFile = join(runDir, identity)
  const knownHostsFile = join(runDir, knownHosts)
  // ssh refuses a key that others can read, and `mode` counts only for a new file.
  await rm(identityFile, { force: true })
  await writeFile(identityFile, await readFile(join(imageDir, 'id_lab')), { mode: 0o600 })
  const hostKey = (await readFile(join(imageDir, 'host-key.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')
  await writeFile(knownHostsFile, `[127.0.0.1]:${port} ${hostKey.trim()}\n`, { mode: 0o600 })
  return { host: '127.0.0.1', port, user: 'root', identityFile, knownHostsFile }
}

export interface SshRunner {
  /** Shakes hands, unless a connection is open. `run` does it by itself. */
  readonly open: () => Promise<void>
  readonly run: (line: string, options?: { readonly stdin?: string; readonly timeoutMs?: number }) => Promise<Output>
  readonly close: () => Promise<void>
}

/** A handshake takes a second under emulation and a channel a fifth of it, so one connection carries every line. */
export function sshRunner(ssh: VmSsh, runDir: string): SshRunner {
  const where = [
    ['-F', 'none', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', '-o', 'IdentitiesOnly=yes'],
    ['-o', `UserKnownHostsFile=${ssh.knownHostsFile}`, '-o', `ControlPath=${control}`],
    ['-i', ssh.identityFile, '-p', String(ssh.port), `${ssh.user}@${ssh.host}`],
  ].flat()
  let master: Promise<ChildProcess> | null = null

  async function open(): Promise<void> {
    const before = await master?.catch(() => null)
    // A guest that was started anew has closed the connection.
    if (!before || !isRunning(before)) master = connect(where, runDir)
    await master
  }

  return {
    open,
    async run(line, { stdin = '', timeoutMs = 120_000 } = {}) {
      await open()
      const ran = await execa('ssh', ['-T', ...where, line], {
        cwd: runDir,
        input: stdin,
        reject: false,
        stripFinalNewline: false,
        timeout: timeoutMs,
      })
      if (ran.exitCode === undefined) {
        throw new VmError({ code: 'vm-ssh-failed', message: `a line in the guest did not end: ${line.slice(0, 200)}` })
      }
      return { code: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr }
    },
    async close() {
      const child = await master?.catch(() => null)
      if (!child || !isRunning(child)) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

async function connect(where: readonly string[], runDir: string): Promise<ChildProcess> {
  await rm(join(runDir, control), { force: true })
  // Dies with us, as QEMU does.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'ssh', '-M', '-N', ...where], {
    cwd: runDir,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const deadline = performance.now() + 60_000
  while (!(await exists(join(runDir, control)))) {
    if (!isRunning(child) || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new VmError({ code: 'vm-ssh-failed', message: `the guest does not let the lab in: ${said.trim()}` })
    }
    await delay(30)
  }
  return child
}
