import { ApiError } from './protocol/api-error.ts'

interface KnownError {
  readonly status: number
  readonly message: string
}

// Codes and statuses: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
const known: ReadonlyMap<string, KnownError> = new Map([
  ['RequestLimitExceeded', { status: 503, message: 'Request limit exceeded.' }],
  ['Unavailable', { status: 503, message: 'The service is unavailable. Please try again shortly.' }],
  ['ServiceUnavailable', { status: 503, message: 'Service is unavailable. Please try again shortly.' }],
  ['InternalError', { status: 500, message: 'An internal error has occurred' }],
  ['RequestExpired', { status: 400, message: 'Request has expired.' }],
  ['ExpiredToken', { status: 403, message: 'The security token included in the request is expired' }],
  ['AuthFailure', { status: 401, message: 'AWS was not able to validate the provided access credentials' }],
  [
    'InsufficientInstanceCapacity',
    { status: 500, message: 'There is insufficient capacity available to satisfy your request.' },
  ],
  [
    'InstanceLimitExceeded',
    { status: 400, message: 'Your quota allows for 0 more running instance(s). You requested at least 1' },
  ],
  ['VolumeLimitExceeded', { status: 400, message: 'You have exceeded your maximum gp3 storage limit in this region.' }],
  [
    'AttachmentLimitExceeded',
    { status: 400, message: 'Attachment limit exceeded. The maximum number of attachments has been reached.' },
  ],
])

/** An error as a fault's rule names it: by its code, and where the rule is silent with EC2's own status and words. */
export function errorFor(fault: {
  readonly code: string
  readonly message?: string
  readonly status?: number
}): ApiError {
  const { message, status } = known.get(fault.code) ?? { status: 400, message: fault.code }
  return new ApiError(fault.code, fault.message ?? message, fault.status ?? status)
}

/** For credentials whose time is over, in the service's own words. */
export function expiredCredentials(service: 'ec2' | 'iam' | 'sts'): ApiError {
  return errorFor({ code: service === 'ec2' ? 'RequestExpired' : 'ExpiredToken' })
}
