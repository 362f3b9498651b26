import { request } from 'node:http'
import { CreateVolumeCommand, DescribeSnapshotsCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { clientConfig, nightly, refusal, root, testLab, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

/** Sends JSON to the endpoint as another process would, and gives the status and what is wrong. */
async function post(lab: TestLab, path: string, body: unknown): Promise<string> {
  const answer = await fetch(`${lab.cloud.admin}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return `${answer.status} ${await answer.text()}`.trim()
}

const describeVolumes = (lab: TestLab) => refusal(lab.ec2.send(new DescribeVolumesCommand({})))
const create = (lab: TestLab) =>
  refusal(lab.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 })))

describe('faults from another process', () => {
  test('happen as the rules say, and are forgotten by DELETE', async () => {
    await using lab = await testLab()
    const rule = { action: 'DescribeVolumes', times: 'always', fault: { kind: 'error', code: 'Unavailable' } }
    expect(await post(lab, 'faults', { rules: [rule] })).toBe('204')
    expect([await describeVolumes(lab), await describeVolumes(lab)]).toEqual(['Unavailable 503', 'Unavailable 503'])
    await fetch(`${lab.cloud.admin}/faults`, { method: 'DELETE' })
    expect(await describeVolumes(lab)).toBe('none')
  })

  test('of an unknown form are refused, and none of them happens', async () => {
    await using lab = await testLab()
    const good = { action: '*', fault: { kind: 'reset' } }
    const bad = { action: '*', fault: { kind: 'flood' } }
    expect(await post(lab, 'faults', { rules: [good, bad] })).toMatch(/^400 .*fault/)
    expect(await post(lab, 'faults', { rule: good })).toMatch(/^400 .*rule/)
    expect(await describeVolumes(lab)).toBe('none')
  })
})

describe('a change of the world from another process', () => {
  test('denies permissions, and allows them again', async () => {
    await using lab = await testLab()
    await post(lab, 'world', { denied: ['ec2:CreateVolume'] })
    expect(await create(lab)).toBe('UnauthorizedOperation 403')
    await post(lab, 'world', { denied: [] })
    expect(await create(lab)).toBe('none')
  })

  test('lets credentials expire, in the words of each service, and renews them', async () => {
    await using lab = await testLab()
    await post(lab, 'world', { credentialsExpireAt: '2020-01-01T00:00:00Z' })
    expect(await describeVolumes(lab)).toBe('RequestExpired 400')
    expect(await refusal(lab.sts.send(new GetCallerIdentityCommand({})))).toBe('ExpiredToken 403')
    await post(lab, 'world', { credentialsExpireAt: null })
    expect(await describeVolumes(lab)).toBe('none')
  })

  test('gives the identity other keys', async () => {
    await using lab = await testLab()
    const keys = { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }
    await post(lab, 'world', { keys })
    expect(await describeVolumes(lab)).toBe('AuthFailure 401')
    const renewed = new EC2Client({ ...clientConfig(lab.cloud.ec2), credentials: keys })
    expect(await refusal(renewed.send(new DescribeVolumesCommand({})))).toBe('none')
    renewed.destroy()
  })

  test('deletes a snapshot, stops an instance and takes a volume away', async () => {
    await using lab = await testLab()
    const change = {
      snapshots: { [nightly.snapshotId]: 'gone' },
      volumes: { [root.volumeId]: { detached: true } },
      instances: { [web.instanceId]: { state: 'stopped' } },
    }
    expect(await post(lab, 'world', change)).toBe('204')
    const gone = new DescribeSnapshotsCommand({ SnapshotIds: [nightly.snapshotId] })
    expect(await refusal(lab.ec2.send(gone))).toBe('InvalidSnapshot.NotFound 400')
    expect(lab.cloud.instances().map((instance) => instance.state)).toEqual(['stopped'])
    expect(lab.cloud.volumes()).toMatchObject([{ state: 'available', attachment: null }])
  })

  test('of something that is not there is refused as a whole', async () => {
    await using lab = await testLab()
    const change = { denied: ['ec2:*'], volumes: { 'vol-00000001': 'gone' } }
    expect(await post(lab, 'world', change)).toBe('400 {"error":"there is no vol-00000001"}')
    expect(await describeVolumes(lab)).toBe('none')
  })
})

test('the log tells another process what was asked, but not what it asked of the lab itself', async () => {
  await using lab = await testLab()
  await describeVolumes(lab)
  await post(lab, 'world', {})
  expect(await (await fetch(`${lab.cloud.admin}/log`)).json()).toMatchObject([
    { action: 'DescribeVolumes', status: 200, fault: null },
  ])
})

function status(lab: TestLab, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(`${lab.cloud.admin}/world`, { method: 'POST', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    call.on('error', reject)
    call.end('{"denied":["ec2:*"]}')
  })
}

describe('what a web page could send', () => {
  test.each([
    ['another Host than loopback', { host: 'example.com', 'content-type': 'application/json' }, 403],
    ['a Host that only begins like it', { host: '127.0.0.1.example.com', 'content-type': 'application/json' }, 403],
    ['a form', { 'content-type': 'text/plain' }, 415],
  ])('%s is refused', async (_, headers, expected) => {
    await using lab = await testLab()
    expect(await status(lab, headers)).toBe(expected)
    expect(await describeVolumes(lab)).toBe('none')
  })
})
