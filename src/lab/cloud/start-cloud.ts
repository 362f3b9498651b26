import { randomBytes } from 'node:crypto'
import type { LabHost } from '../host/lab-host.ts'
import { adminPath } from './admin.ts'
import { Background } from './background.ts'
import { delaysOf } from './delays.ts'
import type { Delays } from './delays.ts'
import { Disks } from './disks.ts'
import { Faults } from './faults.ts'
import { handlerFor } from './handle.ts'
import type { LoggedRequest } from './handle.ts'
import { startS3 } from './s3/start-s3.ts'
import { listen, stop, urlOf } from './server.ts'
import { beginResources } from './state/begin.ts'
import type { CloudState, Trouble } from './state/cloud-state.ts'
import type { Instance, SecurityGroup, Snapshot, Volume } from './state/resources.ts'
import { changeWorld } from './world-change.ts'
import type { WorldChange } from './world-change.ts'
import type { CloudWorld, WorldBucket } from './world.ts'

export interface CloudOptions {
  readonly world: CloudWorld
  /** The machines that stand for instances, by instance id. An instance without one takes disks that go nowhere. */
  readonly hosts: ReadonlyMap<string, LabHost>
  /** The machines that launched instances get, in order. A launched instance for which none is left has none. */
  readonly spares?: readonly LabHost[]
  /** The folder for the disk images that the cloud makes. */
  readonly dir: string
  readonly delays: 'none' | 'real' | Delays
  readonly clock?: () => Date
  /** 17 hexadecimal digits for each new volume and snapshot. */
  readonly ids?: () => string
  /** A free one unless said. */
  readonly port?: number
}

/** A running cloud: EC2's, IAM's and STS's query APIs and S3's REST protocol on loopback, over one world. */
export interface Cloud {
  readonly ec2: string
  readonly sts: string
  readonly iam: string
  /** Has its own port; buckets are in the path, or before `localhost` as the host's name. */
  readonly s3: string
  /** Where another process may change it; see admin.ts. */
  readonly admin: string
  /** The requests it has answered, in order. */
  readonly log: readonly LoggedRequest[]
  /** What went wrong behind the API, such as a host that didn't take a disk. */
  readonly troubles: readonly Trouble[]
  readonly faults: Faults
  /** Changes the world from now on. */
  change(change: WorldChange): void
  /** Puts a bucket into S3, with objects of any age. One of its name makes way for it. */
  addBucket(bucket: WorldBucket): void
  instances(): readonly Instance[]
  volumes(): readonly Volume[]
  snapshots(): readonly Snapshot[]
  securityGroups(): readonly SecurityGroup[]
  /** Stops answering, ends all its work and removes the images it made. */
  close(): Promise<void>
}

/** Starts a cloud. It changes nothing outside `dir` and the hosts it is given. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const state: CloudState = {
    world: options.world,
    ...beginResources(options.world),
    tokens: new Map(),
    troubles: [],
    hosts: new Map(options.hosts),
    spares: [...(options.spares ?? [])],
    disks: new Disks(options.dir),
    background: new Background(),
    delays: delaysOf(options.delays),
    now: options.clock ?? (() => new Date()),
    newId: options.ids ?? randomId,
  }
  const faults = new Faults()
  const log: LoggedRequest[] = []
  const s3 = await startS3({ cloud: state, faults, log, dir: options.dir })
  const server = await listen(handlerFor({ state, faults, log }), options.port ?? 0)
  const url = urlOf(server)
  return {
    ec2: url,
    sts: url,
    iam: url,
    s3: s3.url,
    admin: `${url}${adminPath}`,
    log,
    troubles: state.troubles,
    faults,
    change: (change) => changeWorld(state, change),
    addBucket: (bucket) => s3.add(bucket),
    instances: () => [...state.instances.values()],
    volumes: () => [...state.volumes.values()],
    snapshots: () => [...state.snapshots.values()],
    securityGroups: () => [...state.securityGroups.values()],
    async close() {
      await stop(server)
      // Before S3, which waits for its requests: a delayed one ends with its pause.
      await state.background.close()
      await s3.close()
      await state.disks.removeAll()
    },
  }
}

function randomId(): string {
  return randomBytes(9).toString('hex').slice(0, 17)
}
