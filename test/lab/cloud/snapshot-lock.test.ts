import {
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeLockedSnapshotsCommand,
  LockSnapshotCommand,
  UnlockSnapshotCommand,
} from '@aws-sdk/client-ec2'
import type { LockSnapshotCommandInput } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { nightly, refusal, testLab } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const SnapshotId = nightly.snapshotId

const lock = (lab: TestLab, how: Partial<LockSnapshotCommandInput> = {}) =>
  lab.ec2.send(new LockSnapshotCommand({ SnapshotId, LockMode: 'governance', LockDuration: 2, ...how }))
const locked = async (lab: TestLab) => (await lab.ec2.send(new DescribeLockedSnapshotsCommand({}))).Snapshots ?? []
const remove = (lab: TestLab) => refusal(lab.ec2.send(new DeleteSnapshotCommand({ SnapshotId })))

test('a locked snapshot can be used but not deleted, until it is unlocked', async () => {
  await using lab = await testLab()
  expect(await locked(lab)).toEqual([])
  expect(await lock(lab)).toMatchObject({ SnapshotId, LockState: 'governance', LockDuration: 2 })
  expect(await locked(lab)).toMatchObject([{ SnapshotId, OwnerId: nightly.ownerId, LockState: 'governance' }])
  const create = new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', SnapshotId })
  expect(await refusal(lab.ec2.send(create))).toBe('none')
  expect(await remove(lab)).toBe('OperationNotPermitted 400')
  await lab.ec2.send(new UnlockSnapshotCommand({ SnapshotId }))
  expect(await locked(lab)).toEqual([])
  expect(await remove(lab)).toBe('none')
})

test('a lock ends by itself', async () => {
  let now = new Date('2026-11-21T12:00:00Z')
  await using lab = await testLab({}, { clock: () => now })
  lab.ec2.config.systemClockOffset = now.getTime() - Date.now()
  await lock(lab)
  const [one] = await locked(lab)
  expect(one?.LockExpiresOn).toEqual(new Date('2026-11-23T12:00:00Z'))
  now = new Date('2026-11-23T12:00:00Z')
  lab.ec2.config.systemClockOffset = now.getTime() - Date.now()
  expect(await locked(lab)).toMatchObject([{ LockState: 'expired' }])
  expect(await remove(lab)).toBe('none')
})

test('a lock can be made longer by a date', async () => {
  await using lab = await testLab()
  await lock(lab)
  const ExpirationDate = new Date(Math.ceil(Date.now() / 1000) * 1000 + 10 * 86_400_000)
  const until = { LockDuration: undefined, ExpirationDate }
  expect(await lock(lab, until)).toMatchObject({ LockExpiresOn: ExpirationDate, LockState: 'governance' })
})

describe('LockSnapshot refuses', () => {
  test.each<[string, Partial<LockSnapshotCommandInput>, string]>([
    ['no time', { LockDuration: undefined }, 'MissingParameter 400'],
    ['0 days', { LockDuration: 0 }, 'InvalidParameterValue 400'],
    ['two times', { ExpirationDate: new Date('2100-01-01') }, 'InvalidParameterCombination 400'],
    ['a date in the past', { LockDuration: undefined, ExpirationDate: new Date(0) }, 'InvalidParameterValue 400'],
    ['a cool-off period', { CoolOffPeriod: 1 }, 'InvalidParameterCombination 400'],
    ['compliance mode, which the lab does not cover', { LockMode: 'compliance' }, 'UnsupportedOperation 400'],
  ])('%s', async (_, how, expected) => {
    await using lab = await testLab()
    expect(await refusal(lock(lab, how))).toBe(expected)
    expect(await locked(lab)).toEqual([])
  })

  test("another account's snapshot", async () => {
    await using lab = await testLab({ snapshots: [{ ...nightly, ownerId: '999999999999' }] })
    expect(await refusal(lock(lab))).toBe('AuthFailure 403')
  })
})

test('a snapshot without a lock can not be unlocked', async () => {
  await using lab = await testLab()
  expect(await refusal(lab.ec2.send(new UnlockSnapshotCommand({ SnapshotId })))).toBe('IncorrectState 400')
})
