import { CreateVolumeCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
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

test('close does not wait for a delayed request', async () => {
  const lab = await testLab()
  lab.cloud.faults.inject({ action: 'DescribeVolumes', fault: { kind: 'delay', ms: 60_000 } })
  const call = lab.ec2.send(new DescribeVolumesCommand({})).catch((error: unknown) => String(error))
  await new Promise((resolve) => setTimeout(resolve, 50))
  await lab[Symbol.asyncDispose]()
  expect(await call).toMatch(/socket hang up|ECONNRESET/)
})
