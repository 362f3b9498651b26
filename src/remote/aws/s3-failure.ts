// What S3 means by its refusals (Amazon S3 API reference, "Error responses"), and what is to be done about them.
import type { Next } from '../../text/errors.ts'

/** What each call needs (Amazon S3 User Guide, "Required permissions for Amazon S3 API operations"). */
const permissions: Readonly<Record<string, string>> = {
  GetObject: 's3:GetObject',
  HeadBucket: 's3:ListBucket',
  HeadObject: 's3:GetObject',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  RestoreObject: 's3:RestoreObject',
}

interface Hint {
  readonly message: string
  readonly next: readonly Next[]
}

const elsewhere: Hint = {
  message: 'the bucket is in another region, and S3 does not say in which',
  next: [{ why: 'see where it is', command: 'aws s3api head-bucket --bucket BUCKET' }],
}

const hints: Readonly<Record<string, Hint>> = {
  AccessDenied: {
    message:
      'a policy may also demand an address (aws:SourceIp) or an endpoint: what is refused from here may be allowed from the host, and the other way round',
    next: [{ why: 'see who AWS takes you for', command: 'aws sts get-caller-identity' }],
  },
  AuthorizationHeaderMalformed: elsewhere,
  IllegalLocationConstraintException: elsewhere,
  PermanentRedirect: elsewhere,
  InvalidObjectState: {
    message: 'it is in an archive, and can be read when a copy of it has been brought back',
    next: [
      {
        why: 'ask for a copy, for 7 days',
        command: 'aws s3api restore-object --bucket BUCKET --key KEY --restore-request Days=7',
      },
    ],
  },
  NoSuchBucket: {
    message: 'there is no bucket of this name, in any region',
    next: [{ why: 'see which there are', command: 'aws s3api list-buckets --query Buckets[].Name --output text' }],
  },
}

/** HEAD is answered without a body, so that only its status tells. */
function codeOf(action: string, name: string, status: number): string {
  if (!action.startsWith('Head')) return name
  if (status === 403) return 'AccessDenied'
  if (status === 404) return action === 'HeadBucket' ? 'NoSuchBucket' : 'NoSuchKey'
  if (status === 405) return 'MethodNotAllowed'
  return status === 301 ? 'PermanentRedirect' : name
}

/** What is told of an error that came without words. */
export const noReason = 'no reason is given'

const words: Readonly<Record<string, string>> = {
  AccessDenied: 'Access Denied',
  MethodNotAllowed: 'The specified method is not allowed against this resource',
  NoSuchBucket: 'The specified bucket does not exist',
  NoSuchKey: 'The specified key does not exist.',
  PermanentRedirect: 'The bucket is to be asked for at another endpoint',
}

/** "… is not authorized to perform: s3:ListBucket on …": often S3 says no more than "Access Denied". */
const lacking = (action: string, code: string, message: string): string | null =>
  code === 'AccessDenied'
    ? (/not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? permissions[action] ?? null)
    : null

/** An error of S3 in words that can be acted on. @param status the answer's HTTP status */
export function s3Failure(action: string, error: { readonly name: string; readonly message: string }, status: number) {
  const code = codeOf(action, error.name, status)
  const isTold = code === error.name && error.message !== noReason
  const said = isTold ? error.message : (words[code] ?? error.message)
  const hint = hints[code]
  return {
    code,
    message: hint === undefined ? said : `${said.replace(/\.$/, '')} (${hint.message})`,
    missingPermission: lacking(action, code, error.message),
    next: hint?.next ?? [],
  }
}
