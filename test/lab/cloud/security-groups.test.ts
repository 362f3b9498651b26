import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupEgressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import type { IpPermission } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { CloudWorld } from '../../../src/lab/cloud/world.ts'
import { refusal, testLab, until, type TestLab } from './helpers.ts'

const vpc = 'vpc-0aaaaaaaaaaaaaaaa'
const profile = 'arn:aws:iam::123456789012:instance-profile/irc'
const template = 'lt-0aaaaaaaaaaaaaaaa'
const image = { ImageId: 'ami-0aaaaaaaaaaaaaaaa', InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 } as const

const network: Partial<CloudWorld> = {
  subnets: [
    {
      subnetId: 'subnet-0aaaaaaaaaaaaaaaa',
      vpcId: vpc,
      availabilityZone: 'eu-central-1a',
      cidrBlock: '10.0.1.0/24',
    },
  ],
  launchTemplates: [
    {
      launchTemplateId: template,
      name: 'irc',
      versions: [
        {
          createdAt: '2026-01-02T03:04:05Z',
          imageId: image.ImageId,
          instanceType: image.InstanceType,
          instanceProfile: profile,
          userData: 'echo hello',
        },
      ],
    },
  ],
}

const ssh: IpPermission = {
  IpProtocol: 'tcp',
  FromPort: 22,
  ToPort: 22,
  IpRanges: [{ CidrIp: '203.0.113.7/32' }],
}
const everything: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }

const made = async (lab: TestLab, GroupName = 'drill'): Promise<string> =>
  (
    await lab.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName,
        Description: 'a drill',
        VpcId: vpc,
        TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'lab:made', Value: 'run-1' }] }],
      }),
    )
  ).GroupId ?? ''

const shown = async (lab: TestLab, GroupId: string) =>
  (await lab.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }))).SecurityGroups?.[0]

describe('a security group', () => {
  test('lets nothing in and everything out when it is made, and is found by its tag', async () => {
    await using lab = await testLab(network)
    const GroupId = await made(lab)
    const { SecurityGroups } = await lab.ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'tag:lab:made', Values: ['run-1'] }] }),
    )
    expect(SecurityGroups).toMatchObject([
      { GroupId, GroupName: 'drill', VpcId: vpc, IpPermissions: [], IpPermissionsEgress: [everything] },
    ])
  })

  test('lets in what is authorized and out what is left', async () => {
    await using lab = await testLab(network)
    const GroupId = await made(lab)
    await lab.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }))
    await lab.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [everything] }))
    expect(await shown(lab, GroupId)).toMatchObject({ IpPermissions: [ssh], IpPermissionsEgress: [] })
  })

  test('can be tagged later', async () => {
    await using lab = await testLab(network)
    const GroupId = await made(lab)
    await lab.ec2.send(new CreateTagsCommand({ Resources: [GroupId], Tags: [{ Key: 'a', Value: 'b' }] }))
    expect((await shown(lab, GroupId))?.Tags).toContainEqual({ Key: 'a', Value: 'b' })
  })

  test('can not be deleted before its instance has ended', async () => {
    await using lab = await testLab(network)
    const GroupId = await made(lab)
    const { Instances } = await lab.ec2.send(new RunInstancesCommand({ ...image, SecurityGroupIds: [GroupId] }))
    const InstanceIds = [Instances?.[0]?.InstanceId ?? '']
    const gone = () => refusal(lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId })))
    expect(await gone()).toBe('DependencyViolation 400')
    await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    expect(await until(gone, (said) => said === 'none')).toBe('none')
    expect(await gone()).toBe('InvalidGroup.NotFound 400')
  })

  test.each<[string, (lab: TestLab, GroupId: string) => Promise<unknown>, string]>([
    ['a second one of its name', (lab) => made(lab), 'InvalidGroup.Duplicate 400'],
    [
      'one of an unknown VPC',
      (lab) =>
        lab.ec2.send(
          new CreateSecurityGroupCommand({ GroupName: 'a', Description: 'b', VpcId: 'vpc-0bbbbbbbbbbbbbbbb' }),
        ),
      'InvalidVpcID.NotFound 400',
    ],
    [
      'a rule that is not there, to be revoked',
      (lab, GroupId) => lab.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [ssh] })),
      'InvalidPermission.NotFound 400',
    ],
    [
      'the same rule twice',
      async (lab, GroupId) => {
        const letIn = () => lab.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }))
        await letIn()
        return letIn()
      },
      'InvalidPermission.Duplicate 400',
    ],
    [
      "a VPC's default group, to be deleted",
      (lab) => lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId: 'sg-0aaaaaaaaaaaaaaaa' })),
      'CannotDelete 400',
    ],
    [
      'no group that is there, to be launched into',
      (lab) => lab.ec2.send(new RunInstancesCommand({ ...image, SecurityGroupIds: ['sg-0bbbbbbbbbbbbbbbb'] })),
      'InvalidGroup.NotFound 400',
    ],
  ])('%s is refused', async (_what, ask, said) => {
    await using lab = await testLab(network)
    expect(await refusal(ask(lab, await made(lab)))).toBe(said)
  })
})

const profileOf = async (lab: TestLab, more: object) => {
  const { Instances } = await lab.ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ...more }))
  const InstanceIds = [Instances?.[0]?.InstanceId ?? '']
  const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({ InstanceIds }))
  const found = Reservations?.[0]?.Instances?.[0]
  return {
    profile: found?.IamInstanceProfile?.Arn,
    groups: found?.SecurityGroups?.map((each) => each.GroupName),
    userData: lab.cloud.instances().at(-1)?.launch?.userData,
  }
}

test('an instance of a template has its profile and user-data, one of the bare image has neither', async () => {
  await using lab = await testLab(network)
  expect(await profileOf(lab, { LaunchTemplate: { LaunchTemplateId: template } })).toEqual({
    profile,
    groups: ['default'],
    userData: btoa('echo hello'),
  })
  expect(await profileOf(lab, image)).toEqual({ profile: undefined, groups: ['default'], userData: null })
})
