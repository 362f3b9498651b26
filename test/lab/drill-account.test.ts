// Drills on the account, against the lab's AWS: production serves beside them, and a launch gets a simulated host.
import { readFile, writeFile } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { CreateTagsCommand, CreateVolumeCommand, EC2Client } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import type { Surroundings } from '../../src/commands/options.ts'
import { startLab, type Lab } from '../../src/lab/lab.ts'
import type { Scenario } from '../../src/lab/scenarios/scenario.ts'
import { zoneDown } from '../../src/lab/scenarios/zone-down.ts'
import { main } from '../../src/main.ts'
import { newRunId } from '../../src/run/id.ts'
import { lifeboat, type Said } from '../commands/surroundings.ts'
import { temporaryFolder } from './host/temporary-folder.ts'

const profile = 'arn:aws:iam::854026359331:instance-profile/irc'

/** The host serves as on any day; its launch template has all that a scratch instance must not have. */
const anyDay: Scenario = {
  ...zoneDown,
  begins: 'pool-in-use',
  cloud(begin, world) {
    const { launchTemplates = [], subnets = [] } = zoneDown.cloud?.(begin, world) ?? begin
    const versions = launchTemplates.flatMap((each) => each.versions)
    return {
      ...begin,
      subnets,
      launchTemplates: launchTemplates.map((each) => ({
        ...each,
        versions: versions.map((version) => ({
          ...version,
          keyName: 'ops',
          instanceProfile: profile,
          userData: '#!/bin/sh\naws ec2 attach-volume\n',
          instanceTags: { Name: 'irc-1', role: 'chat' },
        })),
      })),
    }
  },
}

interface Account extends AsyncDisposable {
  readonly lab: Lab
  readonly stateDir: string
  drill(...more: string[]): Promise<Said>
  run(...args: string[]): Promise<Said>
  /** What carries a run's tags now, by kind. */
  left(): { instances: string[]; volumes: string[]; groups: string[] }
}

const made = (each: { readonly tags: ReadonlyMap<string, string> }): boolean => each.tags.has('lifeboat:made')

async function account(spares = 1): Promise<Account> {
  const lab = await startLab({
    cacheDir: await temporaryFolder(),
    host: 'simulated',
    delays: 'none',
    scenario: anyDay,
    spares,
  })
  const stateDir = await temporaryFolder()
  const run = (...args: string[]): Promise<Said> =>
    lifeboat(args, { LIFEBOAT_CONFIG: lab.ready.config, LIFEBOAT_STATE_DIR: stateDir })
  const { cloud } = lab.stage
  return {
    lab,
    stateDir,
    run,
    drill: (...more) => run('drill', '--account', '--unattended', '--json', '--host', 'irc-1', ...more),
    left: () => ({
      instances: cloud
        .instances()
        .filter((each) => made(each) && each.state !== 'terminated')
        .map((each) => each.instanceId),
      volumes: cloud
        .volumes()
        // AWS shows for a while what it is about to forget.
        .filter((each) => made(each) && each.state !== 'deleting')
        .map((each) => each.volumeId),
      groups: cloud
        .securityGroups()
        .filter(made)
        .map((each) => each.groupId),
    }),
    [Symbol.asyncDispose]: () => lab.close(),
  }
}

const nothing = { instances: [], volumes: [], groups: [] }

const last = ({ objects }: Said) => objects.at(-1)

test('a drill on the account proves the newest snapshot elsewhere, and leaves nothing', async () => {
  await using there = await account()
  const { cloud, world } = there.lab.stage
  const drilled = await there.drill()
  expect(drilled.objects.filter((each) => each['type'] === 'step-failed')).toEqual([])
  expect(last(drilled)).toMatchObject({
    type: 'drill-finished',
    passed: true,
    exitCode: 0,
    outcome: 'restored',
    account: '854026359331',
    scenario: 'account irc-1',
    faults: [],
  })
  expect(drilled.exitCode).toBe(0)
  expect(there.left()).toEqual(nothing)
  const launched = cloud.instances().find((each) => each.instanceId !== world.instanceId)
  expect(launched).toMatchObject({ state: 'terminated', instanceProfile: null })
  expect(launched?.launch).toMatchObject({ userData: null, keyName: 'ops' })
  expect([...(launched?.tags.keys() ?? [])].toSorted()).toEqual([
    'Name',
    'lifeboat:host',
    'lifeboat:made',
    'lifeboat:step',
  ])
  // Nothing of it has touched the host.
  expect(await there.lab.stage.ssh('systemctl is-active chat.service')).toBe('active')
  expect(await there.lab.stage.ssh('ls /run/lifeboat 2>/dev/null; true')).toBe('')
}, 120_000)

