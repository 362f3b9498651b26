import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { disksOf } from '../../../src/lab/host/vm/disks.ts'
import { freezer } from '../../../src/lab/host/vm/freeze.ts'
import { fakeQemu, type Asked } from './fake-qemu.ts'

const running = (): boolean => false

const volumeId = (n: number) => `vol-0000000000000000${n}`

// As QEMU does: the answer to device_del comes at once, the event when the guest has let go.
function unplugs({ execute, arguments: args }: Asked, says: (message: object) => void): object {
  if (execute === 'device_del') {
    setTimeout(() => says({ event: 'DEVICE_DELETED', data: { device: args?.id }, timestamp: {} }), 20)
  }
  return { return: {} }
}

test('attaches a volume as an NVMe disk whose serial is its id without the dash', async () => {
  await using qemu = await fakeQemu()
  await disksOf(qemu.qmp, running).attach('/images/a.raw', volumeId(1))
  const [, node, device] = qemu.asked
  expect(node).toMatchObject({ execute: 'blockdev-add', arguments: { file: { filename: '/images/a.raw' } } })
  expect(device).toMatchObject({ execute: 'device_add', arguments: { driver: 'nvme', serial: 'vol00000000000000001' } })
  expect(device?.arguments?.drive).toBe(node?.arguments?.['node-name'])
})

test('attaches one without a serial where the guest is to see none, and takes it out as any other', async () => {
  await using qemu = await fakeQemu(unplugs)
  const disks = disksOf(qemu.qmp, running)
  await disks.attach('/images/a.raw', volumeId(1), { serials: false })
  const device = qemu.asked.at(-1)
  expect(device).toMatchObject({ execute: 'device_add', arguments: { driver: 'virtio-blk-pci' } })
  expect(device?.arguments).not.toHaveProperty('serial')
  await disks.detach(volumeId(1))
  expect(qemu.asked.at(-1)?.execute).toBe('blockdev-del')
})

test('four at once each get a bus of their own, the fifth is refused, and a detached one makes room', async () => {
  await using qemu = await fakeQemu(unplugs)
  const disks = disksOf(qemu.qmp, running)
  await Promise.all([1, 2, 3, 4].map((n) => disks.attach(`/images/${n}.raw`, volumeId(n))))
  const buses = qemu.asked.filter(({ execute }) => execute === 'device_add').map((asked) => asked.arguments?.bus)
  expect(new Set(buses)).toEqual(new Set(['rp1', 'rp2', 'rp3', 'rp4']))
  await expect(disks.attach('/images/5.raw', volumeId(5))).rejects.toMatchObject({ code: 'vm-no-free-bus' })
  await disks.detach(volumeId(3))
  await disks.attach('/images/5.raw', volumeId(5))
  expect(qemu.asked.at(-1)?.arguments?.bus).toBe('rp3')
})

test('detaching waits until the guest has let go before it closes the image', async () => {
  await using qemu = await fakeQemu(unplugs)
  const disks = disksOf(qemu.qmp, running)
  await disks.attach('/images/a.raw', volumeId(1))
  const detached = disks.detach(volumeId(1))
  await delay(5)
  expect(qemu.asked.at(-1)?.execute).toBe('device_del')
  await detached
  expect(qemu.asked.at(-1)?.execute).toBe('blockdev-del')
})

test('a guest that keeps the disk is an error, and the disk stays attached', async () => {
  await using qemu = await fakeQemu()
  const disks = disksOf(qemu.qmp, running, 20)
  await disks.attach('/images/a.raw', volumeId(1))
  await expect(disks.detach(volumeId(1))).rejects.toMatchObject({ code: 'qmp-timeout' })
  await expect(disks.attach('/images/a.raw', volumeId(1))).rejects.toMatchObject({ code: 'vm-disk-attached' })
})

test('an attach that QEMU refuses leaves no image open and its bus free', async () => {
  let refuse = true
  await using qemu = await fakeQemu(({ execute }) =>
    execute === 'device_add' && refuse ? { error: { class: 'GenericError', desc: 'no' } } : { return: {} },
  )
  const disks = disksOf(qemu.qmp, running)
  await expect(disks.attach('/images/a.raw', volumeId(1))).rejects.toMatchObject({ code: 'qmp-refused' })
  expect(qemu.asked.at(-1)?.execute).toBe('blockdev-del')
  refuse = false
  await disks.attach('/images/a.raw', volumeId(1))
  expect(qemu.asked.at(-1)?.arguments?.bus).toBe('rp1')
})

test('what was never attached cannot be detached', async () => {
  await using qemu = await fakeQemu()
  await expect(disksOf(qemu.qmp, running).detach(volumeId(9))).rejects.toMatchObject({ code: 'vm-disk-not-attached' })
})

test('overlapping copies share one stop, and the last of them lets the guest go on', async () => {
  await using qemu = await fakeQemu()
  const frozen = freezer(qemu.qmp)
  const short = frozen(() => delay(10, 'short'))
  const long = frozen(() => delay(60, 'long'))
  expect(await short).toBe('short')
  expect(qemu.asked.at(-1)?.execute).toBe('stop')
  expect(await long).toBe('long')
  expect(qemu.asked.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'stop', 'cont'])
})

test('the guest goes on when a copy fails', async () => {
  await using qemu = await fakeQemu()
  await expect(freezer(qemu.qmp)(() => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full')
  expect(qemu.asked.at(-1)?.execute).toBe('cont')
})
