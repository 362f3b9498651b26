import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { refusal, root, testLab, until, volumeState, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const free = { ...root, volumeId: 'vol-0bbbbbbbbbbbbbbbb', attached: null }
const empty = () => new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1, ClientToken: 'once' })

const shown = (lab: TestLab, volumeId = free.volumeId) => volumeState(lab, volumeId)

/** When the cloud itself has come to rest, whatever it shows. */
const settled = (lab: TestLab, state: string) =>
  until(
    () => Promise.resolve(lab.cloud.volumes().at(-1)?.state ?? 'gone'),
    (now) => now === state,
  )

test('a new volume is not found for a number of calls, neither by its id nor in the list', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'unseen', for: { calls: 2 } } })
  const { VolumeId = '' } = await lab.ec2.send(empty())
  expect((await lab.ec2.send(new DescribeVolumesCommand({}))).Volumes).toHaveLength(1)
  expect(await shown(lab, VolumeId)).toBe('InvalidVolume.NotFound')
  expect(await shown(lab, VolumeId)).toMatch(/creating|available/)
})

test('a new volume that is not seen yet is the one of its ClientToken all the same', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'unseen', for: { calls: 1 } } })
  const { VolumeId } = await lab.ec2.send(empty())
  expect((await lab.ec2.send(empty())).VolumeId).toBe(VolumeId)
})

test('a new snapshot is not found for some time', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateSnapshot', fault: { kind: 'unseen', for: { ms: 500 } } })
  const { SnapshotId = '' } = await lab.ec2.send(new CreateSnapshotCommand({ VolumeId: root.volumeId }))
  const ask = () => refusal(lab.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })))
  expect(await ask()).toBe('InvalidSnapshot.NotFound 400')
  expect(await until(ask, (code) => code === 'none')).toBe('none')
})

test('a volume that is available is still shown as creating', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'stale', for: { calls: 2 } } })
  const { VolumeId } = await lab.ec2.send(empty())
  await settled(lab, 'available')
  const seen = [await shown(lab, VolumeId), await shown(lab, VolumeId), await shown(lab, VolumeId)]
  expect(seen).toEqual(['creating', 'creating', 'available'])
})

test('a volume that is attached is still shown as available, in the instance too', async () => {
  await using lab = await testLab({ volumes: [root, free] })
  lab.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'stale', for: { calls: 1 } } })
  const where = { InstanceId: web.instanceId, Device: '/dev/sdf' }
  await lab.ec2.send(new AttachVolumeCommand({ VolumeId: free.volumeId, ...where }))
  const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({}))
  expect(Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings).toHaveLength(1)
  expect([await shown(lab), await shown(lab)]).toEqual(['available', 'in-use'])
  // Whatever is shown, the place is taken.
  const again = new AttachVolumeCommand({ VolumeId: free.volumeId, ...where })
  expect(await refusal(lab.ec2.send(again))).toBe('VolumeInUse 400')
})

test('a volume that is deleted is still there', async () => {
  await using lab = await testLab({ volumes: [root, free] })
  lab.cloud.faults.inject({ action: 'DeleteVolume', fault: { kind: 'stale', for: { calls: 1 } } })
  await lab.ec2.send(new DeleteVolumeCommand({ VolumeId: free.volumeId }))
  await until(
    () => Promise.resolve(lab.cloud.volumes().length),
    (count) => count === 1,
  )
  expect([await shown(lab), await shown(lab)]).toEqual(['available', 'InvalidVolume.NotFound'])
})

test('what lags behind is seen at once when the faults are cleared', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'unseen', for: { ms: 60_000 } } })
  const { VolumeId } = await lab.ec2.send(empty())
  expect(await shown(lab, VolumeId)).toBe('InvalidVolume.NotFound')
  lab.cloud.faults.clear()
  expect(await shown(lab, VolumeId)).not.toBe('InvalidVolume.NotFound')
})
