import {
  DescribeInstanceTypesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumeStatusCommand,
  DescribeVolumesCommand,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-ec2'
import type { DescribeSnapshotsCommandInput, Filter } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { WorldSnapshot } from '../../../src/lab/cloud/world.ts'
import { nightly, refusal, root, testLab, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const snapshots: readonly WorldSnapshot[] = [
  { ...nightly, snapshotId: 'snap-00000001', tags: { 'lab:made': 'run-1', app: 'shop' } },
  { ...nightly, snapshotId: 'snap-00000002', tags: { 'lab:made': 'run-2' }, description: 'Created for policy: p-1' },
  { ...nightly, snapshotId: 'snap-00000003', tags: {}, state: 'pending', startedAt: '2026-10-01T00:00:00Z' },
  { ...nightly, snapshotId: 'snap-00000004', tags: {}, ownerId: '999999999999', storageTier: 'archive' },
]

async function list(lab: TestLab, input: DescribeSnapshotsCommandInput): Promise<readonly string[]> {
  const { Snapshots = [] } = await lab.ec2.send(new DescribeSnapshotsCommand(input))
  return Snapshots.map((snapshot) => snapshot.SnapshotId?.slice(-1) ?? '')
}

test('2,500 snapshots come in three pages of at most 1,000, each once', async () => {
  const many = Array.from({ length: 2500 }, (_, n) => {
    const snapshotId = `snap-${n.toString(16).padStart(17, '0')}`
    return { ...nightly, snapshotId }
  })
  await using lab = await testLab({ snapshots: many })
  const pages: number[] = []
  const seen = new Set<string | undefined>()
  const paginator = paginateDescribeSnapshots({ client: lab.ec2, pageSize: 1000 }, { OwnerIds: ['self'] })
  for await (const { Snapshots = [] } of paginator) {
    pages.push(Snapshots.length)
    for (const snapshot of Snapshots) seen.add(snapshot.SnapshotId)
  }
  expect(pages).toEqual([1000, 1000, 500])
  expect(seen.size).toBe(2500)
})

describe('pages', () => {
  test.each<[string, DescribeSnapshotsCommandInput, string]>([
    ['fewer than 5', { MaxResults: 4 }, 'InvalidParameterValue 400'],
    ['5', { MaxResults: 5 }, 'none'],
    ['more than 1,000, which means 1,000', { MaxResults: 5000 }, 'none'],
    ['a size together with ids', { MaxResults: 5, SnapshotIds: ['snap-00000001'] }, 'InvalidParameterCombination 400'],
    ['a token of its own making', { NextToken: 'bm9uc2Vuc2U' }, 'InvalidPaginationToken 400'],
  ])('of %s', async (_, input, expected) => {
    await using lab = await testLab({ snapshots })
    expect(await refusal(list(lab, input))).toBe(expected)
  })
})

function named(Name: string, ...Values: string[]): Filter {
  return { Name, Values }
}

describe('filters', () => {
  test.each<[string, Filter[], string[]]>([
    ['a tag whose key has a colon', [named('tag:lab:made', 'run-1')], ['1']],
    ['any of the values', [named('tag:lab:made', 'run-1', 'run-2')], ['1', '2']],
    ['all of the filters', [named('tag:lab:made', 'run-*'), named('tag:app', 'shop')], ['1']],
    ['a tag key with wildcards', [named('tag-key', 'lab:*')], ['1', '2']],
    ['a status', [named('status', 'pending')], ['3']],
    ['an owner', [named('owner-id', '999999999999')], ['4']],
    ['a tier', [named('storage-tier', 'archive')], ['4']],
    ['a month of start times', [named('start-time', '2026-10-*')], ['3']],
    ['a description by ? and *', [named('description', 'Created for polic?: *')], ['2']],
    ['a volume', [named('volume-id', nightly.volumeId)], ['1', '2', '3', '4']],
    ['values as they are written, case and all', [named('tag:app', 'Shop')], []],
  ])('match %s', async (_, Filters, expected) => {
    await using lab = await testLab({ snapshots })
    expect(await list(lab, { Filters })).toEqual(expected)
  })

  test('that no list knows are refused', async () => {
    await using lab = await testLab({ snapshots })
    expect(await refusal(list(lab, { Filters: [named('volume', 'x')] }))).toBe('InvalidParameterValue 400')
  })

  test('of more than 200 values are refused', async () => {
    await using lab = await testLab({ snapshots })
    const Filters = [{ Name: 'status', Values: Array.from({ length: 201 }, (_, n) => String(n)) }]
    expect(await refusal(list(lab, { Filters }))).toBe('FilterLimitExceeded 400')
  })
})

describe('snapshots', () => {
  test('of self are not those that others share', async () => {
    await using lab = await testLab({ snapshots })
    expect(await list(lab, { OwnerIds: ['self'] })).toEqual(['1', '2', '3'])
    expect(await list(lab, { OwnerIds: ['999999999999'] })).toEqual(['4'])
    expect(await list(lab, {})).toEqual(['1', '2', '3', '4'])
  })

  test('that others share are found by their id and among those that self may restore', async () => {
    await using lab = await testLab({ snapshots })
    expect(await list(lab, { SnapshotIds: ['snap-00000004'] })).toEqual(['4'])
    expect(await list(lab, { RestorableByUserIds: ['self'] })).toEqual(['1', '2', '3', '4'])
    expect(await list(lab, { RestorableByUserIds: ['all'] })).toEqual([])
  })

  test('of another region are not here', async () => {
    await using lab = await testLab({ snapshots: [{ ...nightly, region: 'us-east-1' }] })
    expect(await list(lab, {})).toEqual([])
    expect(await refusal(list(lab, { SnapshotIds: [nightly.snapshotId] }))).toBe('InvalidSnapshot.NotFound 400')
  })

  test.each([
    ['snap-0123456789abcdef0', 'InvalidSnapshot.NotFound 400'],
    ['snap-nonsense', 'InvalidSnapshotID.Malformed 400'],
    ['nightly', 'InvalidParameterValue 400'],
  ])('by the id %s are refused', async (id, expected) => {
    await using lab = await testLab({ snapshots })
    expect(await refusal(list(lab, { SnapshotIds: [id] }))).toBe(expected)
  })

  test('keep the markup, spaces and control signs of their descriptions', async () => {
    const description = ' <b>&amp; "night"\u001B[31m\u202E\nü '
    await using lab = await testLab({ snapshots: [{ ...nightly, description, tags: { '<k>': description } }] })
    const { Snapshots = [] } = await lab.ec2.send(new DescribeSnapshotsCommand({}))
    expect(Snapshots[0]?.Description).toBe(description)
    expect(Snapshots[0]?.Tags).toEqual([{ Key: '<k>', Value: description }])
  })
})

describe('instances', () => {
  test('show their volumes', async () => {
    await using lab = await testLab()
    const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({ InstanceIds: [web.instanceId] }))
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceType: 'm5.large',
      Placement: { AvailabilityZone: 'eu-central-1a' },
      State: { Code: 16, Name: 'running' },
      RootDeviceName: '/dev/xvda',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeId: root.volumeId, Status: 'attached' } }],
      Tags: [{ Key: 'Name', Value: 'web' }],
    })
  })

  test.each([
    ['i-0123456789abcdef0', 'InvalidInstanceID.NotFound 400'],
    ['web', 'InvalidInstanceID.Malformed 400'],
  ])('by the id %s are refused', async (id, expected) => {
    await using lab = await testLab()
    expect(await refusal(lab.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })))).toBe(expected)
  })
})

