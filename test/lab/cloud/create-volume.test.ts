import { open, rm, stat, truncate } from 'node:fs/promises'
import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumeStatusCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2'
import type { CreateVolumeCommandInput } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import { imageText, nightly, refusal, root, testLab, until } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const AvailabilityZone = 'eu-central-1a'
const fromNightly = { AvailabilityZone, SnapshotId: nightly.snapshotId, VolumeType: 'gp3' } as const

function create(lab: TestLab, input: CreateVolumeCommandInput) {
  return lab.ec2.send(new CreateVolumeCommand(input))
}

async function available(lab: TestLab, volumeId: string | undefined) {
  const VolumeIds = [volumeId ?? '']
  const ask = async () => (await lab.ec2.send(new DescribeVolumesCommand({ VolumeIds }))).Volumes?.[0]
  return until(ask, (volume) => volume?.State === 'available')
}

describe('a volume from a snapshot', () => {
  test("has the snapshot's data and size, in an image with holes", async () => {
    await using lab = await testLab()
    await truncate(lab.cloud.snapshots()[0]?.imagePath ?? '', 32 * 1024 ** 2)
    const { VolumeId } = await create(lab, fromNightly)
    await available(lab, VolumeId)
    const imagePath = lab.cloud.volumes().at(-1)?.imagePath ?? ''
    const { size, blocks } = await stat(imagePath)
    expect(size).toBe(1024 ** 3)
    expect(blocks * 512).toBeLessThan(1024 ** 2)
    const image = await open(imagePath)
    const { buffer } = await image.read(Buffer.alloc(imageText.length), 0, imageText.length)
    await image.close()
    expect(buffer.toString()).toBe(imageText)
  })

  test('may be larger than it', async () => {
    await using lab = await testLab()
    const { VolumeId } = await create(lab, { ...fromNightly, Size: 3 })
    expect((await available(lab, VolumeId))?.Size).toBe(3)
    expect((await stat(lab.cloud.volumes().at(-1)?.imagePath ?? '')).size).toBe(3 * 1024 ** 3)
  })

  test('goes through creating before it is available', async () => {
    await using lab = await testLab({}, { delays: { ...delaysOf('none'), createMs: 500 } })
    const { State, VolumeId = '' } = await create(lab, fromNightly)
    const seen = [State]
    await until(
      async () => {
        const { Volumes } = await lab.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))
        if (Volumes?.[0]?.State !== seen.at(-1) || seen.length === 1) seen.push(Volumes?.[0]?.State)
        return seen
      },
      (states) => states.at(-1) === 'available',
    )
    expect(seen).toEqual(['creating', 'creating', 'available'])
  })

  test('ends in error where its data can not be copied', async () => {
    await using lab = await testLab()
    await rm(lab.cloud.snapshots()[0]?.imagePath ?? '')
    const { VolumeId = '' } = await create(lab, fromNightly)
    await until(
      () => Promise.resolve(lab.cloud.volumes().at(-1)?.state),
      (state) => state === 'error',
    )
    expect(lab.cloud.troubles.map((trouble) => trouble.resourceId)).toEqual([VolumeId])
    expect(await refusal(lab.ec2.send(new DeleteVolumeCommand({ VolumeId })))).toBe('none')
  })

  test('shows how far its initialization is, and an estimate where a rate was asked for', async () => {
    let now = new Date('2026-11-21T12:00:00Z')
    await using lab = await testLab({}, { clock: () => now })
    lab.ec2.config.systemClockOffset = now.getTime() - Date.now()
    const { VolumeId = '' } = await create(lab, { ...fromNightly, Size: 4, VolumeInitializationRate: 128 })
    const details = async () => {
      const { VolumeStatuses } = await lab.ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: [VolumeId] }))
      return VolumeStatuses?.[0]?.InitializationStatusDetails
    }
    now = new Date('2026-11-21T12:00:08Z')
    expect(await details()).toEqual({
      InitializationType: 'provisioned-rate',
      Progress: 25,
      EstimatedTimeToCompleteInSeconds: 24,
    })
    now = new Date('2026-11-21T12:01:00Z')
    expect(await details()).toMatchObject({ Progress: 100, EstimatedTimeToCompleteInSeconds: 0 })
  })
})

