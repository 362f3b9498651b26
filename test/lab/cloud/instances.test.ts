import {
  AttachVolumeCommand,
  CreateTagsCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  GetConsoleOutputCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import { refusal, root, testLab, until, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const other = { ...web, instanceId: 'i-0bbbbbbbbbbbbbbbb', rootVolumeId: 'vol-0cccccccccccccccc' }
const data = { ...root, volumeId: 'vol-0bbbbbbbbbbbbbbbb', imagePath: '/images/data.img' }
const withData = [root, { ...data, attached: { instanceId: web.instanceId, device: '/dev/sdf' } }]
const slow = { delays: { ...delaysOf('none'), startMs: 500, stopMs: 500 } }

const InstanceIds = [web.instanceId]
const stop = (lab: TestLab) => lab.ec2.send(new StopInstancesCommand({ InstanceIds }))
const start = (lab: TestLab) => lab.ec2.send(new StartInstancesCommand({ InstanceIds }))
const end = (lab: TestLab) => lab.ec2.send(new TerminateInstancesCommand({ InstanceIds }))
const reboot = (lab: TestLab) => lab.ec2.send(new RebootInstancesCommand({ InstanceIds }))

async function shown(lab: TestLab) {
  const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({ InstanceIds }))
  return Reservations?.[0]?.Instances?.[0]
}

const reached = (lab: TestLab, state: string) =>
  until(
    () => shown(lab),
    (instance) => instance?.State?.Name === state,
  )

test('an instance stops and starts through the states between, keeps its disks and gets another public address', async () => {
  const instances = [{ ...web, publicIpAddress: '198.51.100.7', privateIpAddress: '10.0.0.7' }]
  await using lab = await testLab({ instances, volumes: withData }, slow)
  const change = { PreviousState: { Name: 'running' }, CurrentState: { Name: 'stopping', Code: 64 } }
  expect((await stop(lab)).StoppingInstances).toMatchObject([{ InstanceId: web.instanceId, ...change }])
  const stopped = await reached(lab, 'stopped')
  expect(stopped?.PublicIpAddress).toBeUndefined()
  expect(stopped?.BlockDeviceMappings).toHaveLength(2)
  expect((await start(lab)).StartingInstances).toMatchObject([{ CurrentState: { Name: 'pending' } }])
  expect(await shown(lab)).toMatchObject({ State: { Name: 'pending' } })
  const running = await reached(lab, 'running')
  expect(running).toMatchObject({ PublicIpAddress: '203.0.113.4', PrivateIpAddress: '10.0.0.7' })
  expect(lab.host.calls).toEqual(['stop', 'start'])
})

test('an instance that is stopped, or runs, is left so', async () => {
  await using lab = await testLab()
  expect((await start(lab)).StartingInstances).toMatchObject([{ CurrentState: { Name: 'running' } }])
  lab.cloud.change({ instances: { [web.instanceId]: { state: 'stopped' } } })
  expect((await stop(lab)).StoppingInstances).toMatchObject([{ CurrentState: { Name: 'stopped' } }])
  expect(lab.host.calls).toEqual([])
})

test('an instance whose host does not come up is stopped', async () => {
  await using lab = await testLab({ instances: [{ ...web, state: 'stopped' }] })
  lab.host.failing = 'start'
  await start(lab)
  expect((await reached(lab, 'stopped'))?.State?.Name).toBe('stopped')
  expect(lab.cloud.troubles).toMatchObject([{ resourceId: web.instanceId, what: 'no power' }])
})

test('an instance for which there is no capacity now can not be started again', async () => {
  await using lab = await testLab({ instances: [{ ...web, state: 'stopped' }], noCapacity: [{}] })
  expect(await refusal(start(lab))).toBe('InsufficientInstanceCapacity 500')
  lab.cloud.change({ noCapacity: [] })
  expect(await refusal(start(lab))).toBe('none')
})

test('a terminated instance frees its disks, except the one that ends with it, and stays listed', async () => {
  await using lab = await testLab({ volumes: withData, instances: [web, other] })
  expect((await end(lab)).TerminatingInstances).toMatchObject([{ CurrentState: { Name: 'shutting-down' } }])
  await reached(lab, 'terminated')
  const { Volumes } = await lab.ec2.send(new DescribeVolumesCommand({}))
  expect(Volumes).toMatchObject([{ VolumeId: data.volumeId, State: 'available', Attachments: [] }])
  expect(lab.host.calls).toEqual(['stop', `detach ${data.volumeId}`])
  const again = { VolumeId: data.volumeId, InstanceId: other.instanceId, Device: '/dev/sdf' }
  expect(await refusal(lab.ec2.send(new AttachVolumeCommand(again)))).toBe('none')
  expect(await refusal(end(lab))).toBe('none')
  expect(await refusal(start(lab))).toBe('IncorrectInstanceState 400')
})

test('a reboot reaches the host, and the instance runs on', async () => {
  await using lab = await testLab()
  await reboot(lab)
  await until(
    () => Promise.resolve(lab.host.calls),
    (calls) => calls.length > 0,
  )
  expect([lab.host.calls, (await shown(lab))?.State?.Name]).toEqual([['reboot'], 'running'])
})

describe('from the wrong state', () => {
  test.each([
    ['pending', stop],
    ['stopping', start],
    ['stopped', reboot],
    ['shutting-down', stop],
  ] as const)('%s an instance can not go on', async (state, act) => {
    await using lab = await testLab({ instances: [{ ...web, state }] })
    expect(await refusal(act(lab))).toBe('IncorrectInstanceState 400')
  })
})

test('an instance among several is found by its tags', async () => {
  await using lab = await testLab({ instances: [web, other] })
  await lab.ec2.send(new CreateTagsCommand({ Resources: [other.instanceId], Tags: [{ Key: 'role', Value: 'spare' }] }))
  const Filters = [{ Name: 'tag:role', Values: ['spare'] }]
  const { Reservations = [] } = await lab.ec2.send(new DescribeInstancesCommand({ Filters }))
  expect(Reservations.map((one) => one.Instances?.[0]?.InstanceId)).toEqual([other.instanceId])
})

describe('the status of instances', () => {
  test('is told of those that run, and of the others when asked for all', async () => {
    await using lab = await testLab({ instances: [web, { ...other, state: 'stopped' }] })
    const ask = async (IncludeAllInstances: boolean) =>
      (await lab.ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances }))).InstanceStatuses
    expect(await ask(false)).toMatchObject([
      { InstanceId: web.instanceId, InstanceState: { Name: 'running' }, InstanceStatus: { Status: 'ok' } },
    ])
    expect(await ask(true)).toMatchObject([{}, { InstanceStatus: { Status: 'not-applicable' } }])
  })

  test('tells of one that does not answer', async () => {
    await using lab = await testLab()
    lab.cloud.change({ instances: { [web.instanceId]: { impaired: true } } })
    const { InstanceStatuses } = await lab.ec2.send(new DescribeInstanceStatusCommand({}))
    expect(InstanceStatuses).toMatchObject([
      {
        SystemStatus: { Status: 'ok' },
        InstanceStatus: { Status: 'impaired', Details: [{ Name: 'reachability', Status: 'failed' }] },
      },
    ])
  })
})

