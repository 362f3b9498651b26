import { describe, expect, it, vi } from 'vitest'
import { createVolumeAction } from '../../src/steps/create-volume.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import { volumeChoice } from '../../src/steps/volume.ts'
import { nightly } from '../lab/cloud/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, dataVolume, type AwsRun } from './aws-run.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 200, signal) }
})

const encrypted = { ...nightly, kms: 'allowed' } as const

async function ready(...given: Parameters<typeof awsRun>): Promise<AwsRun> {
  const run = await awsRun(...given)
  await run.choose(snapshotChoice, volumeChoice)
  return run
}

/** The volumes that were made, by state. */
const made = ({ cloud }: AwsRun): string[] =>
  cloud
    .volumes()
    .flatMap((volume) => (volume.tags.has('lifeboat:made') && volume.state !== 'deleting' ? [volume.state] : []))

const tokens = ({ cloud }: AwsRun): (string | undefined)[] =>
  cloud.log.filter((each) => each.action === 'CreateVolume').map((each) => each.parameters.ClientToken)

describe('making the volume', () => {
  it('waits until several answers in a row say that it is there', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'unseen', for: { calls: 5 } } })
    await run.doing(createVolumeAction)
    expect(made(run)).toEqual(['available'])
    const looks = run.cloud.log.slice(run.cloud.log.findLastIndex((each) => each.action === 'CreateVolume') + 1)
    // Five blind ones, three good ones, and the one that verifies.
    expect(looks.length).toBeGreaterThanOrEqual(9)
  })

  it('does not take one good answer for the end where an older one follows', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'stale', for: { calls: 4 } } })
    await run.doing(createVolumeAction)
    expect(made(run)).toEqual(['available'])
  })

  it('does not take the volume for gone where a few answers do not know it any more', async () => {
    await using run = await ready()
    run.answering('DescribeVolumes', [undefined, undefined, [], [], [], undefined, []])
    await run.doing(createVolumeAction)
    expect(made(run)).toEqual(['available'])
  })

  it('makes one volume where the answer was lost', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', times: 2, fault: { kind: 'lost-answer' } })
    await run.doing(createVolumeAction)
    expect(made(run)).toEqual(['available'])
    expect(new Set(tokens(run)).size).toBe(1)
  })

  it('stops at once where the volume ends in state error, and says so', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'volume-error' } })
    expect(await thrownBy(run.doing(createVolumeAction))).toMatchObject({
      code: 'volume-error',
      message: expect.stringContaining(`from ${nightly.snapshotId}: it is in state error`) as unknown,
    })
  })

  it('makes another with a new token after that, and removes the failed one', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'volume-error' } })
    await thrownBy(run.doing(createVolumeAction))
    await run.resuming(createVolumeAction)
    expect(new Set(tokens(run)).size).toBe(2)
    await vi.waitFor(() => expect(made(run)).toEqual(['available']))
  })

  it('explains a volume that vanishes by the key of the encrypted snapshot', async () => {
    await using run = await ready({ snapshots: [{ ...encrypted, kms: 'denied' }] })
    const error = await thrownBy(run.doing(createVolumeAction))
    expect(error).toMatchObject({
      code: 'volume-vanished',
      message: expect.stringMatching(/arn:aws:kms:.*kms:CreateGrant/) as unknown,
    })
  })

  it('waits for a volume that nobody has seen only for as long as AWS may answer from before', async () => {
    await using run = await ready({}, { host: { volume: dataVolume, settle_seconds: 1 } })
    run.answering(
      'DescribeVolumes',
      Array.from({ length: 10_000 }, () => []),
    )
    expect(await thrownBy(run.doing(createVolumeAction))).toMatchObject({ code: 'volume-vanished' })
  })

  it('makes another one when the key may be used', async () => {
    await using run = await ready({ snapshots: [{ ...encrypted, kms: 'denied' }] })
    await thrownBy(run.doing(createVolumeAction))
    run.cloud.change({ snapshots: { [nightly.snapshotId]: { kms: 'allowed' } } })
    await run.resuming(createVolumeAction)
    expect(made(run)).toEqual(['available'])
    expect(new Set(tokens(run)).size).toBe(2)
  })

  it('takes a new token also where it crashed before it saw that the volume had vanished', async () => {
    await using run = await ready({ snapshots: [{ ...encrypted, kms: 'denied' }] })
    await run.killedAfter('CreateVolume', createVolumeAction)
    await vi.waitFor(() => expect(made(run)).toEqual([]))
    run.cloud.change({ snapshots: { [nightly.snapshotId]: { kms: 'allowed' } } })
    expect(await thrownBy(run.resuming(createVolumeAction))).toMatchObject({ code: 'token-spent' })
    await run.resuming(createVolumeAction)
    expect(made(run)).toEqual(['available'])
  })

  it('uses the same token after a crash, and so gets the volume that nobody shows yet', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'unseen', for: { calls: 4 } } })
    await run.killedAfter('CreateVolume', createVolumeAction)
    await run.resuming(createVolumeAction)
    expect(made(run)).toEqual(['available'])
    expect(tokens(run)).toHaveLength(2)
    expect(new Set(tokens(run)).size).toBe(1)
  })

  it('asks with the first token again where the first attempt failed for want of an answer', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', times: 8, fault: { kind: 'reset' } })
    expect(await thrownBy(run.doing(createVolumeAction))).toMatchObject({ code: 'endpoint-unreachable' })
    await run.resuming(createVolumeAction)
    expect(made(run)).toEqual(['available'])
    expect(new Set(tokens(run)).size).toBe(1)
  })

  it('says when the snapshot was deleted meanwhile', async () => {
    await using run = await ready()
    run.cloud.change({ snapshots: { [nightly.snapshotId]: 'gone' } })
    expect(await thrownBy(run.doing(createVolumeAction))).toMatchObject({
      code: 'snapshot-gone',
      message: expect.stringContaining(nightly.snapshotId) as unknown,
    })
  })

  it('says which quota is used up', async () => {
    await using run = await ready()
    const fault = {
      kind: 'error',
      code: 'VolumeLimitExceeded',
      message: 'You have exceeded your volume limit.',
      status: 400,
    } as const
    run.cloud.faults.inject({ action: 'CreateVolume', fault })
    expect(await thrownBy(run.doing(createVolumeAction))).toMatchObject({
      code: 'quota',
      message: expect.stringContaining('exceeded your volume limit') as unknown,
      next: [{ command: expect.stringContaining('service-quotas') as unknown }],
    })
  })
})

