import { callerArn } from '../../actions/get-caller-identity.ts'
import type { CloudWorld } from '../../world.ts'
import { S3Error } from '../protocol/s3-error.ts'
import type { Bucket } from '../store/objects.ts'
import { isLike, judge } from './policy.ts'

/** Somebody who wants to do something. */
export interface Wish {
  readonly world: CloudWorld
  /** Whether it is the world's identity; otherwise it is anybody. */
  readonly isKnown: boolean
  /** Such as `s3:GetObject`. */
  readonly action: string
  /** Null for what is about no bucket. */
  readonly bucket: Bucket | null
  /** Empty for what is about the bucket itself. */
  readonly key: string
  /** Of the request, by lower-case condition key. */
  readonly context: ReadonlyMap<string, string>
}

/** Why it is not allowed; null if it is. */
export function refusalOf(wish: Wish): S3Error | null {
  const { action, bucket, context, isKnown, key, world } = wish
  const resource = arnOf(bucket, key)
  const principal = isKnown ? callerArn(world) : null
  const account = isKnown ? world.accountId : null
  const policy = bucket?.policy ?? null
  const said = policy === null ? null : judge(policy, { principal, account, action, resource, context })
  if (!isKnown) return said === 'Allow' ? null : new S3Error('AccessDenied')
  const because = reasonOf(wish, said)
  if (because === null) return null
  const message = `User: ${principal} is not authorized to perform: ${action} on resource: "${resource}" ${because}`
  return new S3Error('AccessDenied', { message })
}

// Within one account either side can allow; from another one both have to.
function reasonOf({ action, bucket, world }: Wish, said: 'Allow' | 'Deny' | null): string | null {
  if (said === 'Deny') return 'with an explicit deny in a resource-based policy'
  const denied = (world.denied ?? []).some((pattern) => isLike(pattern.toLowerCase(), action.toLowerCase()))
  const isForeign = bucket !== null && bucket.ownerId !== world.accountId
  if (isForeign && said === null) return `because no resource-based policy allows the ${action} action`
  if (denied && (isForeign || said === null)) return `because no identity-based policy allows the ${action} action`
  return null
}

function arnOf(bucket: Bucket | null, key: string): string {
  if (bucket === null) return 'arn:aws:s3:::*'
  return `arn:aws:s3:::${bucket.name}${key === '' ? '' : `/${key}`}`
}
