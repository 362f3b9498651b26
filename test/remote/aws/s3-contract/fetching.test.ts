// What the host's curl(1) gets by signed URLs, with this machine as the host.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GetObjectCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, it } from 'vitest'
import { headObject, listObjects } from '../../../../src/remote/aws/s3.ts'
import type { S3Get } from '../../../../src/remote/command.ts'
import { fetchParts, probeFetch, relayParts, type FetchOutcome } from '../../../../src/remote/linux/staging.ts'
import { partsOf } from '../../../../src/steps/dumps/parts.ts'
import { thrownBy } from '../thrown-by.ts'
import { endpoints, oddKeys, placeAt, remoteOf, type Place } from './endpoints.ts'

const fetching = ({ remote }: Place, gets: readonly S3Get[]): Promise<FetchOutcome> =>
  remote.run(fetchParts(gets, 's3://contract/'))

const file = ({ folder }: Place, name: string): Promise<Buffer> => readFile(join(folder, name))

/** Bytes that are not the same anywhere. */
const bytes = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, at) => (at * at) % 251))

describe.each(endpoints)('what is fetched from $name', (endpoint) => {
  it('comes in parts at once, which are the object when they are put together', async () => {
    await using at = await placeAt(endpoint)
    await at.put('large', bytes)
    await at.put('empty', '')
    const [empty, large] = (await at.aws.send(listObjects(at.bucket, ''))).map(({ key, sizeBytes, etag }) => ({
      ...at.get(key, { etag }),
      size: sizeBytes,
      etag,
      lastModified: '',
    }))
    const parts = partsOf(
      [large, empty].flatMap((each) => each ?? []),
      9000,
    )
    expect(parts).toHaveLength(13)
    const outcome = await fetching(
      at,
      parts.map(({ object, name, from, to }) =>
        at.get(object.key, { etag: object.etag, from, to, output: join(at.folder, name) }),
      ),
    )
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.statuses.toSorted()).toEqual(['200', ...Array.from({ length: 12 }, () => '206')])
    const came = await Promise.all(parts.slice(0, 12).map(({ name }) => file(at, name)))
    expect(Buffer.concat(came).equals(bytes)).toBe(true)
  })

  it('has any name', async () => {
    await using at = await placeAt(endpoint)
    for (const key of oddKeys) await at.put(key, `content of ${key}`)
    const gets = oddKeys.map((key, n) => at.get(key, { output: join(at.folder, String(n)) }))
    expect(await fetching(at, gets)).toMatchObject({ code: 0, stderr: '' })
    for (const [n, key] of oddKeys.entries()) expect(String(await file(at, String(n)))).toBe(`content of ${key}`)
  })

  it('is nothing where the object is another one by then, and nothing of what is not there', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', '0123456789')
    const { etag } = await at.aws.send(headObject(at.bucket, 'a'))
    expect(await fetching(at, [at.get('a', { etag, from: 2, to: 3 })])).toMatchObject({ statuses: ['206'] })
    await at.put('a', 'another one')
    expect(await fetching(at, [at.get('a', { etag, from: 2, to: 3 })])).toMatchObject({ code: 22, statuses: ['412'] })
    expect(await fetching(at, [at.get('none')])).toMatchObject({ code: 22, statuses: ['404'] })
    expect(await fetching(at, [at.get('a', { from: 11, to: 12 })])).toMatchObject({ code: 22, statuses: ['416'] })
    expect(String(await file(at, 'out'))).toBe('23')
  })

  it('is refused when the time of the URL is over, or a part of it is wrong, and the host is told no more than 403', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', 'x')
    const by = async (change: (url: string) => string, agoMs: number): Promise<FetchOutcome> => {
      const get = new GetObjectCommand({ Bucket: at.bucket, Key: 'a' })
      const signed = { expiresIn: 60, signingDate: new Date(Date.now() - agoMs) }
      const url = change(await getSignedUrl(at.s3, get, signed))
      const remote = remoteOf({ ...at.aws, presignGet: () => Promise.resolve(url) })
      const outcome = await remote.run(probeFetch(at.get('a')))
      await remote.close()
      return outcome
    }
    const refused = {
      code: 22,
      statuses: ['403'],
      stderr: expect.stringMatching(/^curl: \(22\) The requested URL returned error: 403\n$/) as unknown,
    }
    expect(await by((url) => url, 50_000)).toMatchObject({ code: 0, statuses: ['200'] })
    expect(await by((url) => url, 70_000)).toEqual(refused)
    expect(await by((url) => url.replace(/(?<=Signature=)\w\w/, '00'), 0)).toEqual(refused)
    expect(await by((url) => url.replace(/\/a\?/, '/b?'), 0)).toEqual(refused)
  })

  it('is refused to the host where a policy denies it, although the objects are listed', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', 'x')
    const Statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${at.bucket}/*`,
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] })
    await at.s3.send(new PutBucketPolicyCommand({ Bucket: at.bucket, Policy }))
    expect(await at.aws.send(listObjects(at.bucket, ''))).toHaveLength(1)
    expect(await fetching(at, [at.get('a')])).toMatchObject({ code: 22, statuses: ['403'] })
    expect(await thrownBy(at.aws.send(headObject(at.bucket, 'a')))).toMatchObject({
      code: 'AccessDenied',
      missingPermission: 's3:GetObject',
    })
  })

  it('passes through here part by part', async () => {
    await using at = await placeAt(endpoint)
    const key = oddKeys[1] ?? ''
    await at.put(key, '0123456789')
    const { etag } = await at.aws.send(headObject(at.bucket, key))
    await at.remote.run(relayParts(at.folder, [at.get(key, { etag, from: 4, to: 6 })], 's3://contract/'))
    expect(String(await file(at, 'out'))).toBe('456')
    const other = at.remote.run(relayParts(at.folder, [at.get(key, { etag: '0'.repeat(32) })], 's3://contract/'))
    expect(await thrownBy(other)).toMatchObject({ name: 'AwsError', code: 'PreconditionFailed' })
  })
})