test('a proof that fails is exit 4, and the drill is removed all the same', async () => {
  await using there = await account()
  const { config } = there.lab.ready
  // A port that nobody listens at.
  const text = await readFile(config, 'utf8')
  await writeFile(
    config,
    text.replace(':6680/', ':6681/').replace('stable_seconds', 'probe_seconds = 1\nstable_seconds'),
  )
  const drilled = await there.drill()
  expect(last(drilled)).toMatchObject({ passed: false, exitCode: 4, outcome: 'unproven' })
  expect(drilled.exitCode).toBe(4)
  const finished = drilled.objects.filter((each) => each['type'] === 'run-finished')
  expect(finished).toMatchObject([{ outcome: 'unproven', leftovers: [], next: [] }])
  expect(there.left()).toEqual(nothing)
  const history = await there.run('drill', '--history')
  expect(history.stdout).toMatch(/account irc-1 +not passed/)
}, 180_000)

test('without its permissions nothing is made, and all that are missing are named', async () => {
  await using there = await account(0)
  const denied = ['CreateSecurityGroup', 'RevokeSecurityGroupEgress', 'RunInstances', 'CreateVolume'].map(
    (each) => `ec2:${each}`,
  )
  there.lab.stage.cloud.change({ denied })
  const drilled = await there.drill()
  expect(drilled.exitCode).toBe(5)
  const failed = drilled.objects.find((each) => each['type'] === 'step-failed')
  expect(failed).toMatchObject({
    step: 'review-launch',
    error: {
      code: 'permission-missing',
      message: expect.stringContaining(`lacks ${denied.join(', ')}`) as unknown,
      notChanged: ['nothing was changed'],
    },
  })
  expect(there.left()).toEqual(nothing)
}, 120_000)

test('what is denied in the middle is named, and what was made before goes again', async () => {
  await using there = await account()
  const { config } = there.lab.ready
  await writeFile(config, (await readFile(config, 'utf8')).replace('[aws]', '[aws]\npermission_check = false'))
  there.lab.stage.cloud.change({ denied: ['ec2:AttachVolume'] })
  const drilled = await there.drill()
  expect(drilled.exitCode).toBe(3)
  expect(JSON.stringify(drilled.objects.findLast((each) => each['type'] === 'step-failed'))).toContain(
    'the identity lacks ec2:AttachVolume',
  )
  expect(there.left()).toEqual(nothing)
}, 180_000)

test('what can not be removed is named with what removes it, and the next drill removes it', async () => {
  await using there = await account(2)
  there.lab.stage.cloud.change({ denied: ['ec2:TerminateInstances'] })
  const drilled = await there.drill()
  expect(drilled.exitCode).toBe(3)
  const { instances, groups } = there.left()
  expect(drilled.objects.findLast((each) => each['type'] === 'run-finished')).toMatchObject({
    outcome: 'failed',
    leftovers: expect.arrayContaining([
      expect.objectContaining({ kind: 'instance', id: instances[0] }),
      expect.objectContaining({ kind: 'security-group', id: groups[0] }),
    ]) as unknown,
    next: expect.arrayContaining([
      expect.objectContaining({
        command: expect.stringMatching(/^lifeboat undo .* --confirm irc-1:drill$/) as unknown,
      }),
    ]) as unknown,
  })
  there.lab.stage.cloud.change({ denied: [] })
  const again = await there.drill()
  expect(again.stderr).toContain('did not end: removing what it made')
  expect({ exitCode: again.exitCode, left: there.left() }).toEqual({ exitCode: 0, left: nothing })
}, 240_000)

const clientOf = ({ ready: { ec2, region, accessKeyId, secretAccessKey } }: Lab): EC2Client =>
  new EC2Client({ endpoint: ec2, region, credentials: { accessKeyId, secretAccessKey } })

