import { describe, expect, it } from 'vitest'
import { checkPermissions } from '../../src/steps/permissions.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import { volumeChoice } from '../../src/steps/volume.ts'
import { nightly, root } from '../lab/cloud/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, dataVolume, type AwsRun } from './aws-run.ts'

async function ready(...given: Parameters<typeof awsRun>): Promise<AwsRun> {
  const run = await awsRun(...given)
  await run.choose(snapshotChoice, volumeChoice)
  return run
}

const tried = (run: AwsRun): string[] =>
  run.cloud.log.flatMap(({ action, parameters }) => (parameters.DryRun === 'true' ? [action] : []))

describe('before anything is changed', () => {
  it('every call of the steps is tried dry, CreateVolume just as it will be made', async () => {
    await using run = await ready()
    expect(await checkPermissions(run.run)).toEqual([{ level: 'info', message: expect.stringContaining('tried dry') }])
    expect(tried(run)).toEqual([
      'CreateVolume',
      'AttachVolume',
      'DetachVolume',
      'DeleteVolume',
      'CreateTags',
      'DeleteTags',
    ])
    const asked = run.cloud.log.find((each) => each.action === 'CreateVolume')?.parameters
    expect(asked).toMatchObject({ SnapshotId: nightly.snapshotId, 'TagSpecification.1.Tag.2.Key': 'lifeboat:made' })
  })

  it('nothing is made, attached or tagged by that', async () => {
    await using run = await ready()
    const before = JSON.stringify(run.cloud.volumes())
    await checkPermissions(run.run)
    expect(JSON.stringify(run.cloud.volumes())).toBe(before)
  })

  it('all permissions that are missing are named at once', async () => {
    await using run = await ready()
    run.cloud.change({ denied: ['ec2:CreateVolume', 'ec2:DetachVolume', 'ec2:DeleteTags'] })
    expect(await thrownBy(checkPermissions(run.run))).toMatchObject({
      code: 'permission-missing',
      message: expect.stringContaining('lacks ec2:CreateVolume, ec2:DetachVolume, ec2:DeleteTags.') as unknown,
      notChanged: ['nothing was changed'],
      next: [
        {
          command:
            'aws iam simulate-principal-policy --policy-source-arn arn:aws:iam::123456789012:user/operator --action-names ec2:CreateVolume ec2:DetachVolume ec2:DeleteTags',
        },
      ],
    })
  })

  it('a missing permission to tag is found in the creation itself', async () => {
    await using run = await ready()
    run.cloud.change({ denied: ['ec2:CreateTags'] })
    expect(await thrownBy(checkPermissions(run.run))).toMatchObject({
      message: expect.stringContaining('lacks ec2:CreateTags.') as unknown,
    })
  })

  it('a quota that is used up is found', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'error', code: 'VolumeLimitExceeded' } })
    expect(await thrownBy(checkPermissions(run.run))).toMatchObject({
      name: 'PreflightError',
      code: 'quota',
      notChanged: ['nothing was changed'],
    })
  })

  it('a snapshot that was deleted since it was chosen is found', async () => {
    await using run = await ready()
    run.cloud.change({ snapshots: { [nightly.snapshotId]: 'gone' } })
    expect(await thrownBy(checkPermissions(run.run))).toMatchObject({ name: 'PreflightError', code: 'snapshot-gone' })
  })

  it('AWS in trouble is not taken for a permission', async () => {
    await using run = await ready()
    run.cloud.faults.inject({
      action: 'DeleteVolume',
      fault: { kind: 'error', code: 'OptInRequired', message: 'x', status: 401 },
    })
    expect(await thrownBy(checkPermissions(run.run))).toMatchObject({ code: 'OptInRequired' })
  })
})

it('the config may say not to try, and then that is said', async () => {
  await using run = await ready(
    { denied: ['ec2:DeleteVolume'] },
    { host: { volume: dataVolume, permission_check: false } },
  )
  expect(await checkPermissions(run.run)).toEqual([
    { level: 'warn', message: expect.stringContaining('permission_check is false') as unknown },
  ])
  expect(tried(run)).toEqual([])
})

it('of an original volume nothing is created or deleted, so nothing of the kind is tried', async () => {
  const original = { ...root, volumeId: dataVolume, attached: null }
  await using run = await ready({ volumes: [root, original] }, { flags: { snapshot: 'original' } })
  await checkPermissions(run.run)
  expect(tried(run)).toEqual([
    'CreateTags',
    'CreateSnapshot',
    'AttachVolume',
    'DetachVolume',
    'CreateTags',
    'DeleteTags',
  ])
})
