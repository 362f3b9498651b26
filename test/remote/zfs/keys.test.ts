import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { loadKey, tryKey, type KeyOf } from '../../../src/remote/zfs/keys.ts'

/** Runs the line with a `zfs` that says what it was given, as hex digits, and with which words. */
async function given(line: string, input = ''): Promise<string> {
  const zfs = `zfs() { [ "$1" = get ] || { printf '<%s>' "$@"; od -An -v -tx1 | tr -d ' \\n'; }; }`
  return (await execa('/bin/sh', ['-c', `${zfs}\n${line}`], { input })).stdout
}

const asked = (keyFormat: string): KeyOf => ({ name: 'tank/a b', keyLocation: 'prompt', keyFormat })
const atHome: KeyOf = { name: 'tank/a b', keyLocation: 'file:///k', keyFormat: 'raw' }

describe('the key of an encrypted dataset', () => {
  it('is taken from where ZFS looks for it', async () => {
    expect(await given(loadKey(atHome).line)).toBe('<load-key><tank/a b>')
    expect(loadKey(atHome).secret).toBeUndefined()
  })

  it('goes over standard input where it is a secret', async () => {
    expect(await given(loadKey(asked('hex')).line, 'ab')).toBe('<load-key><-L><prompt><tank/a b>6162')
    expect(loadKey(asked('hex')).secret).toEqual({ name: 'key:tank/a b', prompt: 'the key of tank/a b' })
  })

  it('is decoded where 32 raw bytes come in base64', async () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_none, at) => at))
    expect(await given(tryKey(asked('raw')).line, bytes.toString('base64'))).toBe(
      `<load-key><-n><-L><prompt><tank/a b>${bytes.toString('hex')}`,
    )
  })

  it('is told to be wrong in the words of ZFS', () => {
    const stderr = "Key load error: Incorrect key provided for 'tank/a b'.\n"
    expect(tryKey(atHome).parse({ code: 255, stdout: '', stderr })).toBe("Incorrect key provided for 'tank/a b'.")
    expect(tryKey(atHome).parse({ code: 0, stdout: '', stderr: '' })).toBeUndefined()
  })
})