/** Makes what a drill that was killed would have left, as far as tags tell. @returns the volume's id */
async function leftBy(runId: string, { lab }: Account): Promise<string> {
  const client = clientOf(lab)
  const Tags = [
    { Key: 'lifeboat:made', Value: runId },
    { Key: 'lifeboat:host', Value: 'irc-1:drill' },
  ]
  const { VolumeId = '' } = await client.send(
    new CreateVolumeCommand({
      AvailabilityZone: lab.stage.world.availabilityZone,
      Size: 1,
      TagSpecifications: [{ ResourceType: 'volume', Tags }],
    }),
  )
  client.destroy()
  return VolumeId
}

test('what a drill on another machine left is removed by tag when it is old, and named while it is young', async () => {
  await using there = await account()
  const today = newRunId(new Date())
  const young = await leftBy(today, there)
  const refused = await there.drill()
  expect(refused.exitCode).toBe(5)
  expect(refused.objects.find((each) => each['type'] === 'step-failed')).toMatchObject({
    error: {
      code: 'drill-in-flight',
      message: expect.stringContaining(young) as unknown,
      next: expect.arrayContaining([
        expect.objectContaining({ command: `lifeboat drill --account --host irc-1 --take-over ${today}` }),
      ]) as unknown,
    },
  })
  expect(there.left().volumes).toEqual([young])
  await leftBy('20260101-000000-abcd', there)
  const drilled = await there.drill('--take-over', today)
  expect({ exitCode: drilled.exitCode, left: there.left() }).toEqual({ exitCode: 0, left: nothing })
}, 180_000)

/** Begins a drill, and leaves at once, as a killed one would, when this step is done. Nothing is removed then. */
async function leavingAfter(step: string, { lab, stateDir }: Account): Promise<number> {
  const stdout = new PassThrough()
  let leave: ((signal: 'SIGTERM') => void) | undefined
  stdout.on('data', (chunk: Buffer) => {
    if (!chunk.toString().includes(`"type":"step-finished","step":"${step}"`)) return
    leave?.('SIGTERM')
    leave?.('SIGTERM')
  })
  return main(['drill', '--account', '--unattended', '--json'], {
    env: { LIFEBOAT_CONFIG: lab.ready.config, LIFEBOAT_STATE_DIR: stateDir },
    stdin: new PassThrough() as unknown as Surroundings['stdin'],
    stdout: stdout as unknown as Surroundings['stdout'],
    stderr: new PassThrough().resume() as unknown as Surroundings['stderr'],
    onSignal(handler) {
      leave = handler
      return () => (leave = undefined)
    },
    lend: (work) => work(),
  })
}

test.each([
  ['resume', ['resume', '--yes', '--no-input', '--json'], 'restored'],
  ['undo', ['undo', '--confirm', 'irc-1:drill', '--no-input', '--json'], 'cancelled'],
])(
  'a drill that was left in the middle is brought to its end by %s, and leaves nothing',
  async (_how, args, outcome) => {
    await using there = await account()
    expect(await leavingAfter('attach-volume', there)).toBe(143)
    expect(there.left()).toMatchObject({ instances: [expect.any(String)], groups: [expect.any(String)] })
    const ended = await there.run(...args)
    expect(last(ended)).toMatchObject({ type: 'run-finished', outcome, exitCode: 0, leftovers: [] })
    expect(there.left()).toEqual(nothing)
    // A restore of the host itself was never kept waiting.
    expect(await there.lab.stage.ssh('systemctl is-active chat.service')).toBe('active')
  },
  180_000,
)

test('a host whose instance is itself the scratch instance of a drill is refused', async () => {
  await using there = await account(0)
  const client = clientOf(there.lab)
  const Tags = [{ Key: 'lifeboat:made', Value: '20260101-000000-abcd' }]
  await client.send(new CreateTagsCommand({ Resources: [there.lab.stage.world.instanceId], Tags }))
  client.destroy()
  const refused = await there.drill()
  expect(refused.exitCode).toBe(5)
  expect(refused.objects.find((each) => each['type'] === 'step-failed')).toMatchObject({
    error: { code: 'host-is-scratch' },
  })
  expect(there.lab.stage.cloud.instances()).toHaveLength(1)
}, 120_000)
