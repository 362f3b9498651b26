// Asks a service something from the host it runs on, so that no firewall of the way stands between.
import { z } from 'zod'
import { raw, sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'

/** Where to ask, and what counts as an answer. */
export type ProbeSpec =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: string; readonly status: number; readonly newest?: string | undefined }
  | { readonly kind: 'command'; readonly line: string; readonly newest: boolean }

export interface ProbeResult {
  readonly passed: boolean
  readonly saw: string
  /** The time of the newest record, as ISO UTC, where the probe tells it. */
  readonly newest: string | null
}

const seconds = 5

/** An ISO time or Unix seconds, as ISO UTC; null when it is neither. */
export function instantOf(text: string): string | null {
  const trimmed = text.trim()
  if (/^\d{9,11}$/.test(trimmed)) return new Date(Number(trimmed) * 1000).toISOString()
  // Date reads a year out of nearly any text with a number in it.
  const date = /^\d{4}-\d\d-\d\d(?:[T ]|$)/i.test(trimmed) ? new Date(trimmed) : new Date(Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function newestIn(body: string, key: string | undefined): string | null {
  if (key === undefined) return null
  const read = z.record(z.string(), z.unknown()).safeParse(safeJson(body))
  const value = read.success ? read.data[key] : undefined
  return typeof value === 'string' || typeof value === 'number' ? instantOf(String(value)) : null
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The command of a probe. It changes nothing and never fails for a "no": that is its answer. */
export function probeCommand(probe: ProbeSpec): ShellCommand<ProbeResult> {
  const any = { accepts: [...Array(256).keys()], timeoutMs: 60_000 }
  if (probe.kind === 'tcp') {
    const line = sh`timeout ${seconds} bash -c ${sh`exec 3<>/dev/tcp/${probe.host}/${probe.port}`}`
    return readLine(
      line,
      (out) => ({
        passed: out.code === 0,
        saw: out.code === 0 ? 'connected' : out.stderr.trim() || 'no connection',
        newest: null,
      }),
      any,
    )
  }
  if (probe.kind === 'http') {
    const line = sh`curl -sS --max-time ${seconds} -w '\\n%{http_code}' ${probe.url}`
    return readLine(
      line,
      (out) => {
        const at = out.stdout.lastIndexOf('\n')
        const body = out.stdout.slice(0, at)
        const status = Number(out.stdout.slice(at + 1))
        const newest = newestIn(body, probe.newest)
        const passed = out.code === 0 && status === probe.status && (probe.newest === undefined || newest !== null)
        return { passed, saw: out.code === 0 ? `${status} ${body.trim()}` : out.stderr.trim(), newest }
      },
      any,
    )
  }
  return readLine(
    sh`timeout 60 sh -c ${raw(sh`${probe.line}`)}`,
    (out) => {
      const newest = probe.newest ? instantOf(out.stdout) : null
      return {
        passed: out.code === 0 && (!probe.newest || newest !== null),
        saw: (out.stdout.trim() || out.stderr.trim()).slice(0, 2000),
        newest,
      }
    },
    any,
  )
}
