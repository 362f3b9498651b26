// One QEMU process with its QMP connection and the host's port that leads to the guest's sshd.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { QmpClient } from './qmp.ts'
import { forwardedPort, qemuArguments, qemuProgram, qmpDescriptor } from './qemu.ts'
import type { Accel } from './rig.ts'
import { VmError } from './vm-error.ts'

export const serialLogFile = 'serial.log'

export interface MachineOptions {
  readonly accel: Accel
  readonly imageDir: string
  readonly disk: string
  /** For the serial log. */
  readonly runDir: string
  readonly loadvm?: string
  /** How long the guest may take until its sshd answers. */
  readonly bannerTimeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface Machine {
  readonly pid: number
  readonly qmp: QmpClient
  readonly sshPort: number
  /** Waits until the guest's sshd answers, as after a reboot. @throws VmError after `timeoutMs` */
  readonly answers: (timeoutMs: number) => Promise<void>
  /** Kills QEMU and waits until it is gone. */
  readonly kill: () => Promise<void>
}

/** @throws VmError with the ends of QEMU's own output and of the guest's console. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const serialLog = join(options.runDir, serialLogFile)
  const files = { imageDir: options.imageDir, disk: options.disk, serialLog }
  // The kernel kills QEMU when we are gone, even by kill -9: prctl(2), PR_SET_PDEATHSIG, which exec keeps.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', qemuProgram, ...qemuArguments(options.accel, files, options.loadvm)],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  )
  const output = collectTail(child)
  const kill = async () => {
    // Without a pid it was never started, and never exits.
    if (child.pid === undefined || hasEnded(child)) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  try {
    await once(child, 'spawn')
    const qmp = await QmpClient.over(duplex(child.stdio[qmpDescriptor]))
    const sshPort = forwardedPort(await qmp.monitor('info usernet'))
    if (sshPort === null) throw new VmError({ code: 'vm-start-failed', message: 'QEMU forwards no port' })
    await bannerOf(sshPort, child, options)
    const answers = (bannerTimeoutMs: number) => bannerOf(sshPort, child, { bannerTimeoutMs })
    return { pid: child.pid ?? -1, qmp, sshPort, answers, kill }
  } catch (error) {
    await kill()
    options.signal?.throwIfAborted()
    throw await explain(error, output(), serialLog)
  }
}

/** QEMU accepts connections before the guest does, so only sshd's own first words prove that it is there. */
async function bannerOf(
  port: number,
  child: ChildProcess,
  options: Pick<MachineOptions, 'bannerTimeoutMs' | 'signal'>,
): Promise<void> {
  const deadline = performance.now() + options.bannerTimeoutMs
  while (!(await saysSsh(port))) {
    options.signal?.throwIfAborted()
    if (hasEnded(child)) {
      const how = child.exitCode ?? child.signalCode
      throw new VmError({ code: 'vm-start-failed', message: `QEMU ended with ${how}` })
    }
    if (performance.now() > deadline) {
      const waited = `${options.bannerTimeoutMs / 1000} s`
      throw new VmError({ code: 'vm-start-failed', message: `the guest's sshd did not answer within ${waited}` })
    }
    await delay(50)
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function saysSsh(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port })
  try {
    const [data]: unknown[] = await once(socket.setEncoding('latin1'), 'data', { signal: AbortSignal.timeout(2000) })
    return String(data).startsWith('SSH-')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

// Node makes a socket pair of every further 'pipe', whatever its type says.
function duplex(stream: unknown): Duplex {
  if (stream instanceof Duplex) return stream
  throw new TypeError('not a stream of both directions')
}

function collectTail(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-2000)
  })
  return () => tail.trim()
}

async function explain(error: unknown, said: string, serialLog: string): Promise<VmError> {
  const serial = (await readFile(serialLog, 'latin1').catch(() => '')).trim().split('\n').slice(-15).join('\n')
  const parts = [
    `the virtual machine does not start: ${error instanceof Error ? error.message : String(error)}`,
    ...(said === '' ? [] : [`QEMU says:\n${said}`]),
    ...(serial === '' ? [] : [`the guest's console ends with:\n${serial}`]),
  ]
  return new VmError(
    {
      code: 'vm-start-failed',
      message: parts.join('\n'),
      next: [{ why: 'build again what an update of QEMU made unusable', command: 'npm run rig:setup' }],
    },
    error,
  )
}
