// One real host for many cases. Each case has a cloud, a config and a state directory of its own, which cost nothing;
// the host takes seconds to start, so cases that leave it as it was share it.
import { DescribeVolumesCommand, EC2Client, type Volume } from '@aws-sdk/client-ec2'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'smol-toml'
import { cacheDir } from '../../src/commands/options.ts'
import { startCloud, type Cloud } from '../../src/lab/cloud/start-cloud.ts'
import type { CloudWorld } from '../../src/lab/cloud/world.ts'
import { cloudWorld } from '../../src/lab/host/cloud-world.ts'
import { type World } from '../../src/lab/host/manifest.ts'
import { readWorld } from '../../src/lab/host/vm/read-world.ts'
import { startVm, type Vm } from '../../src/lab/host/vm/vm.ts'
import { newLabKeys, writeLabConfig } from '../../src/lab/lab-config.ts'
import type { Place } from './end-state.ts'
import { restoring, runProgram, type Ran, type RunOptions } from './program.ts'

const cache = cacheDir({}, process.env)

/** A running host, and the world that it comes from. */
export class Rig implements AsyncDisposable {
  readonly vm: Vm
  readonly world: World
  readonly #dir: string

  private constructor(vm: Vm, world: World, dir: string) {
    this.vm = vm
    this.world = world
    this.#dir = dir
  }

  static async start(): Promise<Rig> {
    const dir = await mkdtemp(join(tmpdir(), 'lifeboat-rig-'))
    const world = await readWorld(cache)
    return new Rig(await startVm({ cacheDir: cache, runDir: join(dir, 'vm') }), world, dir)
  }

  /**
   * Another cloud around the same host. `change` makes the world that it begins with; `unlaunched`: the host is there to
   * be launched, and no instance has it yet.
   */
  async scene(
    change: (world: CloudWorld) => CloudWorld = (world) => world,
    { unlaunched = false, clock }: { readonly unlaunched?: boolean; readonly clock?: () => Date } = {},
  ): Promise<Scene> {
    const dir = await mkdtemp(join(this.#dir, 'scene-'))
    const keys = newLabKeys()
    const begin = change(cloudWorld(this.world, keys))
    const machine = unlaunched
      ? { hosts: new Map(), spares: [this.vm.instance] }
      : { hosts: new Map([[this.world.instanceId, this.vm.instance]]) }
    const cloud = await startCloud({
      world: begin,
      ...machine,
      dir: join(dir, 'disks'),
      delays: 'none',
      ...(clock === undefined ? {} : { clock }),
    })
    const { region } = begin
    const access = { cloud, region, ...keys, ssh: this.vm.ssh }
    const config = await writeLabConfig(dir, this.world, access)
    await mkdir(join(dir, 'state'))
    return new Scene({ rig: this, dir, cloud, config, region, keys })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vm.stop()
    await rm(this.#dir, { recursive: true, force: true })
  }
}

type Toml = Record<string, unknown> & { aws: Record<string, unknown>; hosts: [Record<string, unknown>] }

/** A cloud and a config around a host: what one case needs, and may spoil. */
export class Scene implements AsyncDisposable, Place {
  readonly rig: Rig
  readonly dir: string
  readonly cloud: Cloud
  readonly config: string
  readonly stateDir: string
  readonly ec2: EC2Client
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly #later: (() => Promise<unknown>)[] = []

  constructor(made: {
    readonly rig: Rig
    readonly dir: string
    readonly cloud: Cloud
    readonly config: string
    readonly region: string
    readonly keys: Scene['keys']
  }) {
    this.rig = made.rig
    this.dir = made.dir
    this.cloud = made.cloud
    this.config = made.config
    this.stateDir = join(made.dir, 'state')
    this.keys = made.keys
    this.ec2 = new EC2Client({ endpoint: made.cloud.ec2, region: made.region, credentials: made.keys })
  }

  get world(): World {
    return this.rig.world
  }

  /** Done when the case is over, the last first. */
  later(work: () => Promise<unknown>): void {
    this.#later.push(work)
  }

  /** Whether the case has anything to take back: then the host may be other than it was found. */
  get touched(): boolean {
    return this.#later.length > 0
  }

  /** A line as root on the host. @throws unless it ends with 0 */
  async ssh(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.rig.vm.run(line)
    if (code !== 0) throw new Error(`the host ended "${line}" with ${code}: ${stderr}`)
    return stdout.trimEnd()
  }

  /** A line on the host, and the one that takes it back at the end of the case. */
  async onHost(line: string, back: string): Promise<void> {
    this.later(() => this.ssh(back))
    await this.ssh(line)
  }

  async editConfig(change: (config: Toml) => void): Promise<void> {
    const config = parse(await readFile(this.config, 'utf8')) as Toml
    change(config)
    await writeFile(this.config, stringify(config))
  }

  /** What the config knows of the lab's host. */
  editHost(change: Readonly<Record<string, unknown>>): Promise<void> {
    return this.editConfig(({ hosts }) => Object.assign(hosts[0], change))
  }

  async editSsh(change: (text: string) => string): Promise<void> {
    const path = join(this.dir, 'ssh_config')
    await writeFile(path, change(await readFile(path, 'utf8')))
  }

  lifeboat(args: readonly string[], options?: RunOptions): Promise<Ran> {
    return runProgram([...args, '--config', this.config, '--state-dir', this.stateDir], options)
  }

  restore(args: readonly string[], options?: RunOptions): Promise<Ran> {
    return this.lifeboat(restoring(args), options)
  }

  resume(args: readonly string[] = [], options?: RunOptions): Promise<Ran> {
    return this.lifeboat(['resume', '--no-input', '--json', ...args], options)
  }

  undo(): Promise<Ran> {
    return this.lifeboat(['undo', '--confirm', 'irc-1', '--no-input', '--json'])
  }

  /** A file that holds a secret, as `--secret NAME=@FILE` takes it. */
  async secretFile(secret: string): Promise<string> {
    const file = join(this.dir, `secret-${randomUUID()}`)
    await writeFile(file, `${secret}\n`, { mode: 0o600 })
    return file
  }

  async dataVolumes(): Promise<Volume[]> {
    const { Volumes = [] } = await this.ec2.send(new DescribeVolumesCommand({}))
    return Volumes.filter((volume) => volume.Attachments?.[0]?.Device !== '/dev/xvda')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const work of this.#later.toReversed()) await work()
    this.ec2.destroy()
    await this.cloud.close()
    await rm(this.dir, { recursive: true, force: true })
  }
}
