// The name that people know an AWS account by.
import { z } from 'zod'
import type { AwsCommand } from '../command.ts'

const answer = z.object({ AccountAliases: z.array(z.string()).optional() })

/**
 * The account's alias, or null where it has none: it can have one at most (IAM ListAccountAliases: needs a permission).
 * It is a courtesy, so the client asks once and waits three seconds at most.
 */
export const accountAlias = (): AwsCommand<string | null> => ({
  kind: 'aws',
  service: 'iam',
  action: 'ListAccountAliases',
  input: {},
  reads: true,
  parse: (output) => answer.parse(output).AccountAliases?.[0] ?? null,
})
