import { createServer, type RequestListener } from 'node:http'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { instantOf, probeCommand, type ProbeResult, type ProbeSpec } from '../../../src/remote/linux/probe.ts'
import { listening } from '../host/listening.ts'

/** Probes from here, as the host would. */
async function probe(spec: ProbeSpec): Promise<ProbeResult> {
  const { line, parse } = probeCommand(spec)
  const { stdout, stderr, exitCode } = await execa('/bin/sh', ['-c', line], { reject: false, stripFinalNewline: false })
  return parse({ code: exitCode ?? -1, stdout, stderr })
}
