import { describe, expect, it, vi } from 'vitest'
import { delaysOf } from '../../src/lab/cloud/delays.ts'
import { attachVolumeAction } from '../../src/steps/attach-volume.ts'
import { createVolumeAction } from '../../src/steps/create-volume.ts'
import { hydrationFindings } from '../../src/steps/hydration.ts'
import { snapshotOriginalAction } from '../../src/steps/snapshot-original.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import { volumeChoice } from '../../src/steps/volume.ts'
import { root } from '../lab/cloud/helpers.ts'
import { awsRun, dataVolume, type AwsRun } from './aws-run.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 200, signal) }
})

const slowly = { delays: { ...delaysOf('none'), defaultInitializationMiBps: 1 } }

/** A run whose volume is attached; AWS tells this of its blocks, or the truth. */
async function attached(told?: object, ...surroundings: Parameters<typeof awsRun>): Promise<AwsRun> {
  const run = await awsRun(...surroundings)
  await run.choose(snapshotChoice, volumeChoice)
  await run.doing(createVolumeAction)
  if (told !== undefined) run.answering('DescribeVolumeStatus', [told])
  await run.doing(attachVolumeAction)
  return run
}

const volumeId = ({ cloud }: AwsRun): string | undefined =>
  cloud.volumes().find((volume) => volume.tags.has('lifeboat:made'))?.volumeId

const told = { state: 'initializing', progress: 34, estimatedSecondsLeft: null, ownPace: false }

/** What was said of S3, and that it stands in the journal. */
function said(run: AwsRun): string[] {
  const found = run.findings('info').filter((message) => message.includes('S3'))
  expect(run.session.journal.records.at(-1)).toMatchObject({
    type: 'verified',
    step: 'attach-volume',
    findings: found.map((message) => ({ level: 'info', message })),
  })
  return found
}

describe('of a volume whose blocks are still on their way', () => {
  it('is said how long they take, where a rate was asked for', async () => {
    await using run = await attached({ ...told, estimatedSecondsLeft: 721 })
    expect(said(run)).toEqual([
      `${volumeId(run)} is ready; its blocks still come from S3 as they are read: 34 %, about 12 m more`,
    ])
  })

  it.each([null, 0])('is said no time where AWS tells %j', async (estimatedSecondsLeft) => {
    await using run = await attached({ ...told, estimatedSecondsLeft })
    expect(said(run)).toEqual([`${volumeId(run)} is ready; its blocks still come from S3 as they are read: 34 %`])
  })

  it('is said that it may be slow, where no rate was asked for', async () => {
    await using run = await attached(undefined, {}, {}, slowly)
    expect(said(run)).toEqual([
      expect.stringMatching(
        /^vol-\w+ is ready; its blocks still come from S3 as they are read \(0 %\), at their own pace: first reads are slow until then$/,
      ),
    ])
  })

  it('the same is said as AWS says it of a rate', async () => {
    await using run = await attached(undefined, {}, { flags: { initRate: 100 } }, slowly)
    expect(said(run)).toEqual([expect.stringMatching(/as they are read: \d %, about (5|10) s more$/)])
  })
})

describe('nothing is said of it, and nothing fails', () => {
  it('where all blocks have come', async () => {
    await using run = await attached()
    expect(said(run)).toEqual([])
  })

  it('where AWS tells nothing of it', async () => {
    await using run = await attached({ ...told, state: 'none' })
    expect(said(run)).toEqual([])
  })

  it('where the identity may not ask', async () => {
    await using run = await attached(undefined, { denied: ['ec2:DescribeVolumeStatus'] }, {}, slowly)
    expect(said(run)).toEqual([])
    expect(run.cloud.log.map(({ action }) => action)).toContain('DescribeVolumeStatus')
  })

  it('where AWS does not know the question', async () => {
    await using run = await awsRun({}, {}, slowly)
    await run.choose(snapshotChoice, volumeChoice)
    await run.doing(createVolumeAction)
    run.cloud.faults.inject({ action: 'DescribeVolumeStatus', fault: { kind: 'error', code: 'InvalidAction' } })
    await run.doing(attachVolumeAction)
    expect(said(run)).toEqual([])
  })

  it('where the run made no volume: the original has its blocks', async () => {
    const data = { ...root, volumeId: dataVolume, sizeGiB: 1, attached: null }
    await using run = await awsRun({ volumes: [root, data] }, { flags: { snapshot: 'original' } })
    await run.choose(snapshotChoice, volumeChoice)
    await run.doing(snapshotOriginalAction, createVolumeAction, attachVolumeAction)
    expect(said(run)).toEqual([])
    expect(run.cloud.log.map(({ action }) => action)).not.toContain('DescribeVolumeStatus')
  })

  it('where the route makes none', async () => {
    await using run = await awsRun()
    expect(await hydrationFindings(run.run)).toEqual([])
  })
})