describe('CreateVolume refuses', () => {
  const gp3 = { AvailabilityZone, Size: 10, VolumeType: 'gp3' } as const
  const tagged = (...Tags: { Key: string; Value: string }[]): CreateVolumeCommandInput => ({
    ...gp3,
    TagSpecifications: [{ ResourceType: 'volume', Tags }],
  })

  test.each<[string, CreateVolumeCommandInput, string]>([
    ['no zone', { Size: 1 }, 'MissingParameter 400'],
    ['a zone of another region', { AvailabilityZone: 'us-east-1a', Size: 1 }, 'InvalidZone.NotFound 400'],
    ['neither size nor snapshot', { AvailabilityZone }, 'MissingParameter 400'],
    ['an unknown snapshot', { AvailabilityZone, SnapshotId: 'snap-00000000' }, 'InvalidSnapshot.NotFound 400'],
    ['a malformed snapshot id', { AvailabilityZone, SnapshotId: 'snap-x' }, 'InvalidSnapshotID.Malformed 400'],
    // @ts-expect-error: the SDK's types know no such one
    ['an unknown type', { ...gp3, VolumeType: 'gp9' }, 'UnknownVolumeType 400'],
    ['too large a size', { ...gp3, VolumeType: 'gp2', Size: 20_000 }, 'InvalidParameterValue 400'],
    ['a size of 0', { ...gp3, Size: 0 }, 'InvalidParameterValue 400'],
    ['iops for gp2', { ...gp3, VolumeType: 'gp2', Iops: 3000 }, 'InvalidParameterCombination 400'],
    ['no iops for io2', { ...gp3, VolumeType: 'io2' }, 'InvalidParameterCombination 400'],
    ['too few iops', { ...gp3, Iops: 100 }, 'InvalidParameterValue 400'],
    ['too many iops for its size', { ...gp3, Iops: 6000 }, 'InvalidParameterValue 400'],
    [
      'throughput for io1',
      { ...gp3, VolumeType: 'io1', Iops: 100, Throughput: 200 },
      'InvalidParameterCombination 400',
    ],
    ['too much throughput for its iops', { ...gp3, Throughput: 1000 }, 'InvalidParameterValue 400'],
    [
      'an initialization rate without a snapshot',
      { ...gp3, VolumeInitializationRate: 100 },
      'InvalidParameterCombination 400',
    ],
    ['a rate below 100', { ...fromNightly, VolumeInitializationRate: 99 }, 'InvalidParameterValue 400'],
    ['a rate above 300', { ...fromNightly, VolumeInitializationRate: 301 }, 'InvalidParameterValue 400'],
    ['a token of more than 64 characters', { ...gp3, ClientToken: 'x'.repeat(65) }, 'InvalidParameterValue 400'],
    ['a reserved tag', tagged({ Key: 'aws:made', Value: '' }), 'InvalidParameterValue 400'],
    ['a tag twice', tagged({ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }), 'InvalidParameterValue 400'],
    [
      'more than 50 tags',
      tagged(...Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' }))),
      'TagLimitExceeded 400',
    ],
    [
      'tags for another kind of resource',
      { ...gp3, TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: '1' }] }] },
      'InvalidParameterValue 400',
    ],
    ['what the lab does not cover', { ...gp3, KmsKeyId: 'alias/x' }, 'UnknownParameter 400'],
  ])('%s', async (_, input, expected) => {
    await using lab = await testLab()
    expect(await refusal(create(lab, input))).toBe(expected)
    expect(lab.cloud.volumes()).toHaveLength(1)
  })

  test.each([
    ['smaller than its snapshot', { sizeGiB: 30 }, 'InvalidParameterValue 400'],
    ['from a pending snapshot', { state: 'pending' }, 'IncorrectState 400'],
    ['from an archived snapshot', { storageTier: 'archive' }, 'IncorrectState 400'],
  ] as const)('a volume %s', async (_, change, expected) => {
    await using lab = await testLab({ snapshots: [{ ...nightly, ...change }] })
    expect(await refusal(create(lab, { ...fromNightly, Size: 10 }))).toBe(expected)
  })
})

