// The lab as a user starts it: the built program in a process of its own, with the real host.
import { DescribeVolumesCommand, EC2Client, type Volume } from '@aws-sdk/client-ec2'
import { execa } from 'execa'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { ended, program, restoring, runProgram, type Ran, type RunOptions } from './program.ts'
import { type World } from '../../src/lab/host/manifest.ts'
import { readWorld } from '../../src/lab/host/vm/read-world.ts'
import { cacheDir } from '../../src/commands/options.ts'
import type { LabReady } from '../../src/lab/lab.ts'

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

  /** Runs the program with the lab's config, and waits for its end. */
  lifeboat(args: readonly string[], options?: RunOptions): Promise<Ran> {
    return runProgram([...args, '--config', this.ready.config, '--state-dir', this.stateDir], options)
  }

  /** `restore` without questions, every event as JSON. */
  restore(args: readonly string[], options?: RunOptions): Promise<Ran> {
    return this.lifeboat(restoring(args), options)
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
