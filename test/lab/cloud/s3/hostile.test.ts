import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, test } from 'vitest'
import { until } from '../helpers.ts'
import { bucket, filesOf, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const putUrl = async ({ s3 }: S3Lab, Key: string) =>
  new URL(await getSignedUrl(s3, new PutObjectCommand({ Bucket: bucket, Key })))

/** What comes back for bytes that are sent as they are; `close` ends the connection when they were sent. */
function raw({ cloud }: S3Lab, text: string, close = false): Promise<string> {
  const { port } = new URL(cloud.s3)
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () => {
      if (close) socket.write(text, () => socket.destroy())
      else socket.end(text)
    })
    socket.on('data', (bytes) => (answer += bytes.toString()))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
  })
}

const head = (url: URL, headers: string): string =>
  `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n${headers}\r\n`

const md5 = (text: string): string => createHash('md5').update(text).digest('base64')

/** How many bodies are on disk, and how many objects there are. */
async function keptBy(lab: S3Lab): Promise<readonly unknown[]> {
  const left = await until(
    () => filesOf(lab),
    (files) => files.length === 0,
  )
  return [left.length, (await lab.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount]
}

describe('a hostile request', () => {
  test.each(['../../../../escaped', '/etc/escaped', '..', 'a/../../escaped', '\\..\\escaped', 'C:escaped'])(
    'for the key %s gets an object of that name, and no file',
    async (key) => {
      await using lab = await s3Lab()
      const body = Buffer.alloc(100_000, 'x')
      await lab.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
      const { Contents } = await lab.s3.send(new ListObjectsV2Command({ Bucket: bucket }))
      expect(Contents?.map((one) => one.Key)).toEqual([key])
      expect(await filesOf(lab)).toEqual([expect.stringMatching(/^[-0-9a-f]{36}$/)])
      expect(existsSync(join(lab.dir, 'escaped'))).toBe(false)
      const { Body } = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      expect((await Body?.transformToByteArray())?.length).toBe(100_000)
    },
  )

  test('that says more than it sends, or ends in the middle, leaves nothing', async () => {
    await using lab = await s3Lab()
    const url = await putUrl(lab, 'a')
    await raw(lab, head(url, 'Content-Length: 1000000\r\n') + 'x'.repeat(100_000), true)
    await raw(lab, head(url, 'Content-Length: 1000000\r\n') + 'x'.repeat(100_000))
    await until(
      () => Promise.resolve(lab.cloud.log.length),
      (count) => count >= 2,
    )
    expect(await keptBy(lab)).toEqual([0, 0])
  })

  test.each([
    ['no length', '', '411'],
    ['chunks of HTTP and no length', 'Transfer-Encoding: chunked\r\n', '411'],
    ['a length that is none', 'Content-Length: x\r\n', '400'],
    ['more than five GiB', 'Content-Length: 99999999999\r\n', '400'],
    ['a giant header', `x-a: ${'x'.repeat(100_000)}\r\n`, '431'],
    [
      'a form of body that was not signed',
      'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nContent-Length: 5\r\n',
      '403',
    ],
  ])('with %s is refused', async (_, headers, status) => {
    await using lab = await s3Lab()
    const answer = await raw(lab, head(await putUrl(lab, 'a'), headers))
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`)
    expect(await keptBy(lab)).toEqual([0, 0])
  })

  test.each([
    ['an address that does not decode', '/backups/%zz'],
    ['bytes that are no text', '/backups/%ff%fe'],
    ['a whole address', 'http://example.com/backups/a'],
    ['no path', '*'],
    ['a query of noise', '/backups?&&=&=&x==&%00'],
    ['names that objects have', '/backups/a?__proto__=1&constructor=2&toString'],
  ])('for %s is refused', async (_, path) => {
    await using lab = await s3Lab()
    const answer = await raw(lab, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(await refusal(lab.s3.send(new ListObjectsV2Command({ Bucket: bucket })))).toBe('none')
  })

  test.each([
    ['not XML', '<Delete><Object>'],
    ['another document', '<Other/>'],
    ['entities of its own', '<!DOCTYPE x [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>'],
    ['nothing', '<Delete/>'],
    ['structures for text', '<Delete><Object><Key><a/></Key></Object></Delete>'],
  ])('to delete with %s is malformed', async (_, body) => {
    await using lab = await s3Lab({
      policy: {
        Statement: {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:*',
          Resource: ['arn:aws:s3:::backups', 'arn:aws:s3:::backups/*'],
        },
      },
    })
    const answer = await fetch(`${lab.cloud.s3}/${bucket}?delete`, {
      method: 'POST',
      body,
      headers: { 'content-md5': md5(body) },
    })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('<Code>MalformedXML</Code>')])
  })

  test('to delete with a document of many MiB is refused', async () => {
    await using lab = await s3Lab()
    const answer = await raw(
      lab,
      `POST /backups?delete HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toContain('<Code>MaxMessageLengthExceeded</Code>')
  })
})

test('who goes away in the middle of a large answer holds nothing', async () => {
  await using lab = await s3Lab({ objects: [{ key: 'huge', content: { sizeBytes: 1024 ** 4, seed: 'x' } }] })
  const { Body } = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'huge' }))
  const stream = Body as unknown as AsyncIterable<Buffer> & { destroy(): void }
  for await (const bytes of stream) {
    expect(bytes.length).toBeGreaterThan(0)
    break
  }
  stream.destroy()
  expect(await refusal(lab.s3.send(new ListObjectsV2Command({ Bucket: bucket })))).toBe('none')
})
