// AWS as commands see it: paged listings whole, errors as ours. The SDK is loaded at the first call: it costs more than
// the rest of the program.
import { z } from 'zod'
import { Bug } from '../../text/errors.ts'
import type { AwsCommand, S3Get, S3Object } from '../command.ts'
import { translate } from './failure.ts'
import type { S3Sdk } from './s3-sdk.ts'
import type { Sdk } from './sdk.ts'
import type { Answered } from './sdk-base.ts'

export interface AwsSettings {
  readonly region: string
  readonly profile?: string | undefined
  readonly credentialsFile?: string | undefined
  readonly ec2Endpoint?: string | undefined
  readonly stsEndpoint?: string | undefined
  readonly iamEndpoint?: string | undefined
  readonly s3Endpoint?: string | undefined
}

export interface Aws {
  send<T>(command: AwsCommand<T>, signal?: AbortSignal): Promise<T>
  /**
   * A URL by which anybody gets the object, for so many seconds (a week at most) and no longer than the credentials last.
   * It is a secret: see `Secrets.addUrl`. Nothing is sent.
   */
  presignGet(object: S3Object, seconds: number): Promise<string>
  /** A part of an object, or all of it, into memory. @throws AwsError */
  getPart(part: S3Get, signal?: AbortSignal): Promise<Uint8Array>
}

const page = z.looseObject({ NextToken: z.string().optional() })

type Page = z.infer<typeof page>

/** The pages of a listing as one: their lists one after the other, and of all else the last. A page may be empty. */
function joined(pages: readonly Page[]): Page {
  const whole: Record<string, unknown> = {}
  for (const [key, value] of pages.flatMap((each) => Object.entries(each))) {
    const before = whole[key]
    if (!Array.isArray(value)) whole[key] = value ?? before
    else if (Array.isArray(before)) for (const one of value as unknown[]) before.push(one)
    else whole[key] = [...(value as unknown[])]
  }
  return page.parse(whole)
}

type Ask = (command: AwsCommand<unknown>, signal: AbortSignal | undefined) => Promise<unknown>

function nextToken({ input }: AwsCommand<unknown>, { NextToken }: Page): object | undefined {
  return 'MaxResults' in input && NextToken !== undefined && NextToken !== '' ? { NextToken } : undefined
}

async function allPages(send: Ask, command: AwsCommand<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  const pages: Page[] = []
  for (let more: object | undefined = {}; more !== undefined;) {
    const got = page.parse(await send({ ...command, input: { ...command.input, ...more } }, signal))
    pages.push(got)
    more = command.nextPage === undefined ? nextToken(command, got) : command.nextPage(got)
  }
  return pages.length === 1 ? pages[0] : joined(pages)
}

function read<T>(command: AwsCommand<T>, output: unknown): T {
  try {
    return command.parse(output)
  } catch (error) {
    throw new Bug(
      `the answer to ${command.action} can't be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
}

/**
 * AWS with one set of credentials. Listings that ask for pages (`MaxResults`, or a `nextPage`) are followed to their end.
 * Throttling, 5xx and lost connections are retried by the SDK, for about a minute. S3 is asked in the bucket's own region.
 * @throws AwsError; PreflightError for want of credentials (`no-credentials`, `credentials-expired`,
 *   `credentials-refused`), a wrong clock (`clock-wrong`), or an answer that is not AWS's (`not-aws`)
 */
export function connectAws(settings: AwsSettings): Aws {
  let loading: Promise<Sdk> | undefined
  let loadingS3: Promise<S3Sdk> | undefined
  const { profile } = settings
  const sdk = (): Promise<Sdk> => (loading ??= import('./sdk.ts').then(({ loadSdk }) => loadSdk(settings)))
  const s3 = (): Promise<S3Sdk> =>
    (loadingS3 ??= Promise.all([sdk(), import('./s3-sdk.ts')]).then(([{ credentials }, { loadS3 }]) =>
      loadS3(settings, credentials),
    ))
  return {
    async send(command, signal) {
      let answered: Answered | undefined
      try {
        const { send } = await (command.service === 's3' ? s3() : sdk())
        const ask: Ask = (each, until) => send(each, (answer) => (answered = answer), until)
        return read(command, await allPages(ask, command, signal))
      } catch (error) {
        const { action, service } = command
        throw translate({ action, service, profile, ...(answered === undefined ? {} : { answered }) }, error)
      }
    },
    async presignGet(object, seconds) {
      try {
        return await (await s3()).presignGet(object, seconds)
      } catch (error) {
        throw translate({ action: 'GetObject', service: 's3', profile }, error)
      }
    },
    async getPart(part, signal) {
      try {
        return await (await s3()).getPart(part, signal)
      } catch (error) {
        throw translate({ action: 'GetObject', service: 's3', profile }, error)
      }
    },
  }
}