describe('a ClientToken', () => {
  const input = {
    ...fromNightly,
    ClientToken: 'run-1',
    TagSpecifications: [{ ResourceType: 'volume' as const, Tags: [{ Key: 'a', Value: '1' }] }],
  }

  test('with the same parameters gives the same volume, as it is now', async () => {
    await using lab = await testLab()
    const first = await create(lab, input)
    await available(lab, first.VolumeId)
    const second = await create(lab, input)
    expect([second.VolumeId, second.State]).toEqual([first.VolumeId, 'available'])
    expect(lab.cloud.volumes()).toHaveLength(2)
  })

  test('with other parameters is refused', async () => {
    await using lab = await testLab()
    await create(lab, input)
    expect(await refusal(create(lab, { ...input, Size: 2 }))).toBe('IdempotentParameterMismatch 400')
  })

  test('is remembered after its volume is gone', async () => {
    await using lab = await testLab()
    const { VolumeId } = await create(lab, input)
    await available(lab, VolumeId)
    await lab.ec2.send(new DeleteVolumeCommand({ VolumeId }))
    await until(
      () => Promise.resolve(lab.cloud.volumes()),
      (volumes) => volumes.length === 1,
    )
    await expect(create(lab, input)).rejects.toThrow(/already deleted/)
    expect(await refusal(create(lab, input))).toBe('IdempotentParameterMismatch 400')
  })

  test('that a dry run used is still free', async () => {
    await using lab = await testLab()
    expect(await refusal(create(lab, { ...input, DryRun: true }))).toBe('DryRunOperation 412')
    expect(await refusal(create(lab, { ...input, Size: 2 }))).toBe('none')
  })
})

describe('DeleteVolume', () => {
  test('takes the image with it and passes through deleting', async () => {
    await using lab = await testLab({}, { delays: { ...delaysOf('none'), deleteMs: 500 } })
    const { VolumeId = '' } = await create(lab, fromNightly)
    await available(lab, VolumeId)
    const imagePath = lab.cloud.volumes().at(-1)?.imagePath ?? ''
    await lab.ec2.send(new DeleteVolumeCommand({ VolumeId }))
    const ask = () => lab.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))
    expect((await ask()).Volumes?.[0]?.State).toBe('deleting')
    expect(
      await until(
        () => refusal(ask()),
        (code) => code !== 'none',
      ),
    ).toBe('InvalidVolume.NotFound 400')
    await expect(stat(imagePath)).rejects.toThrow(/ENOENT/)
  })

  test.each([
    [root.volumeId, 'VolumeInUse 400'],
    ['vol-0123456789abcdef0', 'InvalidVolume.NotFound 400'],
    ['vol-1', 'InvalidVolumeID.Malformed 400'],
    ['data', 'InvalidParameterValue 400'],
  ])('of %s is refused', async (VolumeId, expected) => {
    await using lab = await testLab()
    expect(await refusal(lab.ec2.send(new DeleteVolumeCommand({ VolumeId })))).toBe(expected)
  })
})

test('close removes every image that was made, and what is still being made', async () => {
  const lab = await testLab()
  await available(lab, (await create(lab, fromNightly)).VolumeId)
  await create(lab, fromNightly)
  await lab[Symbol.asyncDispose]()
  await expect(stat(lab.dir)).rejects.toThrow(/ENOENT/)
  expect(lab.cloud.troubles).toEqual([])
})
