import { AttachVolumeCommand, CreateVolumeCommand, DetachVolumeCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { nightly, refusal, root, testLab, until, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const createOnce = () => new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 })

const state = (lab: TestLab, wanted: string) =>
  until(
    () => {
      const { attachment, state: own } = lab.cloud.volumes().at(-1) ?? {}
      return Promise.resolve(attachment?.state ?? own)
    },
    (now) => now === wanted,
  )

describe('a volume', () => {
  const free = { ...root, volumeId: 'vol-0bbbbbbbbbbbbbbbb', imagePath: '/images/data.img', attached: null }
  const attach = () =>
    new AttachVolumeCommand({ VolumeId: free.volumeId, InstanceId: web.instanceId, Device: '/dev/sdf' })

  test('ends in error after it was creating', async () => {
    await using lab = await testLab()
    lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'volume-error' } })
    expect((await lab.ec2.send(createOnce())).State).toBe('creating')
    expect(await state(lab, 'error')).toBe('error')
  })

  test('for which a dry run asks uses up no fault of the real call', async () => {
    await using lab = await testLab()
    lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'volume-error' } })
    const dry = new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1, DryRun: true })
    expect(await refusal(lab.ec2.send(dry))).toBe('DryRunOperation 412')
    await lab.ec2.send(createOnce())
    expect(await state(lab, 'error')).toBe('error')
  })

  test('stays attaching until it is detached by force', async () => {
    await using lab = await testLab({ volumes: [root, free] })
    lab.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'stuck' } })
    await lab.ec2.send(attach())
    expect(await refusal(lab.ec2.send(new DetachVolumeCommand({ VolumeId: free.volumeId })))).toBe('IncorrectState 400')
    expect([await state(lab, 'attaching'), lab.host.calls]).toEqual(['attaching', []])
    lab.host.failing = 'detach'
    await lab.ec2.send(new DetachVolumeCommand({ VolumeId: free.volumeId, Force: true }))
    expect(await state(lab, 'available')).toBe('available')
  })

  test('is stuck in busy until it is detached once more', async () => {
    await using lab = await testLab({ volumes: [root, free] })
    await lab.ec2.send(attach())
    await state(lab, 'attached')
    lab.cloud.faults.inject({ action: 'DetachVolume', fault: { kind: 'stuck' } })
    await lab.ec2.send(new DetachVolumeCommand({ VolumeId: free.volumeId }))
    expect(await state(lab, 'busy')).toBe('busy')
    await lab.ec2.send(new DetachVolumeCommand({ VolumeId: free.volumeId }))
    expect(await state(lab, 'available')).toBe('available')
  })

  test('finds its device taken, in the words of EC2', async () => {
    await using lab = await testLab({ volumes: [root, free] })
    lab.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'device-taken' } })
    await expect(lab.ec2.send(attach())).rejects.toThrow(
      "Invalid value '/dev/sdf' for unixDevice. Attachment point /dev/sdf is already in use",
    )
    expect(await refusal(lab.ec2.send(attach()))).toBe('none')
  })

  test('finds its instance stopping between the look and the attach', async () => {
    await using lab = await testLab({ volumes: [root, free] })
    const change = { instances: { [web.instanceId]: { state: 'stopping' as const } } }
    lab.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'change', change } })
    expect(await refusal(lab.ec2.send(attach()))).toBe('IncorrectState 400')
  })

  test('finds its snapshot deleted between the look and its creation', async () => {
    await using lab = await testLab()
    const change = { snapshots: { [nightly.snapshotId]: 'gone' as const } }
    lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'change', change } })
    const from = new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', SnapshotId: nightly.snapshotId })
    expect(await refusal(lab.ec2.send(from))).toBe('InvalidSnapshot.NotFound 400')
  })
})
