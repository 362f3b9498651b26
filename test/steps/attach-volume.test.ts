import { describe, expect, it, vi } from 'vitest'
import { describeVolumes } from '../../src/remote/aws/ec2.ts'
import { attachVolumeAction } from '../../src/steps/attach-volume.ts'
import { createVolumeAction } from '../../src/steps/create-volume.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import { volumeChoice } from '../../src/steps/volume.ts'
import { root, web } from '../lab/cloud/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, type AwsRun } from './aws-run.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 200, signal) }
})

const other = { ...web, instanceId: 'i-0bbbbbbbbbbbbbbbb', rootVolumeId: 'vol-0bbbbbbbbbbbbbbbb' }
const otherRoot = {
  ...root,
  volumeId: other.rootVolumeId,
  attached: { instanceId: other.instanceId, device: '/dev/xvda' },
}
const taking = (device: string) => ({
  ...root,
  volumeId: 'vol-0eeeeeeeeeeeeeeee',
  attached: { instanceId: web.instanceId, device },
})

/** A run whose volume is made, with another instance beside its own. */
async function ready(surroundings: Parameters<typeof awsRun>[1] = {}): Promise<AwsRun> {
  const run = await awsRun({ instances: [web, other], volumes: [root, otherRoot] }, surroundings)
  await run.choose(snapshotChoice, volumeChoice)
  await run.doing(createVolumeAction)
  return run
}

const volumeOf = ({ cloud }: AwsRun) => cloud.volumes().find((volume) => volume.tags.has('lifeboat:made'))
const placeOf = (run: AwsRun): string => {
  const attachment = volumeOf(run)?.attachment
  return `${attachment?.instanceId} ${attachment?.device} ${attachment?.state}`
}
const volumeId = (run: AwsRun): string => volumeOf(run)?.volumeId ?? ''

async function attachElsewhere(run: AwsRun): Promise<void> {
  const { AttachVolumeCommand } = await import('@aws-sdk/client-ec2')
  const input = { VolumeId: volumeId(run), InstanceId: other.instanceId, Device: '/dev/sdf' }
  await run.lab.ec2.send(new AttachVolumeCommand(input))
}

describe('attaching the volume', () => {
  it('uses the name that was shown', async () => {
    await using run = await ready({ host: { volume: 'vol-0dddddddddddddddd', device: '/dev/sdh' } })
    await run.doing(attachVolumeAction)
    expect(placeOf(run)).toBe(`${web.instanceId} /dev/sdh attached`)
  })

  it('takes the next free name where the shown one is taken meanwhile', async () => {
    await using run = await ready()
    const { AttachVolumeCommand, CreateVolumeCommand } = await import('@aws-sdk/client-ec2')
    const made = await run.lab.ec2.send(new CreateVolumeCommand({ AvailabilityZone: web.availabilityZone, Size: 1 }))
    await vi.waitFor(() =>
      run.lab.ec2.send(
        new AttachVolumeCommand({ VolumeId: made.VolumeId, InstanceId: web.instanceId, Device: '/dev/sdf' }),
      ),
    )
    await run.doing(attachVolumeAction)
    expect(placeOf(run)).toBe(`${web.instanceId} /dev/sdg attached`)
  })

  it('takes one that was written down where EC2 says only then that the name is in use', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'device-taken' } })
    await run.doing(attachVolumeAction)
    expect(placeOf(run)).toBe(`${web.instanceId} /dev/sdg attached`)
    expect(run.findings('warn')).toContain(`/dev/sdf is in use on ${web.instanceId}`)
    const intended = run.session.journal.records.findLast((record) => record.type === 'intended')
    expect(intended).toMatchObject({
      step: 'attach-volume',
      before: { device: '/dev/sdf', spares: ['/dev/sdg', '/dev/sdh'] },
    })
  })

  it('tries other names after all of these failed', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'AttachVolume', times: 3, fault: { kind: 'device-taken' } })
    expect(await thrownBy(run.doing(attachVolumeAction))).toMatchObject({ code: 'device-taken' })
    await run.resuming(attachVolumeAction)
    expect(placeOf(run)).toBe(`${web.instanceId} /dev/sdi attached`)
  })

  it('goes on where the answer was lost and asking again is refused', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'lost-answer' } })
    await run.doing(attachVolumeAction)
    expect(placeOf(run)).toBe(`${web.instanceId} /dev/sdf attached`)
  })

  it('is not confused by answers from a while ago', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'stale', for: { calls: 6 } } })
    await run.doing(attachVolumeAction)
    expect(placeOf(run)).toBe(`${web.instanceId} /dev/sdf attached`)
  })

  it('is not confused by one of them after it was seen attached', async () => {
    await using run = await ready()
    const [before] = await run.run.do(describeVolumes({ 'volume-id': [volumeId(run)] }))
    await run.doing(attachVolumeAction)
    run.answering('DescribeVolumes', [[before], [before]])
    await run.resuming(attachVolumeAction)
    expect(run.session.journal.records.at(-1)).toMatchObject({ type: 'verified', findings: [] })
  })

  it('refuses a volume that somebody attached elsewhere meanwhile', async () => {
    await using run = await ready()
    await attachElsewhere(run)
    expect(await thrownBy(run.doing(attachVolumeAction))).toMatchObject({
      code: 'not-ours',
      message: expect.stringContaining(other.instanceId) as unknown,
    })
    expect(await thrownBy(run.resuming(attachVolumeAction))).toMatchObject({ code: 'not-ours' })
  })

  it.each(['before', 'during'])('leads to the start of an instance that was stopped %s', async (when) => {
    await using run = await ready()
    const change = { instances: { [web.instanceId]: { state: 'stopping' as const } } }
    if (when === 'before') run.cloud.change({ instances: { [web.instanceId]: { state: 'stopped' } } })
    else run.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'change', change } })
    expect(await thrownBy(run.doing(attachVolumeAction))).toMatchObject({
      code: 'instance-not-running',
      next: when === 'before' ? [{ command: `aws ec2 start-instances --instance-ids ${web.instanceId}` }] : [],
    })
  })

  it('says that the instance takes no more volumes', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'error', code: 'AttachmentLimitExceeded' } })
    expect(await thrownBy(run.doing(attachVolumeAction))).toMatchObject({ code: 'attachment-limit' })
  })

  it('gives up on a volume that stays attaching, names what exists, and takes another name when it was detached', async () => {
    await using run = await ready()
    run.cloud.faults.inject({ action: 'AttachVolume', fault: { kind: 'stuck' } })
    const id = volumeId(run)
    expect(await thrownBy(run.doing(attachVolumeAction))).toMatchObject({
      code: 'attach-stuck',
      exists: [{ kind: 'attachment', state: 'attaching' }],
      next: [{ command: `aws ec2 detach-volume --volume-id ${id} --force` }],
    })
    const { DetachVolumeCommand } = await import('@aws-sdk/client-ec2')
    await run.lab.ec2.send(new DetachVolumeCommand({ VolumeId: id, Force: true }))
    await run.resuming(attachVolumeAction)
    expect(placeOf(run)).toBe(`${web.instanceId} /dev/sdi attached`)
  })
})