describe('undoing it', () => {
  it('deletes the volume', async () => {
    await using run = await ready()
    await run.doing(createVolumeAction)
    await run.undoing()
    expect(made(run)).toEqual([])
  })

  it('waits for a volume that was asked for and that nobody shows yet', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'unseen', for: { calls: 20 } } })
    await run.killedAfter('CreateVolume', createVolumeAction)
    await run.undoing()
    expect(run.changes()).toContain('DeleteVolume')
    expect(made(run)).toEqual([])
  })

  it('deletes a volume in state error, too', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'volume-error' } })
    await thrownBy(run.doing(createVolumeAction))
    await run.undoing()
    expect(made(run)).toEqual([])
  })

  it('is content where the deletion is asked for twice because its answer was lost', async () => {
    await using run = await ready()
    await run.doing(createVolumeAction)
    run.cloud.faults.inject({ action: 'DeleteVolume', fault: { kind: 'lost-answer' } })
    await run.undoing()
    expect(made(run)).toEqual([])
  })

  it("deletes nothing that lost this run's tag", async () => {
    await using run = await ready()
    await run.doing(createVolumeAction)
    const [volume] = run.cloud.volumes().filter((each) => each.tags.has('lifeboat:made'))
    const { DeleteTagsCommand } = await import('@aws-sdk/client-ec2')
    await run.lab.ec2.send(
      new DeleteTagsCommand({ Resources: [volume?.volumeId ?? ''], Tags: [{ Key: 'lifeboat:made' }] }),
    )
    expect(await thrownBy(run.undoing())).toMatchObject({ code: 'not-ours' })
    expect(run.changes()).not.toContain('DeleteVolume')
  })
})
