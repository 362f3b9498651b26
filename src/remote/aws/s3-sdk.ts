// The AWS SDK's S3, in whichever region a bucket is.
import * as s3 from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { z } from 'zod'
import { Bug } from '../../text/errors.ts'
import type { AwsCommand, S3Get, S3Object } from '../command.ts'
import type { AwsSettings } from './client.ts'
import { given, patience, watch, type Answered, type Credentials, type Send } from './sdk-base.ts'

const calls = {
  HeadBucket: s3.HeadBucketCommand,
  HeadObject: s3.HeadObjectCommand,
  ListMultipartUploads: s3.ListMultipartUploadsCommand,
  ListObjectsV2: s3.ListObjectsV2Command,
  ListObjectVersions: s3.ListObjectVersionsCommand,
  RestoreObject: s3.RestoreObjectCommand,
}

const isCall = (action: string): action is keyof typeof calls => action in calls

const ofBucket = z.looseObject({ Bucket: z.string() })

export interface S3Sdk {
  readonly send: Send
  /** A URL that gets this object for so many seconds, also with a `Range` or `If-Match`: those are not signed. */
  presignGet(object: S3Object, seconds: number): Promise<string>
  getPart(part: S3Get, signal: AbortSignal | undefined): Promise<Uint8Array>
}

/**
 * S3's own clients for these settings, one for each region that was asked. The SDK can follow a bucket into its region too,
 * but not for several calls at once, and asks the wrong one again for every page.
 */
export function loadS3(settings: AwsSettings, credentials: Credentials): S3Sdk {
  const clients = new Map<string, s3.S3Client>()
  const regions = new Map<string, string>()

  function clientIn(region: string): s3.S3Client {
    const known = clients.get(region)
    if (known !== undefined) return known
    const endpoint = given('endpoint', settings.s3Endpoint)
    const made = new s3.S3Client({
      region,
      credentials,
      ...patience,
      ...endpoint,
      // A name of the bucket's own is known only to AWS's name servers.
      forcePathStyle: settings.s3Endpoint !== undefined,
      // Of what is only signed here nothing is read that could be checked.
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
    clients.set(region, made)
    return made
  }

  function sendTo(
    region: string,
    command: AwsCommand<unknown>,
    seen: (answered: Answered) => void,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    if (!isCall(command.action)) throw new Bug(`no S3 call ${command.action}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each takes the input that its builder made for it
    const Call = calls[command.action] as unknown as new (input: object) => s3.ListBucketsCommand
    const call = new Call(command.input)
    watch('s3', call.middlewareStack, seen)
    return clientIn(region).send(call, signal === undefined ? {} : { abortSignal: signal })
  }

  return {
    async send(command, seen, signal) {
      const { Bucket: bucket } = ofBucket.parse(command.input)
      let last: Answered | undefined
      const hear = (answered: Answered): void => {
        last = answered
        seen(answered)
      }
      const region = regions.get(bucket) ?? settings.region
      const failed = (error: unknown, asked: string): unknown => {
        const is = last?.bucketRegion
        // HEAD has no words, but this one: who may not look into the bucket is told where it is.
        if (command.action === 'HeadBucket' && is === asked) return { BucketRegion: is, Refused: true }
        throw error
      }
      try {
        return await sendTo(region, command, hear, signal)
      } catch (error) {
        const is = last?.bucketRegion
        if (is === undefined || is === region) return failed(error, region)
        regions.set(bucket, is)
        return sendTo(is, command, hear, signal).catch((again: unknown) => failed(again, is))
      }
    },
    presignGet({ bucket, region, key, versionId }, seconds) {
      const client = clientIn(region)
      const get = new s3.GetObjectCommand({ Bucket: bucket, Key: key, ...given('VersionId', versionId ?? undefined) })
      // What AWS's answers have told of this machine's clock.
      const signingDate = new Date(Date.now() + client.config.systemClockOffset)
      return getSignedUrl(client, get, { expiresIn: seconds, signingDate })
    },
    async getPart({ bucket, region, key, versionId, etag, from, to }, signal) {
      const get = new s3.GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...given('VersionId', versionId ?? undefined),
        ...given('IfMatch', etag === null ? undefined : `"${etag}"`),
        ...(from === null && to === null ? {} : { Range: `bytes=${from ?? 0}-${to ?? ''}` }),
      })
      const { Body } = await clientIn(region).send(get, signal === undefined ? {} : { abortSignal: signal })
      return (await Body?.transformToByteArray()) ?? new Uint8Array()
    },
  }
}