describe('volumes', () => {
  test('are found by the instance that has them', async () => {
    await using lab = await testLab()
    const Filters = [{ Name: 'attachment.instance-id', Values: [web.instanceId] }]
    const { Volumes = [] } = await lab.ec2.send(new DescribeVolumesCommand({ Filters }))
    expect(Volumes.map((volume) => volume.VolumeId)).toEqual([root.volumeId])
  })

  test('by an id that is not there, beside one that is, are refused', async () => {
    await using lab = await testLab()
    const VolumeIds = [root.volumeId, 'vol-0123456789abcdef0']
    await expect(lab.ec2.send(new DescribeVolumesCommand({ VolumeIds }))).rejects.toThrow(
      "The volume 'vol-0123456789abcdef0' does not exist.",
    )
  })

  test('that the world began with tell of no initialization', async () => {
    await using lab = await testLab()
    const { VolumeStatuses } = await lab.ec2.send(new DescribeVolumeStatusCommand({}))
    expect(VolumeStatuses).toMatchObject([{ VolumeId: root.volumeId, VolumeStatus: { Status: 'ok' } }])
    expect(VolumeStatuses?.[0]?.InitializationStatusDetails).toBeUndefined()
  })
})

describe('instance types', () => {
  test('tell how many disks they take, and of what kind', async () => {
    await using lab = await testLab()
    const InstanceTypes = ['m5.large' as const, 'm7i.large' as const, 't2.micro' as const]
    const { InstanceTypes: types = [] } = await lab.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes }))
    const shown = types.map(({ InstanceType, Hypervisor, EbsInfo }) =>
      [
        InstanceType,
        Hypervisor,
        EbsInfo?.NvmeSupport,
        EbsInfo?.AttachmentLimitType,
        EbsInfo?.MaximumEbsAttachments,
      ].join(' '),
    )
    expect(shown).toEqual([
      'm5.large nitro required shared 28',
      'm7i.large nitro required dedicated 32',
      't2.micro xen unsupported shared 39',
    ])
  })

  test('that are not known are refused', async () => {
    await using lab = await testLab()
    const InstanceTypes = ['m5.large' as const, 'x1.32xlarge' as const]
    expect(await refusal(lab.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes })))).toBe(
      'InvalidInstanceType 400',
    )
  })
})
