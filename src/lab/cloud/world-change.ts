// Changes of the world while it runs, as plain JSON: what AWS, a colleague or fate does behind one's back.
import { z } from 'zod'
import { changeInstance, changeSnapshot, changeVolume } from './state/cloud-state.ts'
import type { CloudState } from './state/cloud-state.ts'

const gone = z.literal('gone')
const instant = z.iso.datetime({ offset: true })

export const worldChange = z.strictObject({
  /** IAM actions that are denied from now on, such as `ec2:CreateVolume`: all of them, in place of those before. */
  denied: z.array(z.string()).exactOptional(),
  /** The identity's keys from now on, as after a new log-in. Those before are unknown. */
  keys: z
    .strictObject({
      accessKeyId: z.string(),
      secretAccessKey: z.string(),
      sessionToken: z.string().exactOptional(),
    })
    .exactOptional(),
  /** The moment from which the credentials are refused; null is never. */
  credentialsExpireAt: instant.nullable().exactOptional(),
  /** Where instances can't be started: all such places, in place of those before. */
  noCapacity: z
    .array(z.strictObject({ instanceType: z.string().exactOptional(), availabilityZone: z.string().exactOptional() }))
    .exactOptional(),
  /** By id. `gone` deletes it, whatever protects it. */
  snapshots: z
    .record(
      z.string(),
      z.union([
        gone,
        z.strictObject({
          kms: z.enum(['allowed', 'denied', 'error']).exactOptional(),
          state: z.enum(['pending', 'completed', 'error']).exactOptional(),
          storageTier: z.enum(['standard', 'archive']).exactOptional(),
        }),
      ]),
    )
    .exactOptional(),
  /** By id. The host keeps a disk that goes in this way; `detached` is for what it has lost already. */
  volumes: z
    .record(
      z.string(),
      z.union([
        gone,
        z.strictObject({
          state: z.enum(['creating', 'available', 'in-use', 'deleting', 'error']).exactOptional(),
          detached: z.literal(true).exactOptional(),
        }),
      ]),
    )
    .exactOptional(),
  /** By id. Only what the API says changes; the host is not touched, as it is by StopInstances. */
  instances: z
    .record(
      z.string(),
      z.union([
        gone,
        z.strictObject({
          state: z.enum(['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated']).exactOptional(),
          /** Its status check fails. */
          impaired: z.boolean().exactOptional(),
        }),
      ]),
    )
    .exactOptional(),
})

export type WorldChange = z.infer<typeof worldChange>

/** The ids in a change that the cloud has nothing of. */
export function unknownIn({ instances, snapshots, volumes }: WorldChange, state: CloudState): readonly string[] {
  return [
    ...Object.keys(snapshots ?? {}).filter((id) => !state.snapshots.has(id)),
    ...Object.keys(volumes ?? {}).filter((id) => !state.volumes.has(id)),
    ...Object.keys(instances ?? {}).filter((id) => !state.instances.has(id)),
  ]
}

/** Makes the change. What is not there any more is left as it is. */
export function changeWorld(state: CloudState, change: WorldChange): void {
  const { credentialsExpireAt, denied, keys, noCapacity } = change
  const { sessionToken: _before, ...world } = state.world
  state.world = {
    ...(keys === undefined ? state.world : { ...world, ...keys }),
    ...(denied === undefined ? {} : { denied }),
    ...(noCapacity === undefined ? {} : { noCapacity }),
    ...(credentialsExpireAt === undefined ? {} : { credentialsExpireAt }),
  }
  for (const [id, now] of Object.entries(change.snapshots ?? {})) {
    if (now === 'gone') state.snapshots.delete(id)
    // The tier holds, however long a restore was to last.
    else changeSnapshot(state, id, now.storageTier === undefined ? now : { ...now, restoreExpiresAt: null })
  }
  for (const [id, now] of Object.entries(change.volumes ?? {})) {
    if (now === 'gone') state.volumes.delete(id)
    else changeVolume(state, id, volumeChange(now))
  }
  for (const [id, now] of Object.entries(change.instances ?? {})) {
    if (now === 'gone') state.instances.delete(id)
    else changeInstance(state, id, now)
  }
}

type NewVolume = Exclude<NonNullable<WorldChange['volumes']>[string], 'gone'>

function volumeChange({ detached, state }: NewVolume): Parameters<typeof changeVolume>[2] {
  return {
    ...(detached === true ? { attachment: null, state: 'available' } : {}),
    ...(state === undefined ? {} : { state }),
  }
}
