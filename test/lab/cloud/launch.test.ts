import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { CloudWorld, WorldLaunchTemplate, WorldSubnet } from '../../../src/lab/cloud/world.ts'
import { FakeHost, refusal, testLab, until } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const here: WorldSubnet = {
  subnetId: 'subnet-0aaaaaaaaaaaaaaaa',
  vpcId: 'vpc-0aaaaaaaaaaaaaaaa',
  availabilityZone: 'eu-central-1a',
  cidrBlock: '10.0.1.0/24',
  tags: { tier: 'data' },
}
const there: WorldSubnet = {
  ...here,
  subnetId: 'subnet-0bbbbbbbbbbbbbbbb',
  availabilityZone: 'eu-central-1b',
  cidrBlock: '10.0.2.0/24',
  publicAddresses: false,
}
const createdAt = '2026-01-02T03:04:05Z'
const base = { createdAt, imageId: 'ami-0aaaaaaaaaaaaaaaa', instanceType: 'm5.large', keyName: 'ops' }
const recovery: WorldLaunchTemplate = {
  launchTemplateId: 'lt-0aaaaaaaaaaaaaaaa',
  name: 'recovery',
  versions: [
    { ...base, instanceTags: { Name: 'irc', from: 'template' } },
    { ...base, subnetId: here.subnetId, userData: '#!/bin/sh\nzpool create tank\n', description: 'pinned' },
  ],
}
const network: Partial<CloudWorld> = { subnets: [here, there], launchTemplates: [recovery] }

const from = (Version: string): RunInstancesCommandInput => ({
  MinCount: 1,
  MaxCount: 1,
  ClientToken: 'run-1',
  LaunchTemplate: { LaunchTemplateId: recovery.launchTemplateId, Version },
})

const run = (lab: TestLab, more: Partial<RunInstancesCommandInput> = {}, version = '1') =>
  lab.ec2.send(new RunInstancesCommand({ ...from(version), ...more }))

const launched = async (...given: Parameters<typeof run>) => (await run(...given)).Instances?.[0]

const running = (lab: TestLab, id = '') =>
  until(
    async () => {
      const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
      return Reservations?.[0]?.Instances?.[0]
    },
    (instance) => instance?.State?.Name === 'running',
  )

describe('an instance from a launch template', () => {
  test('is pending, then runs on a spare host at an address of its own', async () => {
    const spare = new FakeHost()
    await using lab = await testLab(network, { spares: [spare] })
    const instance = await launched(lab)
    expect(instance).toMatchObject({
      State: { Name: 'pending' },
      InstanceType: 'm5.large',
      ImageId: base.imageId,
      KeyName: 'ops',
      ClientToken: 'run-1',
      SubnetId: here.subnetId,
      VpcId: here.vpcId,
      Placement: { AvailabilityZone: 'eu-central-1a' },
      PrivateIpAddress: '10.0.1.4',
    })
    expect(instance?.PublicIpAddress).toBeUndefined()
    expect(await running(lab, instance?.InstanceId)).toMatchObject({
      PublicIpAddress: '203.0.113.4',
      RootDeviceName: '/dev/xvda',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }],
    })
    expect(spare.calls).toEqual(['start'])
  })

  test('without a spare host runs all the same', async () => {
    await using lab = await testLab(network)
    expect(await running(lab, (await launched(lab))?.InstanceId)).toMatchObject({ State: { Name: 'running' } })
  })

  test("has the template's tags and those of the request, and its volume has its own", async () => {
    await using lab = await testLab(network)
    const TagSpecifications = [
      { ResourceType: 'instance' as const, Tags: [{ Key: 'from', Value: 'request' }] },
      { ResourceType: 'volume' as const, Tags: [{ Key: 'disk', Value: 'root' }] },
    ]
    const instance = await launched(lab, { TagSpecifications })
    expect(instance?.Tags).toEqual([
      { Key: 'Name', Value: 'irc' },
      { Key: 'from', Value: 'request' },
    ])
    expect([...(lab.cloud.volumes().at(-1)?.tags ?? [])]).toEqual([['disk', 'root']])
  })

  test('can be of another type, and in another subnet without public addresses', async () => {
    await using lab = await testLab(network)
    const instance = await launched(lab, { InstanceType: 'r6i.large', SubnetId: there.subnetId })
    expect(instance).toMatchObject({ InstanceType: 'r6i.large', SubnetId: there.subnetId })
    const now = await running(lab, instance?.InstanceId)
    expect(now).toMatchObject({ Placement: { AvailabilityZone: 'eu-central-1b' }, PrivateIpAddress: '10.0.2.4' })
    expect(now?.PublicIpAddress).toBeUndefined()
  })

  test('that pins a subnet gets into another one only by a network interface', async () => {
    await using lab = await testLab(network)
    const refused = run(lab, { SubnetId: there.subnetId }, '2')
    expect(await refusal(refused)).toBe('InvalidParameterCombination 400')
    const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: there.subnetId }]
    expect(await launched(lab, { NetworkInterfaces }, '2')).toMatchObject({ SubnetId: there.subnetId })
  })

  test('goes into the zone that was asked for', async () => {
    await using lab = await testLab(network)
    const Placement = { AvailabilityZone: 'eu-central-1b' }
    expect(await launched(lab, { Placement })).toMatchObject({ SubnetId: there.subnetId })
    expect(await refusal(run(lab, { Placement, ClientToken: 'b' }, '2'))).toBe('InvalidParameterValue 400')
  })
})

