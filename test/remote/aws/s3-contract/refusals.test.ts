import { PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import {
  bucketRegion,
  headObject,
  listObjects,
  listUploads,
  listVersions,
  restoreObject,
} from '../../../../src/remote/aws/s3.ts'
import type { AwsCommand } from '../../../../src/remote/command.ts'
import { world } from '../../../lab/cloud/helpers.ts'
import { awsAt } from '../aws-at.ts'
import { thrownBy } from '../thrown-by.ts'
import { endpoints, placeAt } from './endpoints.ts'

const containing = (text: string): unknown => expect.stringContaining(text)

/** What the SDK calls an error without words: RGW has hardly any other. */
const wordless = 'UnknownError'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'nothing')

describe.each(endpoints)('what $name refuses', (endpoint) => {
  it('for want of a bucket is told with the way to see which there are', async () => {
    await using at = await placeAt(endpoint)
    const commands: AwsCommand<unknown>[] = [
      listObjects('no-such-bucket', 'x/'),
      listVersions('no-such-bucket', ''),
      bucketRegion('no-such-bucket'),
    ]
    for (const command of commands) {
      expect(await thrownBy(at.aws.send(command))).toMatchObject({
        code: 'NoSuchBucket',
        message: containing('The specified bucket does not exist (there is no bucket of this name, in any region)'),
      })
    }
  })

  it('for want of a permission names it', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', 'x')
    const calls: readonly (readonly [string, AwsCommand<unknown>])[] = [
      ['s3:ListBucket', listObjects(at.bucket, '')],
      ['s3:ListBucketVersions', listVersions(at.bucket, '')],
      ['s3:ListBucketMultipartUploads', listUploads(at.bucket, '')],
      ['s3:GetObject', headObject(at.bucket, 'a')],
    ]
    for (const [permission, command] of calls) {
      const Resource = [`arn:aws:s3:::${at.bucket}`, `arn:aws:s3:::${at.bucket}/*`]
      const Statement = [{ Effect: 'Deny', Principal: '*', Action: permission, Resource }]
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
      await at.s3.send(new PutBucketPolicyCommand({ Bucket: at.bucket, Policy }))
      const error = await thrownBy(at.aws.send(command))
      expect(error).toMatchObject({
        code: 'AccessDenied',
        missingPermission: permission,
        message: containing(`(the identity lacks ${permission})`),
      })
      expect(messageOf(error)).not.toContain(wordless)
      const others = calls.filter(([other]) => other !== permission)
      expect(await Promise.all(others.map(([, allowed]) => thrownBy(at.aws.send(allowed))))).toEqual(
        others.map(() => 'nothing'),
      )
    }
  })

  it.each([
    ['a key that is not known', 'AKIAIOSFODNN7OTHERXX', world.secretAccessKey, 'InvalidAccessKeyId'],
    ['another secret', world.accessKeyId, 'wrong', 'SignatureDoesNotMatch'],
  ])('for %s is about the credentials', async (_, id, secret, code) => {
    await using at = await placeAt(endpoint)
    const aws = await awsAt(at.url, `[default]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`)
    const error = await thrownBy(aws.send(listObjects(at.bucket, '')))
    expect(error).toMatchObject({ name: 'PreflightError', code: 'credentials-refused', message: containing(code) })
    expect(messageOf(error)).not.toContain(wordless)
  })

  it('because nothing is archived is no trouble of the server', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', 'x')
    const error = await thrownBy(at.aws.send(restoreObject({ bucket: at.bucket, key: 'a', versionId: null }, 1)))
    // RGW's own: it has no archive at all.
    expect(error).toMatchObject({ code: endpoint.isRgw ? 'NotImplemented' : 'InvalidObjectState' })
    expect(messageOf(error)).not.toMatch(/in trouble|UnknownError/)
  })
})
