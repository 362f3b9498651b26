/** The state that a lab's cloud begins with. Ids are AWS's own forms; instants are ISO UTC strings. */
export interface CloudWorld {
  readonly region: string
  readonly accountId: string
  /** What people call the account; it has no alias unless said. */
  readonly accountAlias?: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** With one, the key is a temporary one: each request has to carry it. */
  readonly sessionToken?: string
  /** From this moment on the credentials are refused as expired ones; null is never. */
  readonly credentialsExpireAt?: string | null
  readonly instances: readonly WorldInstance[]
  readonly volumes: readonly WorldVolume[]
  readonly snapshots: readonly WorldSnapshot[]
  readonly subnets?: readonly WorldSubnet[]
  readonly launchTemplates?: readonly WorldLaunchTemplate[]
  /** The IAM user that the access key belongs to; `operator` unless said. */
  readonly userName?: string
  /** IAM actions that this identity is not allowed, such as `ec2:CreateVolume` or `ec2:*`. */
  readonly denied?: readonly string[]
  /** Where instances of some type can't be started just now. */
  readonly noCapacity?: readonly TypeInZone[]
  /** Where some type is not offered at all. All types are offered in all zones unless said. */
  readonly notOffered?: readonly TypeInZone[]
  /** How many attachments a type takes, where it is not what AWS documents. */
  readonly attachmentLimits?: Readonly<Record<string, AttachmentLimit>>
  /** What S3 has, in all regions: its one endpoint stands for those of all of them. */
  readonly buckets?: readonly WorldBucket[]
  /**
   * The address that S3's policies see as `aws:SourceIp`, by that of the peer or by the name it calls the lab by
   * (`10.0.2.2` from a virtual machine); the peer's own unless said.
   */
  readonly sourceIps?: Readonly<Record<string, string>>
}

/** An instance type, a zone, or one in the other; what is not said is any. */
export interface TypeInZone {
  readonly instanceType?: string
  readonly availabilityZone?: string
}

interface AttachmentLimit {
  readonly maximumEbsAttachments: number
  /** `shared`: network interfaces count too. */
  readonly attachmentLimitType: 'shared' | 'dedicated'
}

export interface WorldInstance {
  readonly instanceId: string
  readonly instanceType: string
  readonly availabilityZone: string
  readonly launchedAt: string
  readonly tags: Readonly<Record<string, string>>
  readonly rootVolumeId: string
  /** `running` unless said. */
  readonly state?: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated'
  readonly privateIpAddress?: string
  readonly publicIpAddress?: string
  /** How many network interfaces it has; 1 unless said. */
  readonly networkInterfaces?: number
  /** The ARN of its instance profile; it has none unless said. */
  readonly instanceProfile?: string
  /** What GetConsoleOutput shows, where its host has no console. */
  readonly consoleOutput?: string
}

export interface WorldVolume {
  readonly volumeId: string
  readonly availabilityZone: string
  readonly sizeGiB: number
  readonly volumeType: string
  readonly createdAt: string
  readonly snapshotId: string | null
  readonly tags: Readonly<Record<string, string>>
  /** The disk image, or null for a disk that no host of the lab really has (a root disk). */
  readonly imagePath: string | null
  /** A volume that the world begins with attached is already plugged into its host by whoever made the world. */
  readonly attached: { readonly instanceId: string; readonly device: string } | null
}

export interface WorldSnapshot {
  readonly snapshotId: string
  /** The volume it was taken from, which may no longer exist. */
  readonly volumeId: string
  readonly startedAt: string
  readonly sizeGiB: number
  readonly description: string
  /** A snapshot of another account is one that is shared with ours. */
  readonly ownerId: string
  readonly tags: Readonly<Record<string, string>>
  readonly imagePath: string
  /** `completed` unless said; a world's pending snapshot stays pending. */
  readonly state?: 'pending' | 'completed' | 'error'
  /** `standard` unless said. */
  readonly storageTier?: 'standard' | 'archive'
  /** The region it is in, if not the world's: there is no such snapshot here then. */
  readonly region?: string
  /** For an encrypted snapshot, what its key does; a snapshot without this is not encrypted. */
  readonly kms?: KmsRule
}