const readConsole = async (lab: TestLab, InstanceId = web.instanceId) => {
  const { Output, Timestamp } = await lab.ec2.send(new GetConsoleOutputCommand({ InstanceId }))
  expect(Timestamp).toBeInstanceOf(Date)
  return Output === undefined ? undefined : Buffer.from(Output, 'base64').toString()
}

describe('the console', () => {
  test('is the one of the host', async () => {
    await using lab = await testLab()
    lab.host.consoleText = '-----BEGIN SSH HOST KEY FINGERPRINTS-----\n256 SHA256:abc\u001B[0m'
    expect(await readConsole(lab)).toBe(lab.host.consoleText)
  })

  test('is what the world says where there is no host, or nothing', async () => {
    const silent = { ...other, instanceId: 'i-0cccccccccccccccc' }
    await using lab = await testLab({ instances: [{ ...other, consoleOutput: 'login: ' }, silent] })
    expect([await readConsole(lab, other.instanceId), await readConsole(lab, silent.instanceId)]).toEqual([
      'login: ',
      undefined,
    ])
  })

  test('shows its last 64 KiB', async () => {
    await using lab = await testLab()
    lab.host.consoleText = `first${'x'.repeat(64 * 1024 - 4)}last`
    const text = (await readConsole(lab)) ?? ''
    expect([text.length, text.startsWith('first'), text.endsWith('last')]).toEqual([64 * 1024, false, true])
  })
})

test.each(['StopInstances', 'StartInstances', 'RebootInstances', 'TerminateInstances'])(
  'a dry run of %s does nothing, and tells who may not',
  async (action) => {
    const dry = { InstanceIds, DryRun: true }
    const commands = {
      StopInstances: (lab: TestLab) => lab.ec2.send(new StopInstancesCommand(dry)),
      StartInstances: (lab: TestLab) => lab.ec2.send(new StartInstancesCommand(dry)),
      RebootInstances: (lab: TestLab) => lab.ec2.send(new RebootInstancesCommand(dry)),
      TerminateInstances: (lab: TestLab) => lab.ec2.send(new TerminateInstancesCommand(dry)),
    }
    const ask = commands[action as keyof typeof commands]
    await using lab = await testLab()
    expect(await refusal(ask(lab))).toBe('DryRunOperation 412')
    expect([lab.host.calls, (await shown(lab))?.State?.Name]).toEqual([[], 'running'])
    lab.cloud.change({ denied: [`ec2:${action}`] })
    expect(await refusal(ask(lab))).toBe('UnauthorizedOperation 403')
  },
)
