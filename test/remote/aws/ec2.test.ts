import { expect, it } from 'vitest'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import { asDryRun, createVolume, deleteVolume, initialization, type NewVolume } from '../../../src/remote/aws/ec2.ts'
import { snapshotTiering } from '../../../src/remote/aws/snapshots.ts'
import type { AwsCommand } from '../../../src/remote/command.ts'
import { commandText } from '../../../src/remote/remote.ts'
import { nightly, root, testLab } from '../../lab/cloud/helpers.ts'
import { awsAt } from './aws-at.ts'
import { thrownBy } from './thrown-by.ts'

const wanted: NewVolume = {
  snapshotId: nightly.snapshotId,
  zone: 'eu-central-1a',
  type: 'gp3',
  sizeGiB: 1,
  initRate: 100,
  clientToken: 'token',
  tags: { 'lifeboat:made': 'run' },
}

it('a dry run makes nothing, and is answered with what would come of it', async () => {
  await using lab = await testLab()
  const aws = await awsAt(lab.cloud.ec2)
  const command = asDryRun(createVolume(wanted))
  expect(await thrownBy(aws.send(command))).toMatchObject({ code: 'DryRunOperation' })
  expect(lab.cloud.volumes()).toHaveLength(1)
  expect(command.reads).toBe(true)
  expect(commandText(command)).toMatch(/^aws ec2 create-volume .*--dry-run$/)
})

it('a dry run of a deletion destroys nothing that would have to be confirmed', () => {
  expect(asDryRun(deleteVolume('vol-1')).destroys).toBeUndefined()
})

it('a dry run that is not allowed names what is missing', async () => {
  await using lab = await testLab({ denied: ['ec2:CreateTags'] })
  const error = await thrownBy((await awsAt(lab.cloud.ec2)).send(asDryRun(createVolume(wanted))))
  expect(error).toMatchObject({ missingPermission: 'ec2:CreateTags' })
})

it('tells how much of a new volume has arrived, and how long the rest takes', async () => {
  await using lab = await testLab({}, { delays: { ...delaysOf('none'), defaultInitializationMiBps: 1 } })
  const aws = await awsAt(lab.cloud.ec2)
  const rated = await aws.send(createVolume(wanted))
  const left = await aws.send(initialization(rated.volumeId))
  expect(left).toMatchObject({
    state: 'initializing',
    estimatedSecondsLeft: expect.any(Number) as unknown,
    ownPace: false,
  })
  expect(left.estimatedSecondsLeft).toBeLessThanOrEqual(11)
  const unrated = await aws.send(createVolume({ ...wanted, initRate: null, clientToken: 'other' }))
  expect(await aws.send(initialization(unrated.volumeId))).toMatchObject({
    state: 'initializing',
    estimatedSecondsLeft: null,
    ownPace: true,
  })
})

it.each([[{}], [{ VolumeStatuses: [] }], [{ VolumeStatuses: [{ InitializationStatusDetails: {} }] }]])(
  'takes %j, which tells nothing of it, for nothing that has to arrive',
  (output) => {
    expect(initialization('vol-1').parse(output)).toMatchObject({ state: 'none' })
  },
)

it('of a volume that came from no snapshot, nothing has to arrive', async () => {
  await using lab = await testLab()
  expect(await (await awsAt(lab.cloud.ec2)).send(initialization(root.volumeId))).toEqual({
    state: 'none',
    progress: 100,
    estimatedSecondsLeft: null,
    ownPace: false,
  })
})

const tiering = (output: object): unknown => (snapshotTiering('snap-1') as AwsCommand<unknown>).parse(output)

it('reads what was last done between the storage tiers', () => {
  const status = { LastTieringOperationStatus: 'temporary-restore-in-progress', LastTieringProgress: 40 }
  expect(tiering({ SnapshotTierStatuses: [status] })).toEqual({
    operation: 'temporary-restore-in-progress',
    progress: 40,
  })
  expect(tiering({ SnapshotTierStatuses: [{}] })).toBeUndefined()
  expect(tiering({ SnapshotTierStatuses: [] })).toBeUndefined()
})
