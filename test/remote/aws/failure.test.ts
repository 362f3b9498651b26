import { createServer } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectAws } from '../../../src/remote/aws/client.ts'
import { callerIdentity, describeVolumes } from '../../../src/remote/aws/ec2.ts'
import { translate } from '../../../src/remote/aws/failure.ts'
import { AwsError, PreflightError } from '../../../src/text/errors.ts'
import { testLab, world } from '../../lab/cloud/helpers.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { listening } from '../host/listening.ts'
import { awsAt } from './aws-at.ts'
import { thrownBy } from './thrown-by.ts'

/** What the SDK throws for an answer of AWS with this code. */
const answer = (name: string, message: string, httpStatusCode = 400, attempts = 1): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode, attempts } })

/** An endpoint that always answers so. */
async function answering(status: number, contentType: string, body: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': contentType })
    response.end(body)
  })
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${await listening(server)}`
}

const portal = '<html><head><title>Log in</title></head><body><p>Welcome to the guest network</p></body></html>'

describe('an answer that is not from AWS', () => {
  it.each([
    ['a portal page that is well-formed', 200, 'text/html', portal],
    ['a page that is not well-formed', 200, 'text/html', '<html><p>Hello<br></html>'],
    ['a refusal of a proxy', 403, 'text/plain', 'Forbidden'],
    ['a proxy that wants a login', 407, 'text/html', '<html></html>'],
    ['a redirection', 302, 'text/html', ''],
    ['JSON', 200, 'application/json', '{"volumes":[]}'],
    ['XML that breaks off', 200, 'text/xml', '<DescribeVolumesResponse><volumeSet><item>'],
  ])('is said to be just that, and names who was asked: %s', async (_, status, type, body) => {
    const error = await thrownBy((await awsAt(await answering(status, type, body))).send(describeVolumes({})))
    expect(error).toBeInstanceOf(PreflightError)
    expect(error).toMatchObject({
      code: 'not-aws',
      message: expect.stringMatching(new RegExp(`\\(127\\.0\\.0\\.1\\) answered with .* HTTP ${status}`)) as unknown,
    })
  })

  it('is recognized for STS, too', async () => {
    const aws = await awsAt(await answering(200, 'text/html', portal))
    expect(await thrownBy(aws.send(callerIdentity()))).toMatchObject({ code: 'not-aws' })
  })

  it('is asked again where a gateway is only down for a moment', async () => {
    let asked = 0
    const server = createServer((_, response) => {
      asked += 1
      response.writeHead(asked < 3 ? 502 : 200, { 'content-type': asked < 3 ? 'text/html' : 'text/xml' })
      response.end(asked < 3 ? portal : '<DescribeVolumesResponse/>')
    })
    onTestFinished(() => void server.close())
    const aws = await awsAt(`http://127.0.0.1:${await listening(server)}`)
    expect(await aws.send(describeVolumes({}))).toEqual([])
    expect(asked).toBe(3)
  })
})

describe('credentials', () => {
  it.each(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired'])('that are over (%s) can be renewed', (name) => {
    const error = translate({ action: 'CreateVolume', profile: 'ops' }, answer(name, 'The token has expired'))
    expect(error).toBeInstanceOf(PreflightError)
    expect(error).toMatchObject({
      code: 'credentials-expired',
      message: expect.stringContaining('a run that was begun can be resumed') as unknown,
      next: [{ command: 'aws sts get-caller-identity --profile ops' }],
    })
  })

  it('of an SSO login that is over lead to the login', async () => {
    const configFile = join(await temporaryFolder(), 'config')
    await writeFile(
      configFile,
      '[profile ops]\nsso_start_url=https://example.awsapps.com/start\nsso_region=eu-central-1\nsso_account_id=123456789012\nsso_role_name=ops\n',
    )
    vi.stubEnv('AWS_CONFIG_FILE', configFile)
    onTestFinished(() => void vi.unstubAllEnvs())
    const aws = connectAws({ region: world.region, profile: 'ops', ec2Endpoint: 'http://127.0.0.1:9' })
    expect(await thrownBy(aws.send(describeVolumes({})))).toMatchObject({
      code: 'credentials-expired',
      next: [{ command: 'aws sso login --profile ops' }],
    })
  })

  it('of a profile that the credentials file lacks are no credentials', async () => {
    const credentialsFile = join(await temporaryFolder(), 'credentials')
    await writeFile(credentialsFile, '[default]\naws_access_key_id=a\naws_secret_access_key=b\n')
    const aws = connectAws({
      region: world.region,
      credentialsFile,
      profile: 'other',
      ec2Endpoint: 'http://127.0.0.1:9',
    })
    expect(await thrownBy(aws.send(describeVolumes({})))).toMatchObject({ code: 'no-credentials' })
  })

  it('that AWS does not know are refused credentials, not a missing permission', async () => {
    await using lab = await testLab()
    const aws = await awsAt(
      lab.cloud.ec2,
      '[default]\naws_access_key_id=AKIAI44QH8DHBEXAMPLE\naws_secret_access_key=x\n',
    )
    expect(await thrownBy(aws.send(describeVolumes({})))).toMatchObject({ code: 'credentials-refused' })
    expect(await thrownBy(aws.send(callerIdentity()))).toMatchObject({ code: 'credentials-refused' })
  })

  it('are not blamed for an AuthFailure about something else', () => {
    const error = translate({ action: 'X' }, answer('AuthFailure', 'Not authorized for images: [ami-1]'))
    expect(error).toBeInstanceOf(AwsError)
    expect(error).toMatchObject({ code: 'AuthFailure' })
  })

  it.each([
    ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'],
    ['SignatureDoesNotMatch', 'Signature not yet current: 20261122T010000Z is still later than 20261122T000500Z'],
  ])('are not blamed for a wrong clock: %s', (name, message) => {
    expect(translate({ action: 'X' }, answer(name, message, 403))).toMatchObject({ code: 'clock-wrong' })
  })
})

