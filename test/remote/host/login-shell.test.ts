// A line reaches /bin/sh unchanged through every shell that a login may have and that this machine has.
import { existsSync } from 'node:fs'
import { execa } from 'execa'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forLoginShell } from '../../../src/remote/host/login-shell.ts'
import { sh } from '../../../src/text/quote.ts'

const shells = ['/bin/sh', '/bin/bash', '/bin/ksh', '/bin/zsh', '/bin/tcsh', '/usr/bin/fish']

const awkward = fc.constantFrom("'", '"', '\\', '!', '\n', '$', '`', '%', '*', '~', '#', ';', ' ', '0', '{', 'é', '世')
const words = fc.array(
  fc.string({ unit: fc.oneof(awkward, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })) }),
  {
    minLength: 1,
  },
)

/** What sshd does with a line: `shell -c line`. */
async function through(shell: string, line: string): Promise<string> {
  const { stdout } = await execa(shell, ['-c', forLoginShell(line)], { env: { HOME: '/' }, extendEnv: false })
  return stdout
}

describe.each(shells)('the login shell %s', (shell) => {
  it.skipIf(!existsSync(shell))('passes any words on to /bin/sh', { timeout: 60_000 }, async () => {
    // Many words to a line: a shell is slow to start.
    const samples = fc.sample(words, 400).map((list) => list.map((each) => each.toWellFormed().replaceAll('\0', '')))
    for (let at = 0; at < samples.length; at += 20) {
      const batch = samples.slice(at, at + 20).flat()
      const printed = await through(shell, sh`printf '%s\\0' ${batch}`)
      expect(printed.split('\0').slice(0, -1)).toEqual(batch)
    }
  })

  it.skipIf(!existsSync(shell))('leaves the syntax of a line to /bin/sh', async () => {
    const line =
      'set -- a b\nfor each in "$@"; do\n  [ "$each" = a ] || printf "%s\\n" "$each!"\ndone; echo $# "${0##*/}" $(( 1 + 1 ))'
    expect(await through(shell, line)).toBe('b!\n2 sh 2')
    expect(await through(shell, 'x=1; echo $x ${y-unset} $#')).toBe('1 unset 0')
  })
})