describe('a ClientToken', () => {
  test('with the same parameters gives the same instance, as it is now', async () => {
    await using lab = await testLab(network)
    const first = await run(lab)
    await running(lab, first.Instances?.[0]?.InstanceId)
    const second = await run(lab)
    expect(second.ReservationId).toBe(first.ReservationId)
    expect(second.Instances).toMatchObject([
      { InstanceId: first.Instances?.[0]?.InstanceId, State: { Name: 'running' } },
    ])
    expect(lab.cloud.instances()).toHaveLength(2)
  })

  test('with other parameters is refused', async () => {
    await using lab = await testLab(network)
    await run(lab)
    expect(await refusal(run(lab, { InstanceType: 'r6i.large' }))).toBe('IdempotentParameterMismatch 400')
  })

  test('of a terminated instance is of no use', async () => {
    await using lab = await testLab(network)
    const InstanceIds = [(await launched(lab))?.InstanceId ?? '']
    await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    expect(
      await until(
        () => refusal(run(lab)),
        (code) => code !== 'none',
      ),
    ).toBe('IdempotentInstanceTerminated 400')
  })

  test('of a launch that failed is still free', async () => {
    await using lab = await testLab({ ...network, noCapacity: [{ instanceType: 'm5.large' }] })
    expect(await refusal(run(lab))).toBe('InsufficientInstanceCapacity 500')
    lab.cloud.change({ noCapacity: [] })
    expect(await refusal(run(lab))).toBe('none')
  })
})

describe('RunInstances refuses', () => {
  const unknown = 'lt-0cccccccccccccccc'
  test.each<[string, Partial<RunInstancesCommandInput>, string]>([
    ['an unknown template', { LaunchTemplate: { LaunchTemplateId: unknown } }, 'InvalidLaunchTemplateId.NotFound 400'],
    ['a malformed one', { LaunchTemplate: { LaunchTemplateId: 'lt-x' } }, 'InvalidLaunchTemplateId.Malformed 400'],
    [
      'an unknown name',
      { LaunchTemplate: { LaunchTemplateName: 'x' } },
      'InvalidLaunchTemplateName.NotFoundException 400',
    ],
    [
      'an unknown version',
      { LaunchTemplate: { LaunchTemplateName: 'recovery', Version: '9' } },
      'InvalidLaunchTemplateId.VersionNotFound 400',
    ],
    ['no image', { LaunchTemplate: undefined, InstanceType: 'm5.large' }, 'MissingParameter 400'],
    ['an unknown subnet', { SubnetId: 'subnet-0cccccccccccccccc' }, 'InvalidSubnetID.NotFound 400'],
    ['an unknown type', { InstanceType: 'x1.32xlarge' }, 'InvalidParameterValue 400'],
    ['a type that the zone does not have', { InstanceType: 'r7i.large' }, 'Unsupported 400'],
    ['two at once, which the lab does not cover', { MaxCount: 2 }, 'UnsupportedOperation 400'],
    ['a dry run that would do', { DryRun: true }, 'DryRunOperation 412'],
  ])('%s', async (_, more, expected) => {
    const notOffered = [{ instanceType: 'r7i.large', availabilityZone: 'eu-central-1a' }]
    await using lab = await testLab({ ...network, notOffered })
    expect(await refusal(run(lab, more))).toBe(expected)
    expect(lab.cloud.instances()).toHaveLength(1)
  })

  test('an account without a subnet', async () => {
    await using lab = await testLab({ launchTemplates: [recovery] })
    expect(await refusal(run(lab))).toBe('VPCIdNotSpecified 400')
  })

  test('an identity without the permission, also for its tags', async () => {
    await using lab = await testLab({ ...network, denied: ['ec2:RunInstances'] })
    expect(await refusal(run(lab, { DryRun: true }))).toBe('UnauthorizedOperation 403')
    lab.cloud.change({ denied: ['ec2:CreateTags'] })
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'a', Value: '1' }] }]
    expect(await refusal(run(lab, { DryRun: true, TagSpecifications }))).toBe('UnauthorizedOperation 403')
  })
})

