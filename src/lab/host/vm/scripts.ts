// The shell scripts under image/, which unpack Debian packages and put the guest together.
import { join } from 'node:path'
import { execa } from 'execa'
import { LifeboatError, PreflightError } from '../../../text/errors.ts'

export const imageScripts = join(import.meta.dirname, 'image')

/** Runs one and answers with its output. A script that ends with 5 has found the machine unfit and says why. */
export async function runScript(script: string, args: readonly string[] = []): Promise<string> {
  return bash([join(imageScripts, script), ...args], script)
}

/** The Debian release that the guest is made of, as the machine's package sources name it. */
export async function debianSuite(): Promise<string> {
  return (await bash(['-c', '. "$0" && suite', join(imageScripts, 'lib.sh')], 'lib.sh')).trim()
}

async function bash(args: readonly string[], name: string): Promise<string> {
  const ran = await execa('bash', args, { stdin: 'ignore', reject: false })
  if (!ran.failed) return ran.stdout
  const said = ran.stderr.trim().split('\n').slice(-20).join('\n')
  if (ran.exitCode === 5) throw new PreflightError({ code: 'rig-machine-unfit', message: said })
  const how = ran.exitCode === undefined ? (ran.signal ?? 'no exit code') : String(ran.exitCode)
  throw new LifeboatError({ code: 'rig-stage-failed', message: `${name} ended with ${how}:\n${said}` })
}
