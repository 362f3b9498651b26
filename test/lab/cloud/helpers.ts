import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeVolumesCommand, EC2Client, EC2ServiceException } from '@aws-sdk/client-ec2'
import { STSClient, STSServiceException } from '@aws-sdk/client-sts'
import { startCloud } from '../../../src/lab/cloud/start-cloud.ts'
import type { Cloud, CloudOptions } from '../../../src/lab/cloud/start-cloud.ts'
import type { CloudWorld, WorldInstance, WorldSnapshot, WorldVolume } from '../../../src/lab/cloud/world.ts'
import type { LabHost } from '../../../src/lab/host/lab-host.ts'

export const web: WorldInstance = {
  instanceId: 'i-0aaaaaaaaaaaaaaaa',
  instanceType: 'm5.large',
  availabilityZone: 'eu-central-1a',
  launchedAt: '2026-01-02T03:04:05Z',
  tags: { Name: 'web' },
  rootVolumeId: 'vol-0aaaaaaaaaaaaaaaa',
}

export const root: WorldVolume = {
  volumeId: 'vol-0aaaaaaaaaaaaaaaa',
  availabilityZone: 'eu-central-1a',
  sizeGiB: 8,
  volumeType: 'gp3',
  createdAt: '2026-01-02T03:04:00Z',
  snapshotId: null,
  tags: {},
  imagePath: null,
  attached: { instanceId: web.instanceId, device: '/dev/xvda' },
}

export const nightly: WorldSnapshot = {
  snapshotId: 'snap-0aaaaaaaaaaaaaaaa',
  volumeId: 'vol-0dddddddddddddddd',
  startedAt: '2026-11-20T23:45:12Z',
  sizeGiB: 1,
  description: 'nightly',
  ownerId: '123456789012',
  tags: { 'aws:dlm:lifecycle-policy-id': 'policy-0123', app: 'shop' },
  imagePath: '/nonexistent',
}

export const world: CloudWorld = {
  region: 'eu-central-1',
  accountId: '123456789012',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  instances: [web],
  volumes: [root],
  snapshots: [nightly],
}

/** A host that writes down what it is asked. */
export class FakeHost implements LabHost {
  readonly calls: string[] = []
  failing: 'attach' | 'detach' | 'start' | null = null
  consoleText = ''
  /** Looks at what was done while the host was frozen. */
  beforeThaw: () => Promise<void> = () => Promise.resolve()

  attach(imagePath: string, volumeId: string): Promise<void> {
    this.calls.push(`attach ${imagePath} ${volumeId}`)
    return this.failing === 'attach' ? Promise.reject(new Error('no free slot')) : Promise.resolve()
  }

  detach(volumeId: string): Promise<void> {
    this.calls.push(`detach ${volumeId}`)
    return this.failing === 'detach' ? Promise.reject(new Error('still mounted')) : Promise.resolve()
  }

  console(): Promise<string> {
    return Promise.resolve(this.consoleText)
  }

  reboot(): Promise<void> {
    this.calls.push('reboot')
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.calls.push('stop')
    return Promise.resolve()
  }

  start(): Promise<void> {
    this.calls.push('start')
    return this.failing === 'start' ? Promise.reject(new Error('no power')) : Promise.resolve()
  }

  async frozen<T>(copy: () => Promise<T>): Promise<T> {
    this.calls.push('freeze')
    try {
      return await copy()
    } finally {
      await this.beforeThaw()
      this.calls.push('thaw')
    }
  }
}

export interface TestLab {
  readonly cloud: Cloud
  readonly ec2: EC2Client
  readonly sts: STSClient
  readonly host: FakeHost
  readonly dir: string
  [Symbol.asyncDispose](): Promise<void>
}

/** The image's first bytes in every snapshot of a test world. */
export const imageText = 'the data of the night'

/** A cloud of its own over `world` with clients to it; all of it ends with the block that holds it. */
export async function testLab(change: Partial<CloudWorld> = {}, options: Partial<CloudOptions> = {}): Promise<TestLab> {
  const dir = await mkdtemp(join(tmpdir(), 'lab-cloud-'))
  const imagePath = join(dir, 'nightly.img')
  await writeFile(imagePath, imageText)
  const host = new FakeHost()
  const changed = { ...world, ...change }
  const cloud = await startCloud({
    world: { ...changed, snapshots: changed.snapshots.map((snapshot) => ({ ...snapshot, imagePath })) },
    hosts: new Map([[web.instanceId, host]]),
    dir: join(dir, 'disks'),
    delays: 'none',
    ...options,
  })
  const ec2 = new EC2Client(clientConfig(cloud.ec2))
  const sts = new STSClient(clientConfig(cloud.sts))
  return {
    cloud,
    ec2,
    sts,
    host,
    dir,
    async [Symbol.asyncDispose]() {
      ec2.destroy()
      sts.destroy()
      await cloud.close()
      await rm(dir, { recursive: true })
    },
  }
}

export function clientConfig(endpoint: string) {
  const { accessKeyId, region, secretAccessKey } = world
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 }
}

/** AWS's code and HTTP status of a call that fails, such as `VolumeInUse 400`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof EC2ServiceException) && !(error instanceof STSServiceException)) throw error
    return `${error.name} ${error.$metadata.httpStatusCode}`
  }
  return 'none'
}

/** The state that DescribeVolumes shows, or the code of its refusal. */
export async function volumeState({ ec2 }: TestLab, volumeId = ''): Promise<string> {
  try {
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [volumeId] }))
    return Volumes?.[0]?.State ?? 'none'
  } catch (error) {
    if (error instanceof EC2ServiceException) return error.name
    throw error
  }
}

/** Asks again until the answer is as wanted, for at most ten seconds: this machine may be busy. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + 10_000
  for (;;) {
    const answer = await ask()
    if (wanted(answer) || Date.now() > end) return answer
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
