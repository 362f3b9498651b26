import { describe, expect, it, vi } from 'vitest'
import type { CloudWorld, WorldInstance, WorldLaunchTemplate, WorldSubnet } from '../../src/lab/cloud/world.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { launchChoice, suspiciousLines } from '../../src/steps/launch.ts'
import { launchInstanceAction } from '../../src/steps/launch-instance.ts'
import { reviewLaunchChoice } from '../../src/steps/review-launch.ts'
import type { Route } from '../../src/steps/step.ts'
import { PreflightError } from '../../src/text/errors.ts'
import { web } from '../lab/cloud/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, dataVolume, type AwsRun } from './aws-run.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 200, signal) }
})

const here: WorldSubnet = {
  subnetId: 'subnet-0aaaaaaaaaaaaaaaa',
  vpcId: 'vpc-0aaaaaaaaaaaaaaaa',
  availabilityZone: 'eu-central-1a',
  cidrBlock: '10.0.1.0/24',
}
const there: WorldSubnet = {
  ...here,
  subnetId: 'subnet-0bbbbbbbbbbbbbbbb',
  availabilityZone: 'eu-central-1b',
  cidrBlock: '10.0.2.0/24',
}
const template: WorldLaunchTemplate = {
  launchTemplateId: 'lt-0aaaaaaaaaaaaaaaa',
  name: 'recovery',
  versions: [
    {
      createdAt: '2026-01-02T03:04:05Z',
      imageId: 'ami-0aaaaaaaaaaaaaaaa',
      instanceType: 'm5.large',
      subnetId: here.subnetId,
      userData: '#!/bin/sh\n# zpool create is not for here\nzpool create tank /dev/xvdf\nsystemctl enable --now chat\n',
    },
  ],
}

const route: Route = { id: 'ebs', legs: [{ choices: [launchChoice], actions: [launchInstanceAction] }] }

/** A run that launches; its new host answers when `answers` says so. */
async function launching(
  change: Partial<CloudWorld> = {},
  launchTemplate = template.launchTemplateId,
  answers = () => {},
) {
  const world = { subnets: [here, there], launchTemplates: [template], ...change }
  const run = await awsRun(world, {
    route,
    host: { instance: web.instanceId, volume: dataVolume },
    flags: { launchTemplate },
  })
  const aws = run.session.remote
  const remote: Remote = {
    ...aws,
    async run(command, options) {
      if (command.kind === 'aws') return aws.run(command, options)
      answers()
      return command.parse({ code: 0, stdout: '', stderr: '' })
    },
  }
  Object.assign(run.session, { remote })
  return run
}

const instances = ({ session }: AwsRun) => session.state.actions.get('launch-instance')?.effect

const launchedNow = ({ cloud }: AwsRun): string[] =>
  cloud
    .instances()
    .filter((each) => each.tags.has('lifeboat:made'))
    .map((each) => each.state)

