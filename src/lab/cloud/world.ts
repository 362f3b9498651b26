/** The state that a lab's cloud begins with. Ids are AWS's own forms; instants are ISO UTC strings. */
export interface CloudWorld {
  readonly region: string
  readonly accountId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly instances: readonly WorldInstance[]
  readonly volumes: readonly WorldVolume[]
  readonly snapshots: readonly WorldSnapshot[]
  /** The IAM user that the access key belongs to; `operator` unless said. */
  readonly userName?: string
  /** IAM actions that this identity is not allowed, such as `ec2:CreateVolume` or `ec2:*`. */
  readonly denied?: readonly string[]
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
  readonly ownerId: string
  readonly tags: Readonly<Record<string, string>>
  readonly imagePath: string
  /** `completed` unless said; a world's pending snapshot stays pending. */
  readonly state?: 'pending' | 'completed' | 'error'
  /** `standard` unless said. */
  readonly storageTier?: 'standard' | 'archive'
}
