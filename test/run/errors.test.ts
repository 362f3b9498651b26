import { describe, expect, it } from 'vitest'
import { asLifeboatError, errorObject, exitCodeOf } from '../../src/run/errors.ts'
import { ProofFailed } from '../../src/steps/prove.ts'
import {
  AwsError,
  Bug,
  Cancelled,
  LifeboatError,
  PreflightError,
  Refused,
  RemoteCommandError,
  UsageError,
} from '../../src/text/errors.ts'

const explained = { code: 'c', message: 'm' }

const failures = {
  ctrlC: new Cancelled('SIGINT'),
  terminated: new Cancelled('SIGTERM'),
  hungUp: new Cancelled('SIGHUP'),
  bug: new Bug('m'),
  usage: new UsageError('m'),
  proof: new ProofFailed(explained),
  preflight: new PreflightError(explained),
  refused: new Refused(explained),
  aws: new AwsError({ action: 'A', code: 'c', message: 'm', requestId: null, missingPermission: null }),
  remote: new RemoteCommandError({
    host: 'h',
    command: 'c',
    exitCode: 1,
    signal: null,
    stderrTail: '',
    timedOut: false,
  }),
  other: new LifeboatError(explained),
}

describe('the exit code', () => {
  it.each<[keyof typeof failures, number, number]>([
    ['ctrlC', 130, 130],
    ['terminated', 143, 143],
    ['hungUp', 130, 130],
    ['bug', 70, 70],
    ['usage', 2, 2],
    ['preflight', 5, 3],
    ['refused', 5, 3],
    ['aws', 5, 3],
    ['remote', 5, 3],
    ['proof', 4, 4],
    ['other', 1, 3],
  ])('of %s is %i before the first change and %i after it', (what, before, after) => {
    expect([exitCodeOf(failures[what], false), exitCodeOf(failures[what], true)]).toEqual([before, after])
  })
})

describe('what was thrown', () => {
  it('is itself when it is one of ours', () => {
    expect(asLifeboatError(failures.refused)).toBe(failures.refused)
  })

  it.each([new TypeError('x is undefined'), 'x is undefined'])('is a bug when it is not: %s', (thrown) => {
    const error = asLifeboatError(thrown)
    expect(error).toBeInstanceOf(Bug)
    expect(error.message).toContain('x is undefined')
    expect(error.cause).toBe(thrown)
  })

  it('is the reason to leave, whatever leaving broke', () => {
    const leaving = AbortSignal.abort(failures.ctrlC)
    expect(asLifeboatError(new DOMException('aborted', 'AbortError'), leaving)).toBe(failures.ctrlC)
  })

  it('is itself while nobody is leaving', () => {
    expect(asLifeboatError(failures.aws, new AbortController().signal)).toBe(failures.aws)
  })
})

it('an error as an object has its secrets taken out', () => {
  const error = new Refused({
    code: 'c',
    message: 'a secret message',
    notChanged: ['nothing'],
    exists: [{ kind: 'volume', id: 'vol-1', region: null, host: null, state: 'made', madeByUs: true }],
    next: [{ why: 'a secret reason', command: 'a secret command' }],
  })
  expect(errorObject(error, (text) => text.replace('secret', '…'))).toEqual({
    code: 'c',
    message: 'a … message',
    notChanged: ['nothing'],
    exists: error.exists,
    next: [{ why: 'a … reason', command: 'a … command' }],
  })
})
