// AWS as commands see it: paged listings whole, errors as ours. The SDK is loaded at the first call: it costs more than
// the rest of the program.
import { z } from 'zod'
import { Bug } from '../../text/errors.ts'
import type { AwsCommand } from '../command.ts'
import { translate } from './failure.ts'
import type { Answered, Send } from './sdk.ts'

export interface AwsSettings {
  readonly region: string
  readonly profile?: string | undefined
  readonly credentialsFile?: string | undefined
  readonly ec2Endpoint?: string | undefined
  readonly stsEndpoint?: string | undefined
  readonly iamEndpoint?: string | undefined
}

export interface Aws {
  send<T>(command: AwsCommand<T>, signal?: AbortSignal): Promise<T>
}

const page = z.looseObject({ NextToken: z.string().optional() })

type Page = z.infer<typeof page>

/** Two pages of a listing as one: each list of the later is added to the same list of the earlier. A page may be empty. */
const joined = (earlier: Page, later: Page): Page =>
  page.parse({
    ...earlier,
    ...Object.fromEntries(
      Object.entries(later).map(([key, value]) => {
        const before = earlier[key]
        return [
          key,
          Array.isArray(value) && Array.isArray(before)
            ? [...(before as unknown[]), ...(value as unknown[])]
            : (value ?? before),
        ]
      }),
    ),
  })

type Ask = (command: AwsCommand<unknown>, signal: AbortSignal | undefined) => Promise<unknown>

async function allPages(send: Ask, command: AwsCommand<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  let output = page.parse(await send(command, signal))
  if (!('MaxResults' in command.input)) return output
  while (output.NextToken !== undefined && output.NextToken !== '') {
    const input = { ...command.input, NextToken: output.NextToken }
    output = joined({ ...output, NextToken: '' }, page.parse(await send({ ...command, input }, signal)))
  }
  return output
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
 * AWS with one set of credentials. Listings that ask for pages (`MaxResults`) are followed to their end.
 * Throttling, 5xx and lost connections are retried by the SDK, for about a minute.
 * @throws AwsError; PreflightError for want of credentials (`no-credentials`, `credentials-expired`,
 *   `credentials-refused`), a wrong clock (`clock-wrong`), or an answer that is not AWS's (`not-aws`)
 */
export function connectAws(settings: AwsSettings): Aws {
  let loading: Promise<Send> | undefined
  return {
    async send(command, signal) {
      let answered: Answered | undefined
      const ask: Ask = async (each, until) => (await loading)?.(each, (answer) => (answered = answer), until)
      try {
        loading ??= import('./sdk.ts').then((sdk) => sdk.loadSdk(settings))
        return read(command, await allPages(ask, command, signal))
      } catch (error) {
        const { action } = command
        throw translate({ action, profile: settings.profile, ...(answered === undefined ? {} : { answered }) }, error)
      }
    },
  }
}