describe('undoing it', () => {
  it('detaches the volume', async () => {
    await using run = await ready()
    await run.doing(attachVolumeAction)
    await run.undoing()
    expect(run.changes()).toEqual(['CreateVolume', 'AttachVolume', 'DetachVolume', 'DeleteVolume'])
  })

  it('finds the attachment that a lost answer left', async () => {
    await using run = await ready()
    await run.killedAfter('AttachVolume', attachVolumeAction)
    await run.undoing()
    expect(run.changes()).toContain('DetachVolume')
  })

  it('does not force a disk that the host holds on to, and says that the pool may be imported', async () => {
    await using run = await ready({ host: { volume: 'vol-0dddddddddddddddd', pool: 'tank' } })
    await run.doing(attachVolumeAction)
    run.cloud.faults.inject({ action: 'DetachVolume', fault: { kind: 'stuck' } })
    expect(await thrownBy(run.undoing())).toMatchObject({
      code: 'detach-stuck',
      message: expect.stringContaining('may still be imported') as unknown,
      next: [
        { command: 'ssh web zpool export tank' },
        { command: expect.stringContaining('lifeboat undo') as unknown },
      ],
    })
    await run.undoing()
    expect(run.changes().at(-1)).toBe('DeleteVolume')
  })

  it('has nothing to detach from an instance that was terminated', async () => {
    await using run = await ready()
    await run.doing(attachVolumeAction)
    run.cloud.change({
      instances: { [web.instanceId]: { state: 'terminated' } },
      volumes: { [volumeId(run)]: { detached: true } },
    })
    await run.undoing()
    expect(run.changes()).not.toContain('DetachVolume')
  })

  it('is content where detaching is asked for twice because its answer was lost', async () => {
    await using run = await ready()
    await run.doing(attachVolumeAction)
    run.cloud.faults.inject({ action: 'DetachVolume', fault: { kind: 'lost-answer' } })
    await run.undoing()
    expect(run.changes().at(-1)).toBe('DeleteVolume')
  })
})

it('the volume question shows the name that will be used, and skips those in use', async () => {
  await using run = await awsRun({ volumes: [root, taking('/dev/sdf')] })
  await run.choose(snapshotChoice, volumeChoice)
  expect(run.run.answer(volumeChoice).device).toBe('/dev/sdg')
})