/**
 * What becomes of a volume from an encrypted snapshot. CreateVolume succeeds in any case; without the permissions on
 * the key (`denied`) the volume vanishes again while it is `creating`, or goes to `error`.
 */
export type KmsRule = 'allowed' | 'denied' | 'error'

export interface WorldSubnet {
  readonly subnetId: string
  readonly vpcId: string
  readonly availabilityZone: string
  /** Such as `10.0.1.0/24`: new instances get their private addresses from it. */
  readonly cidrBlock: string
  readonly tags?: Readonly<Record<string, string>>
  /** Whether new instances get a public address; true unless said. */
  readonly publicAddresses?: boolean
}

export interface WorldLaunchTemplate {
  readonly launchTemplateId: string
  readonly name: string
  readonly tags?: Readonly<Record<string, string>>
  /** 1 unless said. */
  readonly defaultVersion?: number
  /** The first is version 1. */
  readonly versions: readonly WorldLaunchTemplateVersion[]
}

export interface WorldLaunchTemplateVersion {
  readonly createdAt: string
  readonly description?: string
  readonly imageId?: string
  readonly instanceType?: string
  readonly keyName?: string
  readonly availabilityZone?: string
  /** The subnet of its first network interface, which is how templates pin one. */
  readonly subnetId?: string
  readonly securityGroupIds?: readonly string[]
  /** The ARN of the instance profile that its instances get. */
  readonly instanceProfile?: string
  /** As the instance would see it: plain, not base64. */
  readonly userData?: string
  /** Those of the instances that it makes. */
  readonly instanceTags?: Readonly<Record<string, string>>
}

export interface WorldBucket {
  readonly name: string
  /** The world's unless said. */
  readonly region?: string
  /** The account that it belongs to; the world's unless said. What is in another's needs that one's policy. */
  readonly ownerId?: string
  readonly createdAt?: string
  readonly versioning?: 'off' | 'Enabled' | 'Suspended'
  /** As JSON text or as what that would be read as. */
  readonly policy?: string | object
  readonly objects?: readonly WorldObject[]
}

/** One version of an object, or a delete marker. Those of one key stand oldest first. */
type WorldObject = WorldObjectVersion | WorldDeleteMarker

interface WorldDeleteMarker {
  readonly key: string
  readonly deleteMarker: true
  readonly versionId?: string
  readonly lastModified?: string
}

export interface WorldObjectVersion {
  readonly key: string
  readonly content: WorldContent
  /** Made up unless said, in a bucket with versioning; `null` in others. */
  readonly versionId?: string
  /** The start of the lab unless said. */
  readonly lastModified?: string
  /** `STANDARD` unless said. */
  readonly storageClass?: string
  /** Where INTELLIGENT_TIERING has moved it, if into an archive. */
  readonly archiveStatus?: 'ARCHIVE_ACCESS' | 'DEEP_ARCHIVE_ACCESS'
  /** By name without `x-amz-meta-`. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly contentEncoding?: string
  /** The checksum that is kept with it, over the whole; CRC64NVME unless said, as S3 has it of what came without one. */
  readonly checksum?: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'none'
  /** For an object that is encrypted by KMS, what its key does; a key that is disabled is an `error`. */
  readonly kms?: KmsRule
}

/**
 * A text, bytes in base64, a file that stays as it is, or bytes that are made up when they are read: those cost
 * nothing, whatever their size. More than 64 MiB of them have the ETag of an upload in parts, which nobody can check, and no checksum unless said.
 */
export type WorldContent =
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly path: string }
  | { readonly sizeBytes: number; readonly seed: string }
