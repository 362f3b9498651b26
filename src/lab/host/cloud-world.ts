// The world as the lab's cloud begins with it: one instance whose data volume is gone, and its nightly snapshots.
import type { CloudWorld } from '../cloud/world.ts'
import type { DiskImage, World } from './manifest.ts'

const accountId = '854026359331'
const region = 'us-east-1'
const rootVolumeId = 'vol-0f1e2d3c4b5a69788'
const policyId = 'policy-0d4c3b2a190807f6e'
const schedule = 'Daily-2Weeks'
const poolAgeDays = 61

/** The credentials are the lab's own, made anew at each of its starts. */
export function cloudWorld(
  world: World,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): CloudWorld {
  const launchedAt = new Date(Date.parse(world.incidentAt) - poolAgeDays * 86_400_000).toISOString()
  return {
    region,
    accountId,
    accountAlias: 'prod-ops',
    ...credentials,
    instances: [
      {
        instanceId: world.instanceId,
        instanceType: 'm5.large',
        availabilityZone: world.availabilityZone,
        launchedAt,
        tags: { Name: 'irc-1' },
        rootVolumeId,
      },
    ],
    volumes: [
      {
        volumeId: rootVolumeId,
        availabilityZone: world.availabilityZone,
        sizeGiB: 8,
        volumeType: 'gp3',
        createdAt: launchedAt,
        snapshotId: null,
        tags: { Name: 'irc-1' },
        imagePath: null,
        attached: { instanceId: world.instanceId, device: '/dev/xvda' },
      },
    ],
    snapshots: world.snapshots.map((image) => snapshotOf(world, image)),
  }
}

// The tags and the description are those of Data Lifecycle Manager, with what a widely copied Terraform module adds.
function snapshotOf(world: World, image: DiskImage): CloudWorld['snapshots'][number] {
  return {
    snapshotId: image.snapshotId,
    volumeId: world.originalVolumeId,
    startedAt: image.startedAt,
    sizeGiB: world.sizeGiB,
    description: `Created for policy: ${policyId} schedule: ${schedule}`,
    ownerId: accountId,
    tags: {
      Name: 'irc-data',
      Snapshot: 'true',
      SnapshotPolicy: schedule,
      SnapshotCreator: 'DLM',
      'aws:dlm:lifecycle-policy-id': policyId,
      'aws:dlm:lifecycle-schedule-name': schedule,
    },
    imagePath: image.image,
  }
}
