// What happens to an instance, its host and its disks after it was told to start, stop or end.
import { freePublicAddress } from './addresses.ts'
import { changeInstance, changeVolume, noteTrouble } from './state/cloud-state.ts'
import type { CloudState } from './state/cloud-state.ts'
import type { Instance } from './state/resources.ts'

/** Starts it: `pending`, then `running`. A host that doesn't come up leaves it stopped. */
export function beginStart(state: CloudState, { instanceId }: Instance): void {
  changeInstance(state, instanceId, { state: 'pending' })
  state.background.start(
    async () => {
      await state.background.inTurn(instanceId, async () => state.hosts.get(instanceId)?.start?.())
      await state.background.pause(state.delays.startMs)
      const instance = state.instances.get(instanceId)
      if (instance?.state !== 'pending') return
      changeInstance(state, instanceId, { state: 'running', publicIpAddress: publicAddress(state, instance) })
    },
    (error) => {
      noteTrouble(state, instanceId, error)
      changeInstance(state, instanceId, { state: 'stopped' })
    },
  )
}

/** Stops it: `stopping`, then `stopped`. Its public address is lost, its disks stay. */
export function beginStop(state: CloudState, { instanceId }: Instance): void {
  changeInstance(state, instanceId, { state: 'stopping' })
  state.background.start(
    async () => {
      await turnOff(state, instanceId)
      if (state.instances.get(instanceId)?.state !== 'stopping') return
      changeInstance(state, instanceId, { state: 'stopped', publicIpAddress: null })
    },
    (error) => noteTrouble(state, instanceId, error),
  )
}

/** Ends it: `shutting-down`, then `terminated`. Its disks become free, except those that end with it. */
export function beginEnd(state: CloudState, { instanceId }: Instance): void {
  changeInstance(state, instanceId, { state: 'shutting-down' })
  state.background.start(
    async () => {
      await turnOff(state, instanceId)
      await freeDisks(state, instanceId)
      changeInstance(state, instanceId, { state: 'terminated', publicIpAddress: null, privateIpAddress: null })
    },
    (error) => noteTrouble(state, instanceId, error),
  )
}

async function turnOff(state: CloudState, instanceId: string): Promise<void> {
  await state.background.inTurn(instanceId, async () => state.hosts.get(instanceId)?.stop?.())
  await state.background.pause(state.delays.stopMs)
}

async function freeDisks(state: CloudState, instanceId: string): Promise<void> {
  const host = state.hosts.get(instanceId)
  const volumes = [...state.volumes.values()].filter((volume) => volume.attachment?.instanceId === instanceId)
  for (const { attachment, imagePath, volumeId } of volumes) {
    if (host !== undefined && imagePath !== null) {
      await state.background.inTurn(volumeId, () => host.detach(volumeId))
    }
    if (attachment?.deleteOnTermination === true) {
      state.volumes.delete(volumeId)
      await state.disks.remove(imagePath)
    } else changeVolume(state, volumeId, { state: 'available', attachment: null })
  }
}

function publicAddress(state: CloudState, { hasPublicAddress, instanceId, publicIpAddress }: Instance): string | null {
  if (publicIpAddress !== null || !hasPublicAddress) return publicIpAddress
  return state.hosts.get(instanceId)?.address ?? freePublicAddress(state.instances.values())
}