it("a clock that is wrong by an hour is corrected by AWS's own", async () => {
  await using lab = await testLab({}, { clock: () => new Date(Date.now() + 3_600_000) })
  expect(await (await awsAt(lab.cloud.ec2)).send(describeVolumes({}))).toHaveLength(1)
})

it('credentials that end while they are used say so', async () => {
  await using lab = await testLab()
  const aws = await awsAt(lab.cloud.ec2)
  await aws.send(describeVolumes({}))
  lab.cloud.change({ credentialsExpireAt: '2020-01-01T00:00:00Z' })
  expect(await thrownBy(aws.send(describeVolumes({})))).toMatchObject({ code: 'credentials-expired' })
})

it("the page of the lab's proxy is no answer of AWS", async () => {
  await using lab = await testLab()
  lab.cloud.faults.inject({ action: 'DescribeVolumes', fault: { kind: 'html', status: 200 } })
  expect(await thrownBy((await awsAt(lab.cloud.ec2)).send(describeVolumes({})))).toMatchObject({ code: 'not-aws' })
})

describe('an AWS that is busy', () => {
  it('is asked again until it answers', async () => {
    await using lab = await testLab()
    const fault = {
      kind: 'error',
      code: 'RequestLimitExceeded',
      message: 'Request limit exceeded.',
      status: 503,
    } as const
    lab.cloud.faults.inject({ action: 'DescribeVolumes', times: 3, fault })
    expect(await (await awsAt(lab.cloud.ec2)).send(describeVolumes({}))).toHaveLength(1)
    expect(lab.cloud.log).toHaveLength(4)
  })

  it('for too long is said to throttle, and nothing to be lost', () => {
    const error = translate({ action: 'X' }, answer('RequestLimitExceeded', 'Request limit exceeded.', 503, 8))
    expect(error).toMatchObject({
      code: 'RequestLimitExceeded',
      message: expect.stringMatching(/throttling.*after 8 tries.*nothing is lost/) as unknown,
    })
  })

  it('or down is said to be in trouble', () => {
    expect(translate({ action: 'X' }, answer('InternalError', 'An internal error', 500, 8))).toMatchObject({
      code: 'InternalError',
      message: expect.stringMatching(
        /\(AWS itself is in trouble, also after 8 tries; nothing is lost by it; a/,
      ) as unknown,
    })
  })
})

const wordless = (name: string, status: number) =>
  translate({ action: 'RestoreObject', service: 's3' }, answer(name, 'UnknownError', status))

describe('an error without words, as S3s that are not AWS leave them,', () => {
  it("is told in AWS's words where they are known", () => {
    expect(wordless('NoSuchKey', 404)).toMatchObject({
      message: 'AWS answers RestoreObject with NoSuchKey: The specified key does not exist.',
    })
  })

  it('is told to have none where they are not, and that a server does not do something is no trouble of it', () => {
    expect(wordless('NotImplemented', 501)).toMatchObject({
      message: 'AWS answers RestoreObject with NotImplemented: no reason is given',
    })
    expect(wordless('InvalidAccessKeyId', 403)).toMatchObject({
      message: 'AWS refuses the credentials (InvalidAccessKeyId): no reason is given',
    })
  })
})

it('an endpoint whose name nobody knows is named', async () => {
  const aws = await awsAt('http://ec2.no-such-region.invalid')
  expect(await thrownBy(aws.send(describeVolumes({})))).toMatchObject({
    code: 'endpoint-unreachable',
    message: expect.stringMatching(/ec2\.no-such-region\.invalid can't be reached/) as unknown,
  })
})
