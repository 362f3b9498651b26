import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2'
import { describe, expect, it, vi } from 'vitest'
import type { WorldVolume } from '../../src/lab/cloud/world.ts'
import { takenBack } from '../../src/run/finish.ts'
import { attachVolumeAction } from '../../src/steps/attach-volume.ts'
import { createVolumeAction } from '../../src/steps/create-volume.ts'
import { afterwards, handOverAction } from '../../src/steps/hand-over.ts'
import { snapshotOriginalAction, untouchedSnapshot } from '../../src/steps/snapshot-original.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import { volumeChoice } from '../../src/steps/volume.ts'
import { commandText } from '../../src/remote/remote.ts'
import { nightly, root, web } from '../lab/cloud/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, dataVolume, type AwsRun } from './aws-run.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 200, signal) }
})

const data: WorldVolume = { ...root, volumeId: dataVolume, sizeGiB: 1, tags: { app: 'shop' }, attached: null }

const over = (change: Partial<WorldVolume> = {}, host: object = { volume: dataVolume }): Promise<AwsRun> =>
  awsRun({ volumes: [root, { ...data, ...change }] }, { flags: { snapshot: 'original' }, host })

async function ready(): Promise<AwsRun> {
  const run = await over()
  await run.choose(snapshotChoice, volumeChoice)
  return run
}

const steps = [snapshotOriginalAction, createVolumeAction, attachVolumeAction]
const volumeOf = ({ cloud }: AwsRun) => cloud.volumes().find((volume) => volume.volumeId === dataVolume)
const taken = ({ cloud }: AwsRun) => cloud.snapshots().filter((each) => each.tags.has('lifeboat:made'))

describe('the original volume', () => {
  it('is secured by a lock and an EBS snapshot, and then attached itself', async () => {
    await using run = await ready()
    await run.doing(...steps)
    expect(run.changes()).toEqual(['CreateTags', 'CreateSnapshot', 'AttachVolume'])
    expect(taken(run)).toMatchObject([{ volumeId: dataVolume, state: 'completed' }])
    expect(volumeOf(run)).toMatchObject({
      state: 'in-use',
      attachment: { instanceId: web.instanceId, device: '/dev/sdf' },
    })
    expect(volumeOf(run)?.tags.get('lifeboat:lock')).toMatch(/^20261121-190000-0a1b by ann@laptop since 2026-11-21T/)
    expect(volumeOf(run)?.tags.has('lifeboat:made')).toBe(false)
  })

  it('is named in every command before anything is done', async () => {
    await using run = await ready()
    const shown = steps.flatMap((step) => step.commands(run.run, undefined).map(commandText))
    expect(shown).toHaveLength(3)
    expect(shown.every((line) => line.includes(dataVolume))).toBe(true)
  })

  it('is found by the snapshots where the config names none', async () => {
    await using run = await over({}, { volume: undefined, snapshot_tags: { app: 'shop' } })
    await run.choose(snapshotChoice)
    expect(run.run.answer(snapshotChoice)).toMatchObject({
      original: true,
      volumeId: dataVolume,
      tags: { app: 'shop' },
    })
  })

  it('is what is left untouched by its new snapshot', async () => {
    await using run = await ready()
    await run.doing(...steps)
    expect(untouchedSnapshot(run.run).snapshotId).toBe(taken(run)[0]?.snapshotId)
  })

  it('is never deleted: undo detaches it, takes the lock off and keeps the snapshot', async () => {
    await using run = await ready()
    await run.doing(...steps)
    await run.undoing()
    expect(run.changes().slice(3)).toEqual(['DetachVolume', 'DeleteTags'])
    expect(volumeOf(run)).toMatchObject({ state: 'available' })
    expect(Object.fromEntries(volumeOf(run)?.tags ?? [])).toEqual({ app: 'shop' })
    expect(run.findings('warn')).toEqual([expect.stringMatching(/^snap-\w+ is kept: .*aws ec2 delete-snapshot/)])
  })

  it('has its snapshot named at the end of an undo, also where nobody heard of it and AWS shows it late', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateSnapshot', fault: { kind: 'unseen', for: { calls: 3 } } })
    await run.killedAfter('CreateSnapshot', snapshotOriginalAction)
    await run.undoing()
    const [snapshot] = taken(run)
    expect(takenBack(run.session)).toMatchObject({
      exitCode: 0,
      leftovers: [{ kind: 'snapshot', id: snapshot?.snapshotId, state: 'kept' }],
      next: [{ command: `aws ec2 delete-snapshot --snapshot-id ${snapshot?.snapshotId}` }],
    })
  })

  it('is handed over by taking the lock off, and nothing says to delete it', async () => {
    await using run = await ready()
    await run.doing(...steps)
    const at = run.session.at()
    run.session.record({ type: 'answered', at, step: 'point', value: { at: 'head', way: 'none' }, by: 'flag' })
    const aws = handOverAction
      .commands(run.run, undefined)
      .flatMap((each) => (each.kind === 'aws' ? [commandText(each)] : []))
    expect(aws).toEqual([`aws ec2 delete-tags --resources ${dataVolume} --tags '[{"Key":"lifeboat:lock"}]'`])
    const next = afterwards(run.run).map((each) => each.command)
    expect(next.join('\n')).toContain(`aws ec2 delete-snapshot --snapshot-id ${taken(run)[0]?.snapshotId}`)
    expect(next.join('\n')).not.toMatch(/delete-volume|terraform import aws_ebs_volume/)
  })

  it('keeps a lock that another run has put on it meanwhile', async () => {
    await using run = await ready()
    await run.doing(...steps)
    const Tags = [{ Key: 'lifeboat:lock', Value: '20261122-1 by bob@desk since 2026' }]
    await run.lab.ec2.send(new CreateTagsCommand({ Resources: [dataVolume], Tags }))
    await run.undoing()
    expect(volumeOf(run)?.tags.get('lifeboat:lock')).toContain('bob@desk')
  })

  it('has one snapshot where the run was killed when it was asked for', async () => {
    await using run = await ready()
    await run.killedAfter('CreateSnapshot', snapshotOriginalAction)
    await run.resuming(...steps)
    expect(taken(run)).toHaveLength(1)
  })

  it('has a second snapshot named where a lost answer led to it', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'CreateSnapshot', fault: { kind: 'lost-answer' } })
    await run.doing(...steps)
    expect(taken(run)).toHaveLength(2)
    expect(run.findings('warn')).toEqual([expect.stringMatching(/was taken twice/)])
  })

  it('is not used where its lock was taken off meanwhile', async () => {
    await using run = await ready()
    await run.doing(snapshotOriginalAction)
    await run.lab.ec2.send(new DeleteTagsCommand({ Resources: [dataVolume], Tags: [{ Key: 'lifeboat:lock' }] }))
    expect(await thrownBy(run.resuming(...steps))).toMatchObject({
      code: 'not-verified',
      message: expect.stringContaining('lost its lock') as unknown,
    })
  })

  it('shows how far its snapshot is', async () => {
    const { delaysOf } = await import('../../src/lab/cloud/delays.ts')
    await using run = await awsRun(
      { volumes: [root, data] },
      { flags: { snapshot: 'original' } },
      { delays: { ...delaysOf('none'), snapshotMs: 300 } },
    )
    await run.choose(snapshotChoice, volumeChoice)
    await run.doing(snapshotOriginalAction)
    const shown = run.session.events.flatMap((each) =>
      each.type === 'progress' && each.unit === '%' ? [each.done] : [],
    )
    expect(shown.some((done) => done !== null && done > 0)).toBe(true)
  })
})

