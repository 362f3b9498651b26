// @module-tag long
import { execa } from 'execa'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CloudWorld } from '../../src/lab/cloud/world.ts'
import { head } from './bad-days/bad-day.ts'
import { endState, sha } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { restoring, runProgram, type Event, type Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'
import { hostState } from './whole-state.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

const ending = (ran: Ran) => ({ exitCode: ran.exitCode, code: errorOf(ran)?.code })

/** Another machine: it has the config, and none of the runs. */
async function elsewhere(scene: Scene): Promise<(args: readonly string[]) => Promise<Ran>> {
  const stateDir = await mkdtemp(join(tmpdir(), 'lifeboat-elsewhere-'))
  scene.later(() => rm(stateDir, { recursive: true, force: true }))
  return (args) => runProgram([...args, '--config', scene.config, '--state-dir', stateDir])
}

/** Runs a command as an operator would paste it, with the lab's credentials. */
async function pasted(scene: Scene, command: string): Promise<void> {
  await execa('/bin/sh', ['-c', command], {
    env: {
      AWS_ENDPOINT_URL: scene.cloud.ec2,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: scene.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: scene.keys.secretAccessKey,
    },
  })
}

const inImport = (event: Event): boolean => event.type === 'step-finished' && event.step === 'inspect-pool'

describe('the laptop', () => {
  it('is gone in mid-run: another one tells what is left, and what takes it back by hand', async () => {
    await using scene = await rig.scene()
    const before = await hostState(scene)
    const killed = await scene.restore(head, { killAt: inImport })
    const runId = String(killed.events[0]?.['runId'])
    const other = await elsewhere(scene)

    expect(ending(await other(restoring(head)))).toEqual({ exitCode: 5, code: 'run-in-flight' })
    const resume = ['resume', '--host', 'irc-1', '--json']
    for (const args of [resume, ['resume', runId, ...resume.slice(1)]]) {
      const told = await other(args)
      expect(ending(told)).toEqual({ exitCode: 5, code: 'run-elsewhere' })
      expect(errorOf(told)?.exists.map(({ kind }) => kind)).toEqual(['volume', 'pool', 'gate', 'lock'])
    }

    const told = errorOf(await other(resume))
    for (const { command } of (told?.next ?? []).slice(1, -1)) await pasted(scene, command)
    expect(await scene.dataVolumes()).toEqual([])
    expect(await hostState(scene)).toEqual(before)
    expect(ending(await other(resume))).toEqual({ exitCode: 5, code: 'no-such-run' })
  })

  it('is gone with the host’s lock: the host is taken over by name, and by no other', async () => {
    await using scene = await rig.scene()
    const line = (text: string) => scene.ssh(text)
    await line(
      "mkdir -p /run/lifeboat/lock && printf 'run-1\\nbob@far\\n2026-11-20T00:00:00Z\\n' > /run/lifeboat/lock/who",
    )
    scene.later(() => line('rm -rf /run/lifeboat'))
    const dry = [...restoring(head), '--dry-run']
    expect(ending(await scene.lifeboat(dry))).toEqual({ exitCode: 5, code: 'host-locked' })
    expect(ending(await scene.lifeboat([...dry, '--take-over', 'run-2']))).toEqual({ exitCode: 5, code: 'host-locked' })
    const taken = await scene.restore([...head, '--take-over', 'run-1'], { killAt: inImport })
    expect(await line('head -n 1 /run/lifeboat/lock/who')).toBe(taken.events[0]?.['runId'])
    expect(ending(await scene.undo())).toMatchObject({ exitCode: 0 })
  })
})

const template = 'lt-0a1b2c3d4e5f60718'

/** The old instance is terminated, and its zone is full. */
const zoneDown = (world: CloudWorld): CloudWorld => {
  const [old] = world.instances
  const zone = old?.availabilityZone ?? ''
  const subnet = { vpcId: 'vpc-0a1b2c3d4e5f60718', cidrBlock: '10.0.1.0/24' }
  const created = { createdAt: '2026-01-02T03:04:05Z', imageId: 'ami-0a1b2c3d4e5f60718' }
  return {
    ...world,
    instances: old === undefined ? [] : [{ ...old, state: 'terminated' }],
    subnets: [
      { ...subnet, subnetId: 'subnet-0aaaaaaaaaaaaaaaa', availabilityZone: zone },
      {
        ...subnet,
        subnetId: 'subnet-0bbbbbbbbbbbbbbbb',
        availabilityZone: `${world.region}b`,
        cidrBlock: '10.0.2.0/24',
      },
    ],
    launchTemplates: [
      {
        launchTemplateId: template,
        name: 'irc',
        versions: [{ ...created, instanceType: 'm5.large', subnetId: 'subnet-0aaaaaaaaaaaaaaaa' }],
      },
    ],
    noCapacity: [{ availabilityZone: zone }],
  }
}

describe('the machine', () => {
  it('is gone with its zone: another is launched elsewhere, known by its console, and restored', async () => {
    await using scene = await rig.scene(zoneDown, { unlaunched: true })
    await scene.editHost({ stable_seconds: 1 })
    const ran = await scene.restore([...head, '--launch-template', template])
    expect(ending(ran)).toEqual({ exitCode: 0, code: undefined })
    expect(ran.events[0]?.['steps']).toEqual(expect.arrayContaining(['launch', 'review-launch', 'launch-instance']))
    const said = ran.events.filter((event) => event.type === 'finding').map((event) => String(event.message))
    expect(said.join('\n')).toMatch(/no m5\.large in us-east-1a/)
    expect(said.join('\n')).toMatch(/the console of i-\w+ shows this key/)
    const launched = scene.cloud.instances().find((each) => each.state === 'running')
    expect(launched?.availabilityZone).toBe('us-east-1b')
    expect(launched?.tags.has('lifeboat:made')).toBe(false)
    const { messages, service } = await endState(scene)
    expect({ service, messages: sha(messages) }).toEqual({
      service: 'active',
      messages: scene.world.snapshots.at(-1)?.head.messagesSha256,
    })
  })
})
