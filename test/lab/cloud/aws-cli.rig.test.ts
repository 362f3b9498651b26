import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nightly, root, testLab, until, web, world } from './helpers.ts'
import type { TestLab } from './helpers.ts'

// Debian's own, by its path: what PATH finds first may be another program of that name.
const program = '/usr/bin/aws'

const standby = 'i-0bbbbbbbbbbbbbbbb'
const subnet = {
  subnetId: 'subnet-0aaaaaaaaaaaaaaaa',
  vpcId: 'vpc-0aaaaaaaaaaaaaaaa',
  availabilityZone: 'eu-central-1a',
  cidrBlock: '10.0.1.0/24',
}
const template = {
  launchTemplateId: 'lt-0aaaaaaaaaaaaaaaa',
  name: 'recovery',
  versions: [
    {
      createdAt: '2026-01-02T03:04:05Z',
      imageId: 'ami-0aaaaaaaaaaaaaaaa',
      instanceType: 'm5.large',
      subnetId: subnet.subnetId,
      userData: '#!/bin/sh',
    },
  ],
}

describe("Debian's aws against the lab's cloud", () => {
  let lab: TestLab
  let home: string

  beforeAll(async () => {
    lab = await testLab({
      subnets: [subnet],
      launchTemplates: [template],
      instances: [{ ...web, instanceId: standby }, web],
    })
    home = await mkdtemp(join(tmpdir(), 'aws-cli-'))
  })

  afterAll(async () => {
    await lab[Symbol.asyncDispose]()
    await rm(home, { recursive: true })
  })

  async function aws(...args: readonly string[]): Promise<{ readonly out: unknown; readonly err: string }> {
    const { stdout, stderr } = await execa(program, ['--endpoint-url', lab.cloud.ec2, ...args], {
      reject: false,
      extendEnv: false,
      env: {
        HOME: home,
        PATH: '/usr/bin:/bin',
        AWS_ACCESS_KEY_ID: world.accessKeyId,
        AWS_SECRET_ACCESS_KEY: world.secretAccessKey,
        AWS_REGION: world.region,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
      },
    })
    return { out: stdout === '' ? null : (JSON.parse(stdout) as unknown), err: stderr.trim() }
  }

  test('sts get-caller-identity says who the key belongs to', async () => {
    const { out } = await aws('sts', 'get-caller-identity')
    expect(out).toEqual({
      UserId: 'AIDA123456789012LABX',
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/operator',
    })
  })

  test('ec2 describe-snapshots --owner-ids self lists the snapshot', async () => {
    const { out } = await aws('ec2', 'describe-snapshots', '--owner-ids', 'self')
    expect(out).toEqual({
      Snapshots: [
        {
          Description: 'nightly',
          Encrypted: false,
          OwnerId: '123456789012',
          Progress: '100%',
          SnapshotId: nightly.snapshotId,
          StartTime: '2026-11-20T23:45:12+00:00',
          State: 'completed',
          VolumeId: nightly.volumeId,
          VolumeSize: 1,
          Tags: [
            { Key: 'aws:dlm:lifecycle-policy-id', Value: 'policy-0123' },
            { Key: 'app', Value: 'shop' },
          ],
          StorageTier: 'standard',
        },
      ],
    })
  })

  test('ec2 create-volume with one --client-token twice makes one volume', async () => {
    const create = ['ec2', 'create-volume', '--client-token', 'night-1', '--availability-zone', 'eu-central-1a']
    const args = [...create, '--snapshot-id', nightly.snapshotId, '--volume-type', 'gp3']
    const tags = ['--tag-specifications', 'ResourceType=volume,Tags=[{Key=a:b,Value=1}]']
    const first = await aws(...args, ...tags)
    expect(first.out).toMatchObject({ State: 'creating', Size: 1, Tags: [{ Key: 'a:b', Value: '1' }] })
    const second = await aws(...args, ...tags)
    expect(second.out).toMatchObject({ VolumeId: lab.cloud.volumes().at(-1)?.volumeId })
    expect(lab.cloud.volumes()).toHaveLength(2)
    const third = await aws(...args, ...tags, '--size', '2')
    expect(third.err).toMatch(/\(IdempotentParameterMismatch\) when calling the CreateVolume operation/)
  })

  test('ec2 describe-volumes filters by a tag whose key has a colon', async () => {
    const { out } = await until(
      () => aws('ec2', 'describe-volumes', '--filters', 'Name=tag:a:b,Values=1,2', 'Name=status,Values=avail*'),
      ({ out: answer }) => JSON.stringify(answer) !== '{"Volumes":[]}',
    )
    expect(out).toMatchObject({ Volumes: [{ State: 'available', Attachments: [], VolumeType: 'gp3' }] })
  })

  test('ec2 attach-volume, wait, describe-instances, detach-volume and delete-volume see one volume through', async () => {
    const volumeId = lab.cloud.volumes().at(-1)?.volumeId ?? ''
    const device = ['--instance-id', web.instanceId, '--device', '/dev/sdf']
    const attached = await aws('ec2', 'attach-volume', '--volume-id', volumeId, ...device)
    expect(attached.out).toMatchObject({ State: 'attaching', Device: '/dev/sdf' })
    await aws('ec2', 'wait', 'volume-in-use', '--volume-ids', volumeId)
    const { out: instances } = await aws('ec2', 'describe-instances', '--instance-ids', web.instanceId)
    const mapping = [{ Ebs: { VolumeId: root.volumeId } }, { Ebs: { VolumeId: volumeId, Status: 'attached' } }]
    expect(instances).toMatchObject({ Reservations: [{ Instances: [{ BlockDeviceMappings: mapping }] }] })
    const detached = await aws('ec2', 'detach-volume', '--volume-id', volumeId)
    expect(detached.out).toMatchObject({ State: 'detaching' })
    await aws('ec2', 'wait', 'volume-available', '--volume-ids', volumeId)
    expect((await aws('ec2', 'delete-volume', '--volume-id', volumeId)).err).toBe('')
  })

  test('ec2 modify-snapshot-tier and restore-snapshot-tier send a snapshot to the archive and back', async () => {
    const snapshot = ['--snapshot-id', nightly.snapshotId]
    const inTier = (tier: string) =>
      until(
        () => aws('ec2', 'describe-snapshot-tier-status'),
        ({ out }) => JSON.stringify(out).includes(`"StorageTier":"${tier}"`),
      )
    await aws('ec2', 'modify-snapshot-tier', ...snapshot, '--storage-tier', 'archive')
    expect((await inTier('archive')).out).toMatchObject({
      SnapshotTierStatuses: [{ LastTieringOperationStatus: 'archival-completed' }],
    })
    const days = ['--temporary-restore-days', '3']
    const { out } = await aws('ec2', 'restore-snapshot-tier', ...snapshot, ...days)
    expect(out).toMatchObject({ RestoreDuration: 3, IsPermanentRestore: false })
    expect((await inTier('standard')).out).toMatchObject({
      SnapshotTierStatuses: [{ LastTieringOperationStatus: 'temporary-restore-completed' }],
    })
  })

  test('ec2 get-console-output decodes what the console shows', async () => {
    lab.host.consoleText = 'fingerprint SHA256:abc\n'
    const { out } = await aws('ec2', 'get-console-output', '--instance-id', web.instanceId)
    expect(out).toMatchObject({ InstanceId: web.instanceId, Output: lab.host.consoleText })
  })

  test('ec2 run-instances from a launch template, wait and terminate-instances see one instance through', async () => {
    const newest = ['--launch-template-name', 'recovery', '--versions', '$Latest']
    const { out: versions } = await aws('ec2', 'describe-launch-template-versions', ...newest)
    expect(versions).toMatchObject({ LaunchTemplateVersions: [{ LaunchTemplateData: { UserData: 'IyEvYmluL3No' } }] })
    const tags = ['--tag-specifications', 'ResourceType=instance,Tags=[{Key=Name,Value=irc}]']
    const launch = ['run-instances', '--launch-template', 'LaunchTemplateName=recovery', '--client-token', 'night-2']
    const { out } = await aws('ec2', ...launch, ...tags)
    expect(out).toMatchObject({ Instances: [{ State: { Name: 'pending' }, SubnetId: subnet.subnetId }] })
    const instance = ['--instance-ids', lab.cloud.instances().at(-1)?.instanceId ?? '']
    await aws('ec2', 'wait', 'instance-running', ...instance)
    const { out: statuses } = await aws('ec2', 'describe-instance-status', ...instance)
    expect(statuses).toMatchObject({ InstanceStatuses: [{ InstanceStatus: { Status: 'ok' } }] })
    await aws('ec2', 'terminate-instances', ...instance)
    await aws('ec2', 'wait', 'instance-terminated', ...instance)
    expect(lab.cloud.instances().at(-1)?.state).toBe('terminated')
  })

  test('ec2 stop-instances, reboot-instances and start-instances are understood', async () => {
    const instance = ['--instance-ids', standby]
    expect((await aws('ec2', 'reboot-instances', ...instance)).err).toBe('')
    expect((await aws('ec2', 'stop-instances', ...instance)).out).toMatchObject({
      StoppingInstances: [{ CurrentState: { Code: 64, Name: 'stopping' }, PreviousState: { Code: 16 } }],
    })
    await aws('ec2', 'wait', 'instance-stopped', ...instance)
    expect((await aws('ec2', 'start-instances', ...instance)).out).toMatchObject({
      StartingInstances: [{ CurrentState: { Name: 'pending' } }],
    })
  })

  test('ec2 describe-subnets and describe-instance-type-offerings tell the zones', async () => {
    const { out: subnets } = await aws('ec2', 'describe-subnets')
    expect(subnets).toMatchObject({ Subnets: [{ SubnetId: subnet.subnetId, AvailabilityZone: 'eu-central-1a' }] })
    const only = ['--location-type', 'availability-zone', '--filters', 'Name=instance-type,Values=m5.large']
    const { out: offerings } = await aws('ec2', 'describe-instance-type-offerings', ...only)
    expect(offerings).toMatchObject({ InstanceTypeOfferings: expect.any(Array) as unknown })
    expect(JSON.stringify(offerings)).toContain('"Location":"eu-central-1a"')
  })

  test('a dry run says so in words that the cli passes on', async () => {
    const { err } = await aws('ec2', 'delete-snapshot', '--snapshot-id', nightly.snapshotId, '--dry-run')
    expect(err).toContain('(DryRunOperation) when calling the DeleteSnapshot operation: Request would have succeeded')
  })
})