describe('the original volume is refused', () => {
  const other = 'i-0bbbbbbbbbbbbbbbb'

  it.each([
    [
      'in another zone',
      { availabilityZone: 'eu-central-1b' },
      'original-in-other-zone',
      /in eu-central-1b.*is in eu-central-1a/,
    ],
    [
      'in use',
      { attached: { instanceId: web.instanceId, device: '/dev/sdf' } },
      'original-in-use',
      new RegExp(web.instanceId),
    ],
    [
      'locked by another run',
      { tags: { 'lifeboat:lock': '20261120-1 by bob@desk since 2026' } },
      'original-locked',
      /bob@desk/,
    ],
    ['gone', { volumeId: 'vol-0123456789abcdef0' }, 'original-gone', new RegExp(dataVolume)],
  ])('%s', async (_, change, code, message) => {
    await using run = await over(change)
    expect(await thrownBy(run.choose(snapshotChoice))).toMatchObject({
      name: 'PreflightError',
      code,
      message: expect.stringMatching(message) as unknown,
      notChanged: ['nothing was changed'],
    })
  })

  it('in use by another instance, which is named', async () => {
    const there = { ...web, instanceId: other, rootVolumeId: 'vol-0bbbbbbbbbbbbbbbb' }
    await using run = await awsRun(
      { instances: [web, there], volumes: [root, { ...data, attached: { instanceId: other, device: '/dev/sdf' } }] },
      { flags: { snapshot: 'original' } },
    )
    expect(await thrownBy(run.choose(snapshotChoice))).toMatchObject({
      message: expect.stringContaining(other) as unknown,
    })
  })

  it('with a type for a new volume', async () => {
    await using run = await awsRun({ volumes: [root, data] }, { flags: { snapshot: 'original', volumeType: 'gp3' } })
    await run.choose(snapshotChoice)
    expect(await thrownBy(run.choose(volumeChoice))).toMatchObject({ code: 'usage' })
  })

  it('where it vanished between the question and the step', async () => {
    await using run = await ready()
    run.cloud.change({ volumes: { [dataVolume]: 'gone' } })
    expect(await thrownBy(run.doing(snapshotOriginalAction))).toMatchObject({ code: 'original-gone' })
    expect(run.changes()).toEqual([])
  })
})

describe('beside the snapshots', () => {
  it('an original volume that is free is offered, and not suggested', async () => {
    await using run = await awsRun({ volumes: [root, data] }, { flags: { yes: true } })
    await run.choose(snapshotChoice)
    const question = run.session.events.find((each) => each.type === 'question')
    expect(question).toMatchObject({
      options: [{ value: { snapshotId: nightly.snapshotId } }, { value: { original: true, volumeId: dataVolume } }],
      suggested: { snapshotId: nightly.snapshotId },
    })
  })

  it('one that is not free is told of', async () => {
    const attached = { instanceId: web.instanceId, device: '/dev/sdf' }
    await using run = await awsRun({ volumes: [root, { ...data, attached }] })
    await run.choose(snapshotChoice)
    expect(run.findings('info')).toContainEqual(expect.stringMatching(/still exists and is attached to i-0a/))
  })
})

it('where a new volume is made, securing an original does nothing', async () => {
  await using run = await awsRun()
  await run.choose(snapshotChoice, volumeChoice)
  await run.doing(snapshotOriginalAction)
  expect(run.changes()).toEqual([])
  await run.doing(createVolumeAction)
  await run.undoing()
  expect(run.changes()).toEqual(['CreateVolume', 'DeleteVolume'])
  expect(untouchedSnapshot(run.run).snapshotId).toBe(nightly.snapshotId)
})
