// How the login becomes root on the host.
import { sh } from '../text/quote.ts'
import type { Host } from './host.ts'

export interface Privilege {
  /** The line as root runs it, and what it gets on standard input. */
  wrap(line: string, stdin: string | undefined): { line: string; stdin: string | undefined }
}

/** @param askPassword null: nobody can be asked */
export async function becomeRoot(
  host: Host,
  _askPassword: (attempt: number) => Promise<string | null>,
  _signal?: AbortSignal,
): Promise<Privilege> {
  if (host.user === 'root') return { wrap: (line, stdin) => ({ line, stdin }) }
  return { wrap: (line, stdin) => ({ line: sh`sudo -n /bin/sh -c ${line}`, stdin }) }
}
