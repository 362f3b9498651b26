import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nightly, root, testLab, until, web, world } from './helpers.ts'
import type { TestLab } from './helpers.ts'

// Debian's own, by its path: what PATH finds first may be another program of that name.
const program = '/usr/bin/aws'

describe("Debian's aws against the lab's cloud", () => {
  let lab: TestLab
  let home: string

  beforeAll(async () => {
    lab = await testLab()
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

  test('a dry run says so in words that the cli passes on', async () => {
    const { err } = await aws('ec2', 'delete-snapshot', '--snapshot-id', nightly.snapshotId, '--dry-run')
    expect(err).toContain('(DryRunOperation) when calling the DeleteSnapshot operation: Request would have succeeded')
  })
})
