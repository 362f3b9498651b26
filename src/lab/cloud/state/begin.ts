import { defaultGroups } from '../security-groups.ts'
import { baselineIops, baselineThroughput } from '../volume-types.ts'
import type { CloudWorld, WorldInstance, WorldSnapshot, WorldVolume } from '../world.ts'
import type { Instance, SecurityGroup, Snapshot, Volume } from './resources.ts'

/** Turns the world's description into the records that the actions work on. */
export function beginResources(world: CloudWorld): {
  readonly volumes: Map<string, Volume>
  readonly snapshots: Map<string, Snapshot>
  readonly instances: Map<string, Instance>
  readonly securityGroups: Map<string, SecurityGroup>
} {
  const roots = new Set(world.instances.map((instance) => instance.rootVolumeId))
  return {
    volumes: new Map(world.volumes.map((volume) => [volume.volumeId, beginVolume(volume, roots)])),
    snapshots: new Map(here(world).map((snapshot) => [snapshot.snapshotId, beginSnapshot(snapshot)])),
    instances: new Map(world.instances.map((instance) => [instance.instanceId, beginInstance(instance)])),
    securityGroups: new Map(defaultGroups(world).map((group) => [group.groupId, group])),
  }
}

function here({ region, snapshots }: CloudWorld): readonly WorldSnapshot[] {
  return snapshots.filter((snapshot) => (snapshot.region ?? region) === region)
}

function beginVolume(volume: WorldVolume, roots: ReadonlySet<string>): Volume {
  const createdAt = new Date(volume.createdAt)
  return {
    kind: 'volume',
    volumeId: volume.volumeId,
    availabilityZone: volume.availabilityZone,
    sizeGiB: volume.sizeGiB,
    volumeType: volume.volumeType,
    iops: baselineIops(volume.volumeType, volume.sizeGiB),
    throughputMiBps: baselineThroughput(volume.volumeType),
    createdAt,
    snapshotId: volume.snapshotId,
    tags: new Map(Object.entries(volume.tags)),
    imagePath: volume.imagePath,
    encrypted: false,
    state: volume.attached === null ? 'available' : 'in-use',
    attachment:
      volume.attached === null
        ? null
        : {
            ...volume.attached,
            state: 'attached',
            attachedAt: createdAt,
            deleteOnTermination: roots.has(volume.volumeId),
          },
    initialization: null,
  }
}

function beginSnapshot(snapshot: WorldSnapshot): Snapshot {
  const state = snapshot.state ?? 'completed'
  return {
    kind: 'snapshot',
    snapshotId: snapshot.snapshotId,
    volumeId: snapshot.volumeId,
    startedAt: new Date(snapshot.startedAt),
    sizeGiB: snapshot.sizeGiB,
    description: snapshot.description,
    ownerId: snapshot.ownerId,
    tags: new Map(Object.entries(snapshot.tags)),
    imagePath: snapshot.imagePath,
    state,
    progressPercent: state === 'completed' ? 100 : 0,
    storageTier: snapshot.storageTier ?? 'standard',
    tiering: null,
    restoreExpiresAt: null,
    lock: null,
    kms: snapshot.kms ?? null,
  }
}

function beginInstance(instance: WorldInstance): Instance {
  return {
    kind: 'instance',
    instanceId: instance.instanceId,
    instanceType: instance.instanceType,
    availabilityZone: instance.availabilityZone,
    launchedAt: new Date(instance.launchedAt),
    tags: new Map(Object.entries(instance.tags)),
    rootVolumeId: instance.rootVolumeId,
    state: instance.state ?? 'running',
    privateIpAddress: instance.privateIpAddress ?? null,
    publicIpAddress: instance.publicIpAddress ?? null,
    hasPublicAddress: instance.publicIpAddress !== undefined,
    networkInterfaces: instance.networkInterfaces ?? 1,
    consoleOutput: instance.consoleOutput ?? null,
    impaired: false,
    instanceProfile: instance.instanceProfile ?? null,
    groupIds: [],
    launch: null,
  }
}
