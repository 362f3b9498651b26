// What was thrown, as the error object of events and journal, and as an exit code.
import { ProofFailed } from '../steps/prove.ts'
import {
  AwsError,
  Bug,
  Cancelled,
  LifeboatError,
  PreflightError,
  Refused,
  RemoteCommandError,
  UsageError,
} from '../text/errors.ts'
import type { ErrorObject } from './events.ts'

/** Anything that was thrown, as one of ours: what isn't is a bug, and what an abort threw is its reason. */
export function asLifeboatError(error: unknown, leaving?: AbortSignal): LifeboatError {
  if (leaving?.aborted === true && leaving.reason instanceof Cancelled) return leaving.reason
  if (error instanceof LifeboatError) return error
  return new Bug(error instanceof Error ? error.message : String(error), error)
}

export const errorObject = (error: LifeboatError, clean: (text: string) => string): ErrorObject => ({
  code: error.code,
  message: clean(error.message),
  notChanged: error.notChanged,
  exists: error.exists,
  next: error.next.map((each) => ({ why: clean(each.why), command: clean(each.command) })),
})

/** The exit code of a failure; the order is that of the contract: the first that fits. */
export function exitCodeOf(error: LifeboatError, changed: boolean): number {
  if (error instanceof Cancelled) return error.signal === 'SIGTERM' ? 143 : 130
  if (error instanceof Bug) return 70
  if (error instanceof UsageError) return 2
  if (error instanceof ProofFailed) return 4
  if (changed) return 3
  const foundBefore =
    error instanceof PreflightError ||
    error instanceof AwsError ||
    error instanceof Refused ||
    error instanceof RemoteCommandError
  return foundBefore ? 5 : 1
}
