import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { clientConfig, refusal, testLab, world } from './helpers.ts'

const { accessKeyId, secretAccessKey } = world
const temporary = { sessionToken: 'token-1', credentialsExpireAt: '2026-11-21T12:00:00Z' }

/** What both services say to a client with such credentials at that moment. */
async function said(sessionToken: string | undefined, at: string): Promise<readonly string[]> {
  const now = new Date(at)
  await using lab = await testLab(temporary, { clock: () => now })
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  const config = {
    ...clientConfig(lab.cloud.ec2),
    credentials,
    systemClockOffset: now.getTime() - Date.now(),
  }
  const ec2 = new EC2Client(config)
  const sts = new STSClient(config)
  const answers = [
    await refusal(ec2.send(new DescribeVolumesCommand({}))),
    await refusal(sts.send(new GetCallerIdentityCommand({}))),
  ]
  ec2.destroy()
  sts.destroy()
  return answers
}

test.each([
  ['good before their end', 'token-1', '2026-11-21T11:59:59Z', ['none', 'none']],
  ['refused from their end on', 'token-1', '2026-11-21T12:00:00Z', ['RequestExpired 400', 'ExpiredToken 403']],
  ['refused without their token', undefined, '2026-11-21T11:00:00Z', ['AuthFailure 401', 'InvalidClientTokenId 403']],
  ['refused with another token', 'token-2', '2026-11-21T11:00:00Z', ['AuthFailure 401', 'InvalidClientTokenId 403']],
])('temporary credentials are %s', async (_, token, at, expected) => {
  expect(await said(token, at)).toEqual(expected)
})
