import {
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { nightly, refusal, testLab } from './helpers.ts'

const create = { AvailabilityZone: 'eu-central-1a', Size: 1 }
const tagged = { ...create, TagSpecifications: [{ ResourceType: 'volume' as const, Tags: [{ Key: 'a', Value: '1' }] }] }

describe('an action that is denied', () => {
  test("is refused in AWS's words, naming who, what and on which resource", async () => {
    await using lab = await testLab({ denied: ['ec2:CreateVolume'] })
    await expect(lab.ec2.send(new CreateVolumeCommand(create))).rejects.toThrow(
      'You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/operator ' +
        'is not authorized to perform: ec2:CreateVolume on resource: arn:aws:ec2:eu-central-1:123456789012:volume/* ' +
        'because no identity-based policy allows the ec2:CreateVolume action. Encoded authorization failure message: ',
    )
  })

  test('is refused to a dry run too, before its parameters are looked at', async () => {
    await using lab = await testLab({ denied: ['ec2:CreateVolume'] })
    const dry = new CreateVolumeCommand({ DryRun: true })
    expect(await refusal(lab.ec2.send(dry))).toBe('UnauthorizedOperation 403')
  })

  test('names no resource where it has none', async () => {
    await using lab = await testLab({ denied: ['ec2:*'] })
    await expect(lab.ec2.send(new DescribeSnapshotsCommand({}))).rejects.toThrow(
      /ec2:DescribeSnapshots because no identity-based policy allows the ec2:DescribeSnapshots action$/,
    )
  })

  test('leaves the others allowed', async () => {
    await using lab = await testLab({ denied: ['ec2:CreateVolume'] })
    expect(await refusal(lab.ec2.send(new DescribeVolumesCommand({})))).toBe('none')
  })
})

test('without ec2:CreateTags a volume can be made, but none with tags', async () => {
  await using lab = await testLab({ denied: ['ec2:CreateTags'] })
  expect(await refusal(lab.ec2.send(new CreateVolumeCommand(tagged)))).toBe('UnauthorizedOperation 403')
  expect(await refusal(lab.ec2.send(new CreateVolumeCommand(create)))).toBe('none')
})

test('nobody can be denied to ask who he is', async () => {
  await using lab = await testLab({ denied: ['ec2:*', 'sts:GetCallerIdentity'] })
  expect(await refusal(lab.sts.send(new GetCallerIdentityCommand({})))).toBe('none')
})

describe('a dry run', () => {
  test('of what would succeed says so and does nothing', async () => {
    await using lab = await testLab()
    const dry = new DeleteSnapshotCommand({ SnapshotId: nightly.snapshotId, DryRun: true })
    await expect(lab.ec2.send(dry)).rejects.toThrow('Request would have succeeded, but DryRun flag is set.')
    expect(await refusal(lab.ec2.send(dry))).toBe('DryRunOperation 412')
    expect(lab.cloud.snapshots()).toHaveLength(1)
  })

  test('of what would fail says why', async () => {
    await using lab = await testLab()
    const dry = new CreateVolumeCommand({ ...create, AvailabilityZone: 'eu-central-1z', DryRun: true })
    expect(await refusal(lab.ec2.send(dry))).toBe('InvalidZone.NotFound 400')
  })
})
