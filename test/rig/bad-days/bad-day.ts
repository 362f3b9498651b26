import type { FaultRule } from '../../../src/lab/cloud/fault-rules.ts'
import type { CloudWorld, WorldVolume } from '../../../src/lab/cloud/world.ts'
import { restoring } from '../program.ts'
import type { Scene } from '../rig.ts'

/** One thing that goes wrong before anything was changed, and what Lifeboat has to say to it. */
export interface BadDay {
  /** As the page of faults names it. */
  readonly situation: string
  readonly world?: (world: CloudWorld) => CloudWorld
  readonly provoke?: (scene: Scene) => Promise<unknown>
  readonly faults?: (scene: Scene) => readonly FaultRule[]
  /** The command line; a restore of the newest backup's head unless said. */
  readonly args?: (scene: Scene) => readonly string[]
  readonly env?: (scene: Scene) => Readonly<Record<string, string | undefined>>
  readonly exitCode: number
  readonly code: string
  readonly message: RegExp
  /** Each of the commands that it names. */
  readonly next?: readonly RegExp[]
}

export const head = ['--snapshot', 'latest', '--at', 'head', '--way', 'none']

/** A restore without questions, with some of its flags. */
export const restoreWith =
  (...flags: readonly string[]): NonNullable<BadDay['args']> =>
  () =>
    restoring(flags)

/** A volume that no host really has. */
export const emptyVolume = (world: CloudWorld, volumeId: string, device: string | null): WorldVolume => ({
  volumeId,
  availabilityZone: world.instances[0]?.availabilityZone ?? '',
  sizeGiB: 1,
  volumeType: 'gp3',
  createdAt: '2026-01-02T03:04:05.000Z',
  snapshotId: null,
  tags: {},
  imagePath: null,
  attached: device === null ? null : { instanceId: world.instances[0]?.instanceId ?? '', device },
})
