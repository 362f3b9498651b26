/** Something that exists in the world and that the operator may have to know about. */
export interface Resource {
  readonly kind:
    | 'volume'
    | 'snapshot'
    | 'attachment'
    | 'pool'
    | 'checkpoint'
    | 'database'
    | 'dataset'
    | 'folder'
    | 'file'
    | 'data'
    | 'hold'
    | 'gate'
    | 'lock'
    | 'instance'
    | 'security-group'
    | 'unit'
  readonly id: string
  readonly region: string | null
  readonly host: string | null
  readonly state: string
  readonly madeByUs: boolean
}

/** A next step, as a command that can be pasted. */
export interface Next {
  readonly why: string
  readonly command: string
}

export interface Explained {
  readonly code: string
  /** What happened, in one sentence, present tense. */
  readonly message: string
  readonly notChanged?: readonly string[]
  readonly exists?: readonly Resource[]
  readonly next?: readonly Next[]
}

/**
 * The base of every error that is meant to be read by the operator: what happened, what was not changed,
 * what exists now, and what to do next. Anything else that is thrown is a bug.
 */
export class LifeboatError extends Error {
  readonly code: string
  readonly notChanged: readonly string[]
  readonly exists: readonly Resource[]
  readonly next: readonly Next[]

  constructor(explained: Explained, cause?: unknown) {
    super(explained.message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = explained.code
    this.notChanged = explained.notChanged ?? []
    this.exists = explained.exists ?? []
    this.next = explained.next ?? []
  }
}

/** The command line, the config or the plan itself is wrong: exit 2. */
export class UsageError extends LifeboatError {
  constructor(message: string, next: readonly Next[] = []) {
    super({ code: 'usage', message, next })
  }
}

/** Found out before the first change: credentials, permission, host, tools, lock. Exit 5 if nothing was changed yet. */
export class PreflightError extends LifeboatError {}

/** A guard said no. Nothing that it guards was done. */
export class Refused extends LifeboatError {}

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** The operator, or a signal, stopped the run. */
export class Cancelled extends LifeboatError {
  readonly signal: StopSignal

  constructor(signal: StopSignal) {
    super({ code: 'cancelled', message: `stopped by ${signal}` })
    this.signal = signal
  }
}

/**
 * A remote command ended otherwise than its caller can use. `code` is `connection-lost` when nobody knows how it
 * ended, `remote-command-timed-out` or `remote-command-failed`.
 */
export class RemoteCommandError extends LifeboatError {
  readonly host: string
  readonly command: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stderrTail: string
  readonly timedOut: boolean

  constructor(failed: {
    readonly host: string
    readonly command: string
    readonly exitCode: number | null
    readonly signal: string | null
    readonly stderrTail: string
    readonly timedOut: boolean
  }) {
    const how = failed.timedOut
      ? 'took too long'
      : failed.exitCode === null
        ? `was ended by ${failed.signal ?? 'a lost connection'}`
        : `ended with ${failed.exitCode}`
    const said = failed.stderrTail.trim()
    super({
      code: failed.timedOut
        ? 'remote-command-timed-out'
        : failed.exitCode === null && failed.signal === null
          ? 'connection-lost'
          : 'remote-command-failed',
      message: `a command on ${failed.host} ${how}: ${failed.command}${said === '' ? '' : `\n${said}`}`,
    })
    this.host = failed.host
    this.command = failed.command
    this.exitCode = failed.exitCode
    this.signal = failed.signal
    this.stderrTail = failed.stderrTail
    this.timedOut = failed.timedOut
  }
}

/** AWS answered with an error. `missingPermission` is the IAM action it lacked, such as `ec2:CreateVolume`. */
export class AwsError extends LifeboatError {
  readonly action: string
  readonly requestId: string | null
  readonly missingPermission: string | null

  constructor(
    failed: {
      readonly action: string
      /** AWS's error code, such as `VolumeInUse`; it becomes `code`. */
      readonly code: string
      readonly message: string
      readonly requestId: string | null
      readonly missingPermission: string | null
      readonly next?: readonly Next[]
    },
    cause?: unknown,
  ) {
    const lacking = failed.missingPermission === null ? '' : ` (the identity lacks ${failed.missingPermission})`
    const message = `AWS answers ${failed.action} with ${failed.code}: ${failed.message}${lacking}`
    super({ code: failed.code, message, next: failed.next ?? [] }, cause)
    this.action = failed.action
    this.requestId = failed.requestId
    this.missingPermission = failed.missingPermission
  }
}

/** Lifeboat broke a rule of its own. Exit 70. */
export class Bug extends LifeboatError {
  constructor(message: string, cause?: unknown) {
    super({ code: 'bug', message: `${message} (a bug in Lifeboat)` }, cause)
  }
}