test('a zone that is out of a type names others, and the type is to be had there', async () => {
  const noCapacity = [{ instanceType: 'm5.large', availabilityZone: 'eu-central-1a' }]
  await using lab = await testLab({ ...network, noCapacity })
  await expect(run(lab)).rejects.toThrow(/sufficient m5\.large capacity .*\(eu-central-1a\).* choosing eu-central-1b,/)
  expect(await refusal(run(lab, { SubnetId: there.subnetId }))).toBe('none')
  // A dry run looks at permissions and parameters only.
  expect(await refusal(run(lab, { DryRun: true, ClientToken: 'b' }))).toBe('DryRunOperation 412')
})

describe('what a launch is chosen from', () => {
  test('templates tell their versions, with what the instance would run', async () => {
    await using lab = await testLab(network)
    const { LaunchTemplates } = await lab.ec2.send(
      new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['recovery'] }),
    )
    expect(LaunchTemplates).toMatchObject([
      { LaunchTemplateId: recovery.launchTemplateId, DefaultVersionNumber: 1, LatestVersionNumber: 2 },
    ])
    const { LaunchTemplateVersions } = await lab.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId: recovery.launchTemplateId,
        Versions: ['$Latest', '$Default'],
      }),
    )
    expect(LaunchTemplateVersions).toMatchObject([
      {
        VersionNumber: 2,
        DefaultVersion: false,
        VersionDescription: 'pinned',
        LaunchTemplateData: {
          InstanceType: 'm5.large',
          NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: here.subnetId }],
          UserData: Buffer.from('#!/bin/sh\nzpool create tank\n').toString('base64'),
        },
      },
      {
        VersionNumber: 1,
        DefaultVersion: true,
        LaunchTemplateData: { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name' }, {}] }] },
      },
    ])
  })

  test('all versions of a template come newest first', async () => {
    await using lab = await testLab(network)
    const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'recovery' })
    const { LaunchTemplateVersions = [] } = await lab.ec2.send(command)
    expect(LaunchTemplateVersions.map((version) => version.VersionNumber)).toEqual([2, 1])
  })

  test('subnets tell their zone', async () => {
    await using lab = await testLab(network)
    const Filters = [{ Name: 'availability-zone', Values: ['eu-central-1b'] }]
    const { Subnets } = await lab.ec2.send(new DescribeSubnetsCommand({ Filters }))
    expect(Subnets).toMatchObject([
      { SubnetId: there.subnetId, AvailabilityZone: 'eu-central-1b', AvailableIpAddressCount: 251 },
    ])
    const SubnetIds = ['subnet-0cccccccccccccccc']
    expect(await refusal(lab.ec2.send(new DescribeSubnetsCommand({ SubnetIds })))).toBe('InvalidSubnetID.NotFound 400')
  })

  test('types are offered in some zones and not in others', async () => {
    const notOffered = [{ instanceType: 'm5.large', availabilityZone: 'eu-central-1b' }]
    await using lab = await testLab({ notOffered })
    const Filters = [{ Name: 'instance-type', Values: ['m5.large'] }]
    const { InstanceTypeOfferings = [] } = await lab.ec2.send(
      new DescribeInstanceTypeOfferingsCommand({ LocationType: 'availability-zone', Filters }),
    )
    expect(InstanceTypeOfferings.map((offering) => offering.Location?.slice(-1))).toEqual(['a', 'c', 'd', 'e', 'f'])
    const { InstanceTypeOfferings: inRegion } = await lab.ec2.send(
      new DescribeInstanceTypeOfferingsCommand({ Filters }),
    )
    expect(inRegion).toMatchObject([{ LocationType: 'region', Location: 'eu-central-1' }])
  })
})
