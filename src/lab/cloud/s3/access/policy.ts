import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { wildcards } from '../../wildcards.ts'
import { S3Error } from '../protocol/s3-error.ts'

const texts = z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat())
const principal = z.union([z.literal('*'), z.strictObject({ AWS: texts })])
const operators = [
  'IpAddress',
  'NotIpAddress',
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
] as const

const statement = z
  .strictObject({
    Sid: z.string().exactOptional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: principal,
    Action: texts.exactOptional(),
    NotAction: texts.exactOptional(),
    Resource: texts.exactOptional(),
    NotResource: texts.exactOptional(),
    Condition: z.partialRecord(z.enum(operators), z.record(z.string(), texts)).exactOptional(),
  })
  .refine((one) => (one.Action === undefined) !== (one.NotAction === undefined))
  .refine((one) => (one.Resource === undefined) !== (one.NotResource === undefined))

const policyForm = z.strictObject({
  Version: z.enum(['2008-10-17', '2012-10-17']).exactOptional(),
  Id: z.string().exactOptional(),
  Statement: z.union([statement, z.array(statement)]).transform((given) => [given].flat()),
})

type Statement = z.infer<typeof statement>

/** A bucket's policy, as far as the lab understands those. */
export interface Policy {
  readonly text: string
  readonly statements: readonly Statement[]
}

/** What is asked of a policy. */
export interface PolicyQuestion {
  /** The ARN of who asks; null is nobody in particular. */
  readonly principal: string | null
  /** The number of the account that the principal is of. */
  readonly account: string | null
  /** Such as `s3:GetObject`. */
  readonly action: string
  /** Such as `arn:aws:s3:::bucket/key`. */
  readonly resource: string
  /** The condition keys that are known of the request, by lower-case name, such as `aws:sourceip`. */
  readonly context: ReadonlyMap<string, string>
}

/** Reads a policy. @throws S3Error MalformedPolicy also for what the lab has not, lest a policy seem to allow less or more */
export function readPolicy(text: string): Policy {
  const given = policyForm.safeParse(readJson(text))
  if (!given.success) {
    const wrong = given.error.issues[0]?.path.findLast((part) => typeof part === 'string')
    const message = wrong === undefined ? {} : { message: `Invalid policy syntax: ${wrong}.` }
    throw new S3Error('MalformedPolicy', message)
  }
  return { text, statements: given.data.Statement }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new S3Error('MalformedPolicy')
  }
}

/** What the policy says: a Deny that is met goes before any Allow; null is neither. */
export function judge({ statements }: Policy, question: PolicyQuestion): 'Allow' | 'Deny' | null {
  const effects = new Set(statements.filter((one) => isMet(one, question)).map(({ Effect }) => Effect))
  return effects.has('Deny') ? 'Deny' : effects.has('Allow') ? 'Allow' : null
}

const has = (patterns: readonly string[], text: string): boolean => patterns.some((pattern) => isLike(pattern, text))

function isMet(one: Statement, question: PolicyQuestion): boolean {
  const { action, context, resource } = question
  const actions = (one.Action ?? one.NotAction ?? []).map((pattern) => pattern.toLowerCase())
  return (
    isFor(one.Principal, question) &&
    has(actions, action.toLowerCase()) === (one.Action !== undefined) &&
    has(one.Resource ?? one.NotResource ?? [], resource) === (one.Resource !== undefined) &&
    operators.every((operator) =>
      Object.entries(one.Condition?.[operator] ?? {}).every(([key, values]) =>
        holds(operator, context.get(key.toLowerCase()), values),
      ),
    )
  )
}

function isFor(given: Statement['Principal'], { account, principal: who }: PolicyQuestion): boolean {
  if (given === '*') return true
  return given.AWS.some(
    (one) => one === '*' || (who !== null && [who, account, `arn:aws:iam::${account}:root`].includes(one)),
  )
}

// A key that the request hasn't is unlike anything: it fails what has to be like, and meets what must not be.
function holds(operator: (typeof operators)[number], value: string | undefined, wanted: readonly string[]): boolean {
  const isNot = operator.includes('Not')
  if (value === undefined) return isNot
  const found = wanted.some((one) => {
    if (operator.endsWith('IpAddress')) return isIn(one, value)
    return operator.endsWith('Like') ? isLike(one, value) : one === value
  })
  return found !== isNot
}

/** Policies know no escapes: a backslash is one. */
export function isLike(pattern: string, text: string): boolean {
  return wildcards(pattern.replaceAll('\\', '\\\\'))(text)
}

function isIn(block: string, address: string): boolean {
  const [base = '', bits] = block.split('/')
  const family = isIPv4(base) ? 'ipv4' : isIPv6(base) ? 'ipv6' : null
  const own = isIPv4(address) ? 'ipv4' : 'ipv6'
  const largest = family === 'ipv4' ? 32 : 128
  const length = bits === undefined ? largest : Number(bits)
  if (family === null || family !== own || !Number.isInteger(length) || length < 0 || length > largest) return false
  const list = new BlockList()
  list.addSubnet(base, length, family)
  return list.check(address, family)
}
