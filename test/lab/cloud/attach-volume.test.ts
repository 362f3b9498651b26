import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import type { CloudWorld, WorldVolume } from '../../../src/lab/cloud/world.ts'
import { refusal, root, testLab, until, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const free: WorldVolume = {
  ...root,
  volumeId: 'vol-0bbbbbbbbbbbbbbbb',
  imagePath: '/images/data.img',
  attached: null,
}
const volumes = [root, free]

function attach(lab: TestLab, Device = '/dev/sdf', InstanceId = web.instanceId) {
  return lab.ec2.send(new AttachVolumeCommand({ VolumeId: free.volumeId, InstanceId, Device }))
}

function detach(lab: TestLab, more: { Force?: boolean; InstanceId?: string; Device?: string } = {}) {
  return lab.ec2.send(new DetachVolumeCommand({ VolumeId: free.volumeId, ...more }))
}

async function states(lab: TestLab): Promise<string> {
  const { Volumes } = await lab.ec2.send(new DescribeVolumesCommand({ VolumeIds: [free.volumeId] }))
  return [Volumes?.[0]?.State, ...(Volumes?.[0]?.Attachments ?? []).map((one) => one.State)].join(' ')
}

test('a poller sees each state of an attach and a detach, in order', async () => {
  const slow = { ...delaysOf('none'), attachMs: 500, detachMs: 500 }
  await using lab = await testLab({ volumes }, { delays: slow })
  const seen = [await states(lab)]
  const watch = async (end: string) => {
    await until(
      async () => {
        const now = await states(lab)
        if (now !== seen.at(-1)) seen.push(now)
        return now
      },
      (now) => now === end,
    )
  }
  expect((await attach(lab)).State).toBe('attaching')
  await watch('in-use attached')
  expect((await detach(lab)).State).toBe('detaching')
  await watch('available')
  expect(seen).toEqual(['available', 'in-use attaching', 'in-use attached', 'in-use detaching', 'available'])
})

test('the host is given the image and the volume id, and asked to give it up', async () => {
  await using lab = await testLab({ volumes })
  await attach(lab)
  await until(
    () => states(lab),
    (now) => now === 'in-use attached',
  )
  await detach(lab)
  await until(
    () => states(lab),
    (now) => now === 'available',
  )
  expect(lab.host.calls).toEqual([`attach /images/data.img ${free.volumeId}`, `detach ${free.volumeId}`])
})

test('a disk that the host does not take stays attaching, and force lets go of it', async () => {
  await using lab = await testLab({ volumes })
  lab.host.failing = 'attach'
  await attach(lab)
  await until(
    () => Promise.resolve(lab.cloud.troubles),
    (troubles) => troubles.length > 0,
  )
  expect(lab.cloud.troubles).toMatchObject([{ resourceId: free.volumeId, what: 'no free slot' }])
  expect(await states(lab)).toBe('in-use attaching')
  expect(await refusal(detach(lab))).toBe('IncorrectState 400')
  lab.host.failing = 'detach'
  await detach(lab, { Force: true })
  expect(
    await until(
      () => states(lab),
      (now) => now === 'available',
    ),
  ).toBe('available')
})

test('a disk that the guest holds on to is busy until it lets go', async () => {
  await using lab = await testLab({ volumes })
  await attach(lab)
  await until(
    () => states(lab),
    (now) => now === 'in-use attached',
  )
  lab.host.failing = 'detach'
  await detach(lab)
  expect(
    await until(
      () => states(lab),
      (now) => now === 'in-use busy',
    ),
  ).toBe('in-use busy')
  lab.host.failing = null
  await detach(lab)
  expect(
    await until(
      () => states(lab),
      (now) => now === 'available',
    ),
  ).toBe('available')
})

test('a volume made a moment ago can not be attached yet', async () => {
  await using lab = await testLab({}, { delays: { ...delaysOf('none'), createMs: 500 } })
  const { VolumeId } = await lab.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 }))
  const early = new AttachVolumeCommand({ VolumeId, InstanceId: web.instanceId, Device: '/dev/sdf' })
  expect(await refusal(lab.ec2.send(early))).toBe('IncorrectState 400')
})

test('a volume that is attached can not be attached again', async () => {
  await using lab = await testLab({ volumes })
  await attach(lab)
  expect(await refusal(attach(lab, '/dev/sdg'))).toBe('VolumeInUse 400')
})

