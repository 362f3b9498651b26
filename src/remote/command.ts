import type { TransientUnit } from './linux/transient-unit.ts'

/** What a shell command left behind. */
export interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** An object in S3, or one version of it. */
export interface S3Object {
  readonly bucket: string
  /** The bucket's, which need not be the host's. */
  readonly region: string
  readonly key: string
  /** Null: the newest, in a bucket without versions the only one. */
  readonly versionId: string | null
}

/** A part of an object, or all of it, that the host's curl gets from S3. */
export interface S3Get extends S3Object {
  /** Without quotes: where the object has another one by then, S3 answers 412 and curl fails. Null: whatever is there. */
  readonly etag: string | null
  /** Its first byte, from 0, and its last one, as HTTP counts them; null: from the beginning, or to the end. */
  readonly from: number | null
  readonly to: number | null
  /** The file on the host. */
  readonly output: string
}

/**
 * A line for the host's /bin/sh, with the reading of its answer. It is data: it can be shown, compared, journaled
 * and run, and it does nothing by itself.
 */
export interface ShellCommand<T> {
  readonly kind: 'shell'
  /** Made by `sh` in text/quote.ts, so every word in it is quoted. */
  readonly line: string
  /** Given to the line's standard input. Programs and long lists go here, never into the line. */
  readonly stdin?: string
  /** What the standard input is, in words, where showing it would help nobody. */
  readonly inputIs?: string
  /** Needs root: a login that isn't root runs it through `sudo -n`. */
  readonly root: boolean
  /** Changes nothing in the world. */
  readonly reads: boolean
  /** Runs as this transient systemd unit, which outlives the connection and this process (systemd-run(1)). Given by the runner. */
  readonly unit?: TransientUnit
  /** Changes something, but run twice it does no more than once, and it is quick: needs no unit. */
  readonly repeatable?: boolean
  /** What running it would destroy, by full name. One guard refuses it unless each was confirmed. */
  readonly destroys?: readonly string[]
  /** A secret that is its standard input, put in where it is run and nowhere shown: its name, and what to ask for. */
  readonly secret?: { readonly name: string; readonly prompt: string }
  /**
   * What the line's curl gets from S3: its standard input is a curl config (`--config -`) with a URL for each, signed where
   * it is run and nowhere shown. Of each transfer curl puts out `STATUS BYTES FILE`: a part has come as one only with 206.
   */
  readonly gets?: readonly S3Get[]
  /** How long those URLs are good, where that is not as long as the command may take. */
  readonly signedForMs?: number
  /**
   * What this machine gets from S3 and passes on: the line's standard input is a tar archive of the files, by the last name
   * of each `output`. They are fetched where it is run, and held in memory.
   */
  readonly relays?: readonly S3Get[]
  /** Instead of `stdin`, where it is no text. Put in where it is run. */
  readonly bytes?: Uint8Array
  /** When it is run at all, for a command that may not be needed. */
  readonly onlyIf?: string
  /** Its answer may be megabytes that repeat themselves: the host compresses them on their way. */
  readonly compressed?: boolean
  readonly timeoutMs: number
  /** Exit codes that are answers; any other is thrown as RemoteCommandError. */
  readonly accepts: readonly number[]
  parse(output: Output): T
}

/** A call of AWS's API, with the reading of its answer. */
export interface AwsCommand<T> {
  readonly kind: 'aws'
  readonly service: 'ec2' | 'iam' | 's3' | 'sts'
  /** As in AWS's API reference: `CreateVolume`. */
  readonly action: string
  readonly input: object
  readonly reads: boolean
  readonly destroys?: readonly string[]
  readonly onlyIf?: string
  /** What the next page of a listing is asked for by, beside its input; undefined after the last one. */
  nextPage?(page: unknown): object | undefined
  parse(output: unknown): T
}

export type Command<T> = AwsCommand<T> | ShellCommand<T>

const text = (output: Output): string => output.stdout

/** A shell command that changes nothing. 60 s is enough for every listing seen, also under emulation. */
export function readLine<T>(
  line: string,
  parse: (output: Output) => T,
  more: Partial<ShellCommand<T>> = {},
): ShellCommand<T> {
  return { kind: 'shell', line, root: true, reads: true, timeoutMs: 60_000, accepts: [0], parse, ...more }
}

/** A shell command that changes the host. */
export function changeLine(line: string, more: Partial<ShellCommand<string>> = {}): ShellCommand<string> {
  return { kind: 'shell', line, root: true, reads: false, timeoutMs: 300_000, accepts: [0], parse: text, ...more }
}
