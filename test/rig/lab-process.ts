// The lab as a user starts it: the built program in a process of its own, with the real host.
import { DescribeVolumesCommand, EC2Client, type Volume } from '@aws-sdk/client-ec2'
import { execa } from 'execa'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { contractEvent } from './contract.ts'
import { readWorld, type World } from '../../src/lab/host/vm/manifest.ts'
import { cacheDir } from '../../src/commands/options.ts'
import type { LabReady } from '../../src/lab/lab.ts'

const program = join(import.meta.dirname, '../../bin/lifeboat.js')

export type Event = { readonly v: 1; readonly at: string; readonly type: string } & Record<string, unknown>

/** One process of the program: its events, and how it ended. */
export interface Ran {
  readonly events: readonly Event[]
  readonly stderr: string
  readonly exitCode: number | null
  readonly last: Event | undefined
}

export interface RunOptions {
  /** Kills the process as soon as an event is one of these. */
  readonly killAt?: (event: Event) => boolean
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** A lab with a fresh host, a state directory, and the program to run against it. */
export class LabProcess implements AsyncDisposable {
  readonly ready: LabReady & { readonly pid: number }
  readonly world: World
  readonly stateDir: string
  readonly #child: ChildProcess
  readonly ec2: EC2Client

  private constructor(child: ChildProcess, ready: LabProcess['ready'], world: World, stateDir: string) {
    this.#child = child
    this.ready = ready
    this.world = world
    this.stateDir = stateDir
    const { accessKeyId, secretAccessKey, region, ec2 } = ready
    this.ec2 = new EC2Client({ endpoint: ec2, region, credentials: { accessKeyId, secretAccessKey } })
  }

  static async start(): Promise<LabProcess> {
    const child = spawn(process.execPath, [program, 'lab', '--host', 'vm', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      ended(child).then((code) => Promise.reject(new Error(`the lab ended with ${code} before it was ready`))),
    ])) as [string]
    const stateDir = await mkdtemp(join(tmpdir(), 'lifeboat-state-'))
    return new LabProcess(
      child,
      JSON.parse(line) as LabProcess['ready'],
      await readWorld(cacheDir({}, process.env)),
      stateDir,
    )
  }

  /** Runs the program with the lab's config, and waits for its end. Every line it prints must be as in the contract. */
  async lifeboat(args: readonly string[], { killAt }: RunOptions = {}): Promise<Ran> {
    const child = spawn(
      process.execPath,
      [program, ...args, '--config', this.ready.config, '--state-dir', this.stateDir],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const events: Event[] = []
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      const event = contractEvent.parse(JSON.parse(line)) as Event
      events.push(event)
      if (killAt?.(event) === true) child.kill('SIGKILL')
    })
    const [exitCode] = await Promise.all([ended(child), once(lines, 'close')])
    return { events, stderr, exitCode, last: events.at(-1) }
  }

  /** `restore` without questions, every event as JSON. */
  restore(args: readonly string[], options?: RunOptions): Promise<Ran> {
    const standing = ['--host', 'irc-1', '--source', 'ebs', '--yes', '--confirm', 'irc-1', '--no-input', '--json']
    return this.lifeboat(['restore', ...standing, ...args], options)
  }

  resume(args: readonly string[] = [], options?: RunOptions): Promise<Ran> {
    return this.lifeboat(['resume', '--no-input', '--json', ...args], options)
  }

  /** A line as root on the host. @throws unless it ends with 0 */
  async ssh(line: string): Promise<string> {
    const { stdout } = await execa('ssh', ['-F', join(dirname(this.ready.config), 'ssh_config'), 'irc-1', line])
    return stdout
  }

  async volumes(): Promise<Volume[]> {
    const { Volumes = [] } = await this.ec2.send(new DescribeVolumesCommand({}))
    return Volumes
  }

  /** The volumes that are not the instance's root. */
  async dataVolumes(): Promise<Volume[]> {
    return (await this.volumes()).filter((volume) => volume.Attachments?.[0]?.Device !== '/dev/xvda')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ec2.destroy()
    this.#child.kill('SIGTERM')
    await ended(this.#child)
    await rm(this.stateDir, { recursive: true, force: true })
  }
}
