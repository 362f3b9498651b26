import { CreateVolumeCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { seeded } from '../../../src/lab/cloud/faults.ts'
import { clientConfig, refusal, testLab } from './helpers.ts'

const createOnce = () => new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1, ClientToken: 'once' })

const throttled = {
  kind: 'error',
  code: 'RequestLimitExceeded',
  message: 'Request limit exceeded.',
  status: 503,
} as const

test('an error is answered as often as the rule says, and only to its action', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'DescribeVolumes', times: 2, fault: throttled })
  const ask = () => refusal(lab.ec2.send(new DescribeVolumesCommand({})))
  expect(await refusal(lab.sts.send(new GetCallerIdentityCommand({})))).toBe('none')
  expect([await ask(), await ask(), await ask()]).toEqual([
    'RequestLimitExceeded 503',
    'RequestLimitExceeded 503',
    'none',
  ])
})

test("the SDK's own retries get over a limit on requests", async () => {
  await using lab = await testLab()
  const patient = new EC2Client({ ...clientConfig(lab.cloud.ec2), maxAttempts: 3 })
  lab.cloud.faults.inject({ action: '*', fault: throttled })
  expect(await refusal(patient.send(new DescribeVolumesCommand({})))).toBe('none')
  expect(lab.cloud.log.map((request) => request.status)).toEqual([503, 200])
  patient.destroy()
})

test('a rule can let the first requests pass', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'DescribeVolumes', after: 1, fault: throttled })
  const ask = () => refusal(lab.ec2.send(new DescribeVolumesCommand({})))
  expect([await ask(), await ask(), await ask()]).toEqual(['none', 'RequestLimitExceeded 503', 'none'])
})

test('a delayed request is answered late', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'DescribeVolumes', fault: { kind: 'delay', ms: 120 } })
  const start = performance.now()
  await lab.ec2.send(new DescribeVolumesCommand({}))
  expect(performance.now() - start).toBeGreaterThan(115)
})

test('a request whose answer is lost was done all the same', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'lost-answer' } })
  await expect(lab.ec2.send(createOnce())).rejects.toThrow(/socket hang up|ECONNRESET/)
  const [, made] = lab.cloud.volumes()
  expect((await lab.ec2.send(createOnce())).VolumeId).toBe(made?.volumeId)
})

test('a refusal may be lost as well', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'lost-answer' } })
  await expect(lab.ec2.send(new CreateVolumeCommand({ Size: 1 }))).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect(lab.cloud.log).toMatchObject([{ code: 'MissingParameter', fault: 'lost-answer' }])
})

test('close does not wait for a delayed request', async () => {
  const lab = await testLab()
  lab.cloud.faults.inject({ action: 'DescribeVolumes', fault: { kind: 'delay', ms: 60_000 } })
  const call = lab.ec2.send(new DescribeVolumesCommand({})).catch((error: unknown) => String(error))
  await new Promise((resolve) => setTimeout(resolve, 50))
  await lab[Symbol.asyncDispose]()
  expect(await call).toMatch(/socket hang up|ECONNRESET/)
})

describe('an error that is named by its code only', () => {
  test.each([
    ['RequestLimitExceeded', 'RequestLimitExceeded 503'],
    ['Unavailable', 'Unavailable 503'],
    ['InternalError', 'InternalError 500'],
    ['RequestExpired', 'RequestExpired 400'],
    ['AuthFailure', 'AuthFailure 401'],
    ['AttachmentLimitExceeded', 'AttachmentLimitExceeded 400'],
    ['InsufficientInstanceCapacity', 'InsufficientInstanceCapacity 500'],
  ])('%s has the status that EC2 gives it', async (code, expected) => {
    await using lab = await testLab()
    lab.cloud.faults.inject({ action: 'DescribeVolumes', fault: { kind: 'error', code } })
    expect(await refusal(lab.ec2.send(new DescribeVolumesCommand({})))).toBe(expected)
  })
})

test('a reset connection has done nothing', async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'reset' } })
  await expect(lab.ec2.send(createOnce())).rejects.toThrow('ECONNRESET')
  expect(lab.cloud.volumes()).toHaveLength(1)
  expect(lab.cloud.log).toMatchObject([{ action: 'CreateVolume', status: 0, fault: 'reset' }])
})

test.each([200, 403, 502] as const)(
  "a proxy's page with status %i is no answer, and nothing is done",
  async (status) => {
    await using lab = await testLab()
    lab.cloud.faults.inject({ action: 'CreateVolume', fault: { kind: 'html', status } })
    await expect(lab.ec2.send(createOnce())).rejects.toThrow(/XML parse error/)
    expect(lab.cloud.log).toMatchObject([{ status, code: null, fault: 'html' }])
    expect(lab.cloud.volumes()).toHaveLength(1)
  },
)

test("a proxy's page that is well-formed looks to the SDK like an answer without anything in it", async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'DescribeVolumes', fault: { kind: 'html', status: 200, wellFormed: true } })
  const { $metadata, ...answer } = await lab.ec2.send(new DescribeVolumesCommand({}))
  expect([answer, $metadata.requestId]).toEqual([{}, undefined])
})

test('a rule for some parameters hits only requests that have them', async () => {
  await using lab = await testLab()
  const where = { Size: '2' }
  lab.cloud.faults.inject({ action: 'CreateVolume', where, times: 'always', fault: throttled })
  const create = (Size: number) =>
    refusal(lab.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size })))
  expect([await create(1), await create(2), await create(2)]).toEqual([
    'none',
    'RequestLimitExceeded 503',
    'RequestLimitExceeded 503',
  ])
})

const first = (seed: number, rate: number) => {
  const next = seeded(seed, rate)
  return Array.from({ length: 400 }, () => next())
}

describe('a stream of faults by a seed', () => {
  test('is the same each time, and another for another seed', () => {
    expect(first(7, 0.5)).toEqual(first(7, 0.5))
    expect(first(7, 0.5)).not.toEqual(first(8, 0.5))
  })

  test('hits as many requests as its rate says, by each kind', () => {
    expect(first(7, 0).every((fault) => fault === null)).toBe(true)
    expect(first(7, 1).every((fault) => fault !== null)).toBe(true)
    const hits = first(7, 0.25).filter((fault) => fault !== null)
    expect(Math.abs(hits.length - 100)).toBeLessThan(30)
    const kinds = new Set(hits.map((fault) => (fault.kind === 'error' ? fault.code : fault.kind)))
    expect([...kinds].toSorted()).toEqual([
      'InternalError',
      'RequestLimitExceeded',
      'Unavailable',
      'lost-answer',
      'reset',
    ])
  })

  test('is got over by a client that retries, and each volume is made once', async () => {
    await using lab = await testLab()
    const patient = new EC2Client({ ...clientConfig(lab.cloud.ec2), maxAttempts: 10 })
    lab.cloud.faults.load({ seeded: { seed: 3, rate: 0.4 } })
    for (const ClientToken of ['a', 'b', 'c', 'd']) {
      await patient.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1, ClientToken }))
    }
    expect(lab.cloud.volumes()).toHaveLength(5)
    expect(lab.cloud.log.filter((request) => request.fault !== null).length).toBeGreaterThan(0)
    patient.destroy()
  })
})
