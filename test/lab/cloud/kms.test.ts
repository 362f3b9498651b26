import { CreateVolumeCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import type { KmsRule } from '../../../src/lab/cloud/world.ts'
import { nightly, refusal, testLab, until, volumeState } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const encrypted = (kms: KmsRule) => ({ snapshots: [{ ...nightly, kms }] })
const slow = { delays: { ...delaysOf('none'), createMs: 500 } }

function create(lab: TestLab, ClientToken: string) {
  const from = { AvailabilityZone: 'eu-central-1a', SnapshotId: nightly.snapshotId }
  return lab.ec2.send(new CreateVolumeCommand({ ...from, ClientToken }))
}

test('a volume from an encrypted snapshot is encrypted', async () => {
  await using lab = await testLab(encrypted('allowed'))
  const { Snapshots } = await lab.ec2.send(new DescribeSnapshotsCommand({}))
  expect(Snapshots).toMatchObject([{ Encrypted: true, KmsKeyId: expect.stringMatching(/^arn:aws:kms:/) as unknown }])
  const { Encrypted, VolumeId } = await create(lab, 'a')
  expect(Encrypted).toBe(true)
  expect(
    await until(
      () => volumeState(lab, VolumeId),
      (now) => now === 'available',
    ),
  ).toBe('available')
})

test.each([
  ['denied', 'InvalidVolume.NotFound'],
  ['error', 'error'],
] as const)('with a key that is %s the volume is created and then %s', async (kms, end) => {
  await using lab = await testLab(encrypted(kms), slow)
  const { State, VolumeId } = await create(lab, 'a')
  expect([State, await volumeState(lab, VolumeId)]).toEqual(['creating', 'creating'])
  expect(
    await until(
      () => volumeState(lab, VolumeId),
      (now) => now !== 'creating',
    ),
  ).toBe(end)
})

test.each(['denied', 'error'] as const)(
  'after the cause of %s is gone the old ClientToken is of no use, and a new one is',
  async (kms) => {
    await using lab = await testLab(encrypted(kms))
    const { VolumeId } = await create(lab, 'a')
    await until(
      () => volumeState(lab, VolumeId),
      (now) => now !== 'creating',
    )
    lab.cloud.change({ snapshots: { [nightly.snapshotId]: { kms: 'allowed' } } })
    expect(await refusal(create(lab, 'a'))).toBe('IdempotentParameterMismatch 400')
    const second = await create(lab, 'b')
    expect(
      await until(
        () => volumeState(lab, second.VolumeId),
        (now) => now === 'available',
      ),
    ).toBe('available')
  },
)