describe('a recovery instance', () => {
  it('is launched as its template says, and waited for until it answers', async () => {
    let tries = 0
    await using run = await launching({}, template.launchTemplateId, () => {
      if (++tries < 3) throw new PreflightError({ code: 'host-unreachable', message: 'not yet' })
    })
    await run.choose(launchChoice)
    await run.doing(launchInstanceAction)
    expect(instances(run)).toEqual({
      instanceId: expect.stringMatching(/^i-/) as unknown,
      address: expect.any(String) as unknown,
    })
    expect(run.changes()).toEqual(['RunInstances'])
    expect(tries).toBe(3)
  })

  it('has what its template runs at boot shown before, where it may get in the way', async () => {
    await using run = await launching()
    await run.choose(launchChoice)
    expect(run.findings('warn')).toEqual([
      expect.stringMatching(/still runs: stop it/),
      "the template's user-data will run: zpool create tank /dev/xvdf",
      "the template's user-data will run: systemctl enable --now chat",
    ])
    expect(suspiciousLines('#!/bin/sh\napt-get install -y zfsutils-linux\n')).toEqual([])
  })

  it('goes to the next zone where the first has no capacity, and it is said', async () => {
    await using run = await launching({ noCapacity: [{ availabilityZone: 'eu-central-1a' }] })
    await run.choose(launchChoice)
    await run.doing(launchInstanceAction)
    expect(run.findings('warn')).toContain('no m5.large in eu-central-1a (InsufficientInstanceCapacity)')
    expect(run.cloud.log.filter((each) => each.action === 'RunInstances').at(-1)?.parameters).toMatchObject({
      'NetworkInterface.1.SubnetId': there.subnetId,
    })
  })

  it('goes to a type like it where its own is nowhere left', async () => {
    await using run = await launching({ noCapacity: [{ instanceType: 'm5.large' }] })
    await run.choose(launchChoice)
    await run.doing(launchInstanceAction)
    expect(run.cloud.log.filter((each) => each.action === 'RunInstances').at(-1)?.parameters.InstanceType).not.toBe(
      'm5.large',
    )
  })

  it('that fits nowhere is an error that names every try, and nothing was launched', async () => {
    await using run = await launching({ noCapacity: [{}] })
    await run.choose(launchChoice)
    expect(await thrownBy(run.doing(launchInstanceAction))).toMatchObject({
      code: 'no-capacity',
      message: expect.stringMatching(/m5\.large in eu-central-1a.*eu-central-1b/) as unknown,
      notChanged: ['no instance was launched, and no volume made'],
    })
  })

  it('is tried dry when it is reviewed: what is not allowed is found before anything is changed', async () => {
    await using run = await launching({ denied: ['ec2:RunInstances'] })
    await run.choose(launchChoice)
    expect(await thrownBy(run.choose(reviewLaunchChoice([launchInstanceAction])))).toMatchObject({
      code: 'permission-missing',
      message: expect.stringContaining('lacks ec2:RunInstances.') as unknown,
    })
    run.cloud.change({ denied: [] })
    await run.choose(reviewLaunchChoice([launchInstanceAction]))
    expect(run.findings('info')).toContain('AWS would allow the launch (tried dry)')
    expect(launchedNow(run)).toEqual([])
  })

  it('is launched once, though the program was killed before it heard of it', async () => {
    await using run = await launching()
    await run.choose(launchChoice)
    const { remote } = run.session
    await run.killedAfter('RunInstances', launchInstanceAction)
    Object.assign(run.session, { remote })
    expect(instances(run)).toBeUndefined()
    await run.resuming(launchInstanceAction)
    expect(run.changes()).toEqual(['RunInstances'])
    expect(instances(run)).toMatchObject({ instanceId: expect.stringMatching(/^i-/) as unknown })
  })

  it('is not launched a second time at a place that was full, while AWS does not show the first one yet', async () => {
    const full = [{ availabilityZone: 'eu-central-1a' }]
    await using run = await launching({ noCapacity: full })
    await run.choose(launchChoice)
    const { remote } = run.session
    run.cloud.faults.inject({
      action: 'RunInstances',
      where: { 'NetworkInterface.1.SubnetId': there.subnetId },
      fault: { kind: 'unseen', for: { calls: 4 } },
    })
    await run.killedAfter('RunInstances', launchInstanceAction)
    Object.assign(run.session, { remote })
    run.cloud.change({ noCapacity: [] })
    await run.resuming(launchInstanceAction)
    expect(launchedNow(run)).toEqual(['running'])
  })

  it('that ended before it ran is an error that says why it may be, and resume launches another', async () => {
    await using run = await launching()
    await run.choose(launchChoice)
    const { remote } = run.session
    const ending: Remote = {
      ...remote,
      async run(command, options) {
        const result = await remote.run(command, options)
        if (command.kind === 'aws' && command.action === 'RunInstances')
          run.cloud.change({ instances: { [String(result)]: { state: 'terminated' } } })
        return result
      },
    }
    Object.assign(run.session, { remote: ending })
    expect(await thrownBy(run.doing(launchInstanceAction))).toMatchObject({
      code: 'instance-ended',
      message: expect.stringMatching(/^i-\w+ has ended before it ran .*resume launches another$/) as unknown,
    })
    Object.assign(run.session, { remote })
    await run.resuming(launchInstanceAction)
    expect(launchedNow(run)).toEqual(['terminated', 'running'])
  })

  it('is ended by an undo, though AWS does not show it yet and nobody heard of its launch', async () => {
    await using run = await launching()
    await run.choose(launchChoice)
    const { remote } = run.session
    run.cloud.faults.inject({ action: 'RunInstances', fault: { kind: 'unseen', for: { calls: 4 } } })
    await run.killedAfter('RunInstances', launchInstanceAction)
    Object.assign(run.session, { remote })
    await run.undoing()
    expect(run.changes()).toEqual(['RunInstances', 'TerminateInstances'])
  })

  it('is ended by an undo, though one answer of AWS does not know it', async () => {
    await using run = await launching()
    await run.choose(launchChoice)
    await run.doing(launchInstanceAction)
    run.cloud.faults.inject({
      action: 'DescribeInstances',
      times: 2,
      fault: { kind: 'error', code: 'InvalidInstanceID.NotFound' },
    })
    await run.undoing()
    expect(run.changes()).toEqual(['RunInstances', 'TerminateInstances'])
  })

  const others: WorldInstance = {
    ...web,
    instanceId: 'i-0bbbbbbbbbbbbbbbb',
    rootVolumeId: 'vol-0bbbbbbbbbbbbbbbb',
    tags: { 'lifeboat:made': 'run-1; reboot', 'lifeboat:host': 'web' },
  }

  it('is not launched beside one that another run has launched for the same host', async () => {
    await using run = await launching({ instances: [web, others] })
    expect(await thrownBy(run.choose(launchChoice))).toMatchObject({
      code: 'run-in-flight',
      message: 'run run-1; reboot has launched i-0bbbbbbbbbbbbbbbb for web and is not finished',
      next: expect.arrayContaining([
        expect.objectContaining({ command: "lifeboat undo 'run-1; reboot' --confirm web" }),
      ]) as unknown,
    })
    expect(run.changes()).toEqual([])
  })

  it('is launched where another run’s has ended', async () => {
    await using run = await launching({ instances: [web, { ...others, state: 'terminated' }] })
    await run.choose(launchChoice)
    expect(run.session.state.answers.has('launch')).toBe(true)
  })

  it('is ended by an undo', async () => {
    await using run = await launching()
    await run.choose(launchChoice)
    await run.doing(launchInstanceAction)
    await run.undoing()
    expect(run.changes()).toEqual(['RunInstances', 'TerminateInstances'])
  })

  it.each([
    ['lt-0ffffffffffffffff', 'no-launch-template'],
    ['lt-0aaaaaaaaaaaaaaaa:7', 'no-launch-template'],
    ['recovery', 'usage'],
    ['lt-0aaaaaaaaaaaaaaaa:$Late st', 'usage'],
  ])('from %s is refused: %s', async (launchTemplate, code) => {
    await using run = await launching({}, launchTemplate)
    expect(await thrownBy(run.choose(launchChoice))).toMatchObject({ code })
  })
})
