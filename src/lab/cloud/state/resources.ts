import type { KmsRule, WorldInstance, WorldSubnet } from '../world.ts'

/** Tags in the order in which they were made. */
export type Tags = ReadonlyMap<string, string>

export interface Attachment {
  readonly instanceId: string
  readonly device: string
  readonly state: 'attaching' | 'attached' | 'detaching' | 'busy'
  readonly attachedAt: Date
  readonly deleteOnTermination: boolean
}

/** How a volume's blocks come from its snapshot after it was made. */
export interface Initialization {
  readonly rateMiBps: number | null
  readonly startedAt: Date
  readonly endsAt: Date
}

export interface Volume {
  readonly kind: 'volume'
  readonly volumeId: string
  readonly availabilityZone: string
  readonly sizeGiB: number
  readonly volumeType: string
  readonly iops: number | null
  readonly throughputMiBps: number | null
  readonly createdAt: Date
  readonly snapshotId: string | null
  readonly tags: Tags
  readonly imagePath: string | null
  readonly encrypted: boolean
  readonly state: 'creating' | 'available' | 'in-use' | 'deleting' | 'error'
  readonly attachment: Attachment | null
  /** Null for a volume without a snapshot, or one that was there when the world began. */
  readonly initialization: Initialization | null
}

export interface Snapshot {
  readonly kind: 'snapshot'
  readonly snapshotId: string
  readonly volumeId: string
  readonly startedAt: Date
  readonly sizeGiB: number
  readonly description: string
  readonly ownerId: string
  readonly tags: Tags
  /** Null for a snapshot of a disk that no host of the lab really has. */
  readonly imagePath: string | null
  readonly state: 'pending' | 'completed' | 'error'
  readonly progressPercent: number
  readonly storageTier: 'standard' | 'archive'
  /** The last way into the archive or out of it. */
  readonly tiering: Tiering | null
  /** When a snapshot that is out of the archive for a while goes back there. */
  readonly restoreExpiresAt: Date | null
  readonly lock: SnapshotLock | null
  /** Null for a snapshot that is not encrypted. */
  readonly kms: KmsRule | null
}

export interface Tiering {
  readonly operation: 'archival' | 'temporary-restore' | 'permanent-restore'
  readonly startedAt: Date
  readonly endedAt: Date | null
}

/** A lock in governance mode. */
export interface SnapshotLock {
  readonly createdAt: Date
  readonly durationDays: number
  readonly expiresAt: Date
}

export interface Instance {
  readonly kind: 'instance'
  readonly instanceId: string
  readonly instanceType: string
  readonly availabilityZone: string
  readonly launchedAt: Date
  readonly tags: Tags
  readonly rootVolumeId: string
  readonly state: NonNullable<WorldInstance['state']>
  readonly privateIpAddress: string | null
  readonly publicIpAddress: string | null
  /** Whether it gets a public address when it starts. */
  readonly hasPublicAddress: boolean
  readonly networkInterfaces: number
  readonly consoleOutput: string | null
  /** A status check fails: the machine runs and does not answer. */
  readonly impaired: boolean
  /** What it may do to AWS by itself; null where it may nothing. */
  readonly instanceProfile: string | null
  readonly groupIds: readonly string[]
  /** What it was launched with, where it was launched in the lab. */
  readonly launch: Launch | null
}

interface Launch {
  readonly reservationId: string
  readonly clientToken: string
  readonly imageId: string
  readonly keyName: string | null
  readonly subnet: WorldSubnet
  /** What it runs at its first boot, in base64; null where it runs nothing. */
  readonly userData: string | null
}

/** Which packets it lets in or out. Ports are null where its protocol, `-1`, is any. */
export interface GroupRule {
  readonly protocol: string
  readonly fromPort: number | null
  readonly toPort: number | null
  readonly cidr: string
}

export interface SecurityGroup {
  readonly kind: 'security-group'
  readonly groupId: string
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly tags: Tags
  readonly ingress: readonly GroupRule[]
  readonly egress: readonly GroupRule[]
}

export type Taggable = Volume | Snapshot | Instance | SecurityGroup

/** All that Describe actions list. Records are replaced, never changed in place. */
export interface Resources {
  readonly volumes: ReadonlyMap<string, Volume>
  readonly snapshots: ReadonlyMap<string, Snapshot>
  readonly instances: ReadonlyMap<string, Instance>
}