describe('AttachVolume', () => {
  const stopped = { ...web, state: 'stopped' as const }
  const pending = { ...web, state: 'pending' as const }
  const full = Array.from({ length: 26 }, (_, n) => ({
    ...root,
    volumeId: `vol-${n.toString(16).padStart(8, '0')}`,
    attached: { instanceId: web.instanceId, device: `/dev/xvdb${String.fromCharCode(97 + n)}` },
  }))

  test.each<[string, Partial<CloudWorld>, string]>([
    [
      'of a zone to another',
      { volumes: [root, { ...free, availabilityZone: 'eu-central-1b' }] },
      'InvalidVolume.ZoneMismatch 400',
    ],
    ['to a pending instance', { volumes, instances: [pending] }, 'IncorrectState 400'],
    ['to a stopped instance', { volumes, instances: [stopped] }, 'none'],
    ['to an instance with 27 volumes', { volumes: [...full, root, free] }, 'AttachmentLimitExceeded 400'],
    ['to one with 26', { volumes: [...full.slice(1), root, free] }, 'none'],
    [
      'to one with 26 and a second network interface',
      { volumes: [...full.slice(1), root, free], instances: [{ ...web, networkInterfaces: 2 }] },
      'AttachmentLimitExceeded 400',
    ],
    [
      'to a type whose limit is not shared, with 3 network interfaces',
      { volumes: [...full, root, free], instances: [{ ...web, instanceType: 'm7i.large', networkInterfaces: 3 }] },
      'none',
    ],
    [
      'to a type with another limit in this world',
      {
        volumes: [root, free],
        attachmentLimits: { 'm5.large': { maximumEbsAttachments: 2, attachmentLimitType: 'shared' } },
      },
      'AttachmentLimitExceeded 400',
    ],
  ])('%s', async (_, change, expected) => {
    await using lab = await testLab(change)
    expect(await refusal(attach(lab))).toBe(expected)
  })

  test.each([
    ['/dev/sdf', 'none'],
    ['xvdp', 'none'],
    ['/dev/xvdba', 'none'],
    ['/dev/sda1', 'InvalidParameterValue 400'],
    ['/dev/xvda', 'InvalidParameterValue 400'],
    ['/dev/sdf1', 'InvalidParameterValue 400'],
    ['/dev/nvme1n1', 'InvalidParameterValue 400'],
    ['', 'MissingParameter 400'],
  ])('as %j beside the root disk', async (device, expected) => {
    await using lab = await testLab({ volumes })
    expect(await refusal(attach(lab, device))).toBe(expected)
  })

  test('takes sdf and xvdf for one place', async () => {
    const other = { ...free, volumeId: 'vol-00000001', attached: { instanceId: web.instanceId, device: '/dev/xvdf' } }
    await using lab = await testLab({ volumes: [root, free, other] })
    await expect(attach(lab, '/dev/sdf')).rejects.toThrow(
      "Invalid value '/dev/sdf' for unixDevice. Attachment point /dev/sdf is already in use",
    )
  })

  test('to an unknown instance is refused', async () => {
    await using lab = await testLab({ volumes })
    expect(await refusal(attach(lab, '/dev/sdf', 'i-0123456789abcdef0'))).toBe('InvalidInstanceID.NotFound 400')
  })
})

describe('DetachVolume', () => {
  test('of a volume that no instance has is refused', async () => {
    await using lab = await testLab({ volumes })
    await expect(detach(lab)).rejects.toThrow(`Volume '${free.volumeId}' is in the 'available' state.`)
    expect(await refusal(detach(lab))).toBe('IncorrectState 400')
  })

  test('of the root disk of a running instance is refused', async () => {
    await using lab = await testLab()
    const command = new DetachVolumeCommand({ VolumeId: root.volumeId, Force: true })
    expect(await refusal(lab.ec2.send(command))).toBe('OperationNotPermitted 400')
  })

  test('from another instance, or from another device, is refused', async () => {
    const other = { ...web, instanceId: 'i-0bbbbbbbbbbbbbbbb', rootVolumeId: 'vol-0cccccccccccccccc' }
    await using lab = await testLab({ volumes, instances: [web, other] })
    await attach(lab)
    expect(await refusal(detach(lab, { InstanceId: other.instanceId }))).toBe('InvalidAttachment.NotFound 400')
    expect(await refusal(detach(lab, { Device: '/dev/sdg' }))).toBe('InvalidAttachment.NotFound 400')
  })
})
