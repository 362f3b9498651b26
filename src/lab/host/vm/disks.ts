// Plugs disks into a running machine and takes them out, as EBS does on Nitro: NVMe, the volume's id as the serial. Or as
// on Xen: a disk of the hypervisor's own kind, without a serial.
import type { LabHost } from '../lab-host.ts'
import type { QmpClient } from './qmp.ts'
import { buses } from './qemu.ts'
import { VmError } from './vm-error.ts'

export type Disks = Pick<LabHost, 'attach' | 'detach'>

type Bus = (typeof buses)[number]

/** The serial that Nitro shows for a volume: its id without the dash. */
export function serialOf(volumeId: string): string {
  return volumeId.replace('-', '')
}

/** `isOff`: whether the guest has been shut down, and can't be asked for a disk. */
export function disksOf(qmp: QmpClient, isOff: () => boolean, detachTimeoutMs = 30_000): Disks {
  const taken = new Map<string, Bus>()

  return {
    async attach(imagePath, volumeId, { serials = true } = {}) {
      if (taken.has(volumeId)) {
        throw new VmError({ code: 'vm-disk-attached', message: `${volumeId} is attached to this machine already` })
      }
      const used = new Set(taken.values())
      const bus = buses.find((each) => !used.has(each))
      if (bus === undefined) {
        throw new VmError({
          code: 'vm-no-free-bus',
          message: `the machine has room for ${buses.length} disks and all are taken: ${[...taken.keys()].join(', ')}`,
        })
      }
      // Taken before the first await, so that two attaches at once don't get the same one.
      taken.set(volumeId, bus)
      const serial = serialOf(volumeId)
      try {
        await qmp.execute('blockdev-add', {
          'node-name': nodeOf(serial),
          driver: 'raw',
          discard: 'unmap',
          file: {
            driver: 'file',
            filename: imagePath,
            discard: 'unmap',
            cache: { direct: false, 'no-flush': true },
          },
        })
        try {
          await qmp.execute('device_add', {
            ...(serials ? { driver: 'nvme', serial } : { driver: 'virtio-blk-pci' }),
            id: serial,
            drive: nodeOf(serial),
            bus,
          })
        } catch (error) {
          await qmp.execute('blockdev-del', { 'node-name': nodeOf(serial) })
          throw error
        }
      } catch (error) {
        taken.delete(volumeId)
        throw error
      }
    },

    async detach(volumeId) {
      if (!taken.has(volumeId)) {
        throw new VmError({ code: 'vm-disk-not-attached', message: `${volumeId} is not attached to this machine` })
      }
      const serial = serialOf(volumeId)
      const gone = qmp.waitFor(
        ({ event, data }) => event === 'DEVICE_DELETED' && data?.device === serial,
        `give up the disk ${volumeId}`,
        detachTimeoutMs,
      )
      const asked = qmp.execute('device_del', { id: serial })
      // A guest that is off answers nothing; a reset of its bus lets the disk go, and starts nobody.
      await Promise.all([gone, isOff() ? asked.then(() => qmp.execute('system_reset')) : asked])
      await qmp.execute('blockdev-del', { 'node-name': nodeOf(serial) })
      taken.delete(volumeId)
    },
  }
}

// QEMU allows 31 characters in a node's name.
function nodeOf(serial: string): string {
  return `disk-${serial}`
}
