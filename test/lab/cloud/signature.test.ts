import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { clientConfig, refusal, root, testLab, world } from './helpers.ts'

interface HttpRequest {
  method: string
  body: string | undefined
  headers: Record<string, string>
  query: Record<string, string>
}

type Change = (request: HttpRequest) => void

/** Changes what a client is about to sign. */
function beforeSigning(client: EC2Client, change: Change): void {
  client.middlewareStack.add((next) => (args) => (change(asHttp(args.request)), next(args)), {
    step: 'build',
    priority: 'low',
  })
}

/** Changes what a client has signed. */
function afterSigning(client: EC2Client, change: Change): void {
  client.middlewareStack.add((next) => (args) => (change(asHttp(args.request)), next(args)), {
    step: 'deserialize',
    priority: 'low',
  })
}

function asHttp(request: unknown): HttpRequest {
  // The stack's types leave the request open; it is an HTTP request in both of these steps.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return request as HttpRequest
}

const describeVolumes = () => new DescribeVolumesCommand({ VolumeIds: [root.volumeId] })
const minutes = (count: number): number => count * 60_000
const other = { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', secretAccessKey: world.secretAccessKey }
const wrong = { accessKeyId: world.accessKeyId, secretAccessKey: 'wrong' }

describe('EC2', () => {
  test.each([
    ['a wrong secret', { credentials: wrong }, 'AuthFailure 401'],
    ['an unknown key', { credentials: other }, 'AuthFailure 401'],
    ['a session token', { credentials: { ...other, sessionToken: 'x' } }, 'AuthFailure 401'],
    ['another region', { region: 'us-west-2' }, 'AuthFailure 401'],
    ['a date of 16 minutes ago', { systemClockOffset: -minutes(16) }, 'RequestExpired 400'],
    ['a date in 16 minutes', { systemClockOffset: minutes(16) }, 'RequestExpired 400'],
    ['a date of 14 minutes ago', { systemClockOffset: -minutes(14) }, 'none'],
  ])('answers %s', async (_, config, expected) => {
    await using lab = await testLab()
    const client = new EC2Client({ ...clientConfig(lab.cloud.ec2), ...config })
    expect(await refusal(client.send(describeVolumes()))).toBe(expected)
    client.destroy()
  })

  test('refuses a body that was changed on its way', async () => {
    await using lab = await testLab()
    afterSigning(lab.ec2, (request) => {
      request.body = request.body?.replace(root.volumeId, 'vol-0bbbbbbbbbbbbbbbb')
    })
    expect(await refusal(lab.ec2.send(describeVolumes()))).toBe('AuthFailure 401')
  })

  test('refuses a signed header that was changed on its way', async () => {
    await using lab = await testLab()
    afterSigning(lab.ec2, (request) => {
      request.headers['content-type'] = 'application/x-www-form-urlencoded; charset=utf-8'
    })
    expect(await refusal(lab.ec2.send(describeVolumes()))).toBe('AuthFailure 401')
  })

  test('takes a signed GET with the parameters in its query', async () => {
    await using lab = await testLab()
    beforeSigning(lab.ec2, (request) => {
      request.query = Object.fromEntries(new URLSearchParams(request.body))
      request.query['Filter.1.Name'] = 'tag:a (b)/c:d'
      request.query['Filter.1.Value.1'] = "it's * & + ü"
      request.method = 'GET'
      request.body = undefined
      delete request.headers['content-type']
      delete request.headers['content-length']
    })
    expect((await lab.ec2.send(describeVolumes())).Volumes).toEqual([])
    expect(lab.cloud.log[0]?.parameters['Filter.1.Value.1']).toBe("it's * & + ü")
  })

  test('refuses a request without a signature, in its own old form of document', async () => {
    await using lab = await testLab()
    const answer = await fetch(`${lab.cloud.ec2}/?Action=DescribeVolumes&Version=2016-11-15`)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toMatch(
      /<Response><Errors><Error><Code>MissingAuthenticationToken<\/Code><Message>.+<\/Message><\/Error><\/Errors><RequestID>[-0-9a-f]{36}<\/RequestID><\/Response>$/,
    )
  })

  test('refuses a header that is no signature', async () => {
    await using lab = await testLab()
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=x' }
    const answer = await fetch(lab.cloud.ec2, { method: 'POST', headers, body: 'Action=DescribeVolumes' })
    expect(await answer.text()).toContain('<Code>IncompleteSignature</Code>')
  })

  test("lets a client whose clock is slow correct it by the answer's date", async () => {
    await using lab = await testLab({}, { clock: () => new Date(Date.now() + minutes(60)) })
    const client = new EC2Client({ ...clientConfig(lab.cloud.ec2), maxAttempts: 2 })
    expect(await refusal(client.send(describeVolumes()))).toBe('none')
    expect(lab.cloud.log.map((request) => request.code)).toEqual(['RequestExpired', null])
    client.destroy()
  })
})

describe('STS', () => {
  test.each([
    ['a wrong secret', { credentials: wrong }, 'SignatureDoesNotMatch 403'],
    ['an unknown key', { credentials: other }, 'InvalidClientTokenId 403'],
    ['another region', { region: 'us-west-2' }, 'SignatureDoesNotMatch 403'],
    ["the global endpoint's region", { region: 'us-east-1' }, 'none'],
    ['a date of 16 minutes ago', { systemClockOffset: -minutes(16) }, 'SignatureDoesNotMatch 403'],
  ])('answers %s', async (_, config, expected) => {
    await using lab = await testLab()
    const client = new STSClient({ ...clientConfig(lab.cloud.sts), ...config })
    expect(await refusal(client.send(new GetCallerIdentityCommand({})))).toBe(expected)
    client.destroy()
  })

  test('says by how much a signature is too old', async () => {
    await using lab = await testLab({}, { clock: () => new Date('2026-11-21T12:00:00Z') })
    const early = Date.parse('2026-11-21T10:00:00Z') - Date.now()
    const client = new STSClient({ ...clientConfig(lab.cloud.sts), systemClockOffset: early })
    await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toThrow(
      /^Signature expired: 20261121T10000\dZ is now earlier than 20261121T114500Z \(20261121T120000Z - 15 min\.\)$/,
    )
    client.destroy()
  })

  test('names the identity of the key', async () => {
    await using lab = await testLab({ userName: 'night-shift' })
    const { Account, Arn } = await lab.sts.send(new GetCallerIdentityCommand({}))
    expect({ Account, Arn }).toEqual({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/night-shift',
    })
  })
})
