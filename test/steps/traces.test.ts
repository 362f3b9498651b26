import { describe, expect, it } from 'vitest'
import type { Remote } from '../../src/remote/remote.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import { snapshotOriginalAction } from '../../src/steps/snapshot-original.ts'
import { tracesOf } from '../../src/steps/traces.ts'
import { PreflightError } from '../../src/text/errors.ts'
import type { CloudWorld } from '../../src/lab/cloud/world.ts'
import { root, web } from '../lab/cloud/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import type { Surroundings } from '../run/fake-session.ts'
import { awsRun, dataVolume, type AwsRun } from './aws-run.ts'

const tags = { 'lifeboat:made': 'run-1', 'lifeboat:host': 'web' }

const launched = { ...web, instanceId: 'i-0bbbbbbbbbbbbbbbb', rootVolumeId: 'vol-0bbbbbbbbbbbbbbbb', tags }

const made = {
  ...root,
  volumeId: 'vol-0ccccccccccccccccc',
  tags,
  attached: { instanceId: launched.instanceId, device: '/dev/sdf' },
}

/** A world whose host has nothing to tell, or can't be reached. */
async function looking(
  change: Partial<CloudWorld>,
  reached: boolean,
  surroundings: Surroundings = {},
): Promise<AwsRun> {
  const run = await awsRun(change, surroundings)
  const aws = run.session.remote
  const remote: Remote = {
    ...aws,
    async run(command, options) {
      if (command.kind === 'aws') return aws.run(command, options)
      if (!reached) throw new PreflightError({ code: 'host-unreachable', message: 'web does not answer' })
      return command.parse({
        code: 0,
        stdout: command.line.startsWith('lsblk') ? '{"blockdevices":[]}' : '',
        stderr: '',
      })
    },
  }
  Object.assign(run.session, { remote })
  return run
}

const roots = [
  root,
  { ...root, volumeId: launched.rootVolumeId, attached: { instanceId: launched.instanceId, device: '/dev/xvda' } },
]

describe('what a run of another machine has left', () => {
  it('is told also where its host does not answer: the instance that it launched, and the volume on it', async () => {
    await using run = await looking({ instances: [web, launched], volumes: [...roots, made] }, false)
    const { exists, byHand, unseen } = await tracesOf(run.run, undefined)
    expect(exists.map(({ kind, id, state }) => `${kind} ${id} ${state}`)).toEqual([
      `instance ${launched.instanceId} running`,
      `volume ${made.volumeId} attached to ${launched.instanceId}`,
    ])
    expect(unseen).toBe('web does not answer')
    expect(byHand.map((each) => each.command)).toEqual([
      `aws ec2 terminate-instances --instance-ids ${launched.instanceId}`,
      `aws ec2 wait instance-terminated --instance-ids ${launched.instanceId}`,
      `aws ec2 delete-volume --volume-id ${made.volumeId}`,
    ])
  })

  it('can’t be told where nothing is in AWS and the host does not answer', async () => {
    await using run = await looking({}, false)
    expect(await thrownBy(tracesOf(run.run, undefined))).toMatchObject({ code: 'host-unreachable' })
  })

  it('is an original volume’s lock, which is taken off, and the EBS snapshot of it, which is kept', async () => {
    const original = { ...root, volumeId: dataVolume, attached: null }
    await using run = await looking({ volumes: [root, original] }, true, { flags: { snapshot: 'original' } })
    await run.choose(snapshotChoice)
    await run.doing(snapshotOriginalAction)
    const { exists, byHand } = await tracesOf(run.run, run.run.id)
    expect(exists.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'lock held; available',
      'snapshot completed; kept',
    ])
    expect(byHand.map((each) => each.command)).toEqual([
      `aws ec2 delete-tags --resources ${dataVolume} --tags '[{"Key":"lifeboat:lock"}]'`,
    ])
  })
})
