import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { compressing, decompressed } from '../../src/remote/compressed.ts'

/** Runs a line with and without compression. */
async function both(line: string, input: string) {
  const run = async (each: string) => {
    const {
      exitCode = -1,
      stdout,
      stderr,
    } = await execa('/bin/sh', ['-c', each], {
      input,
      reject: false,
      stripFinalNewline: false,
    })
    return { code: exitCode, stdout, stderr }
  }
  return { plain: await run(line), sent: await run(compressing(line)) }
}

describe('a compressed answer', () => {
  it.each([
    ['text', 'cat; echo after', 'Grüße\tone\ntwo\n'],
    ['nothing', ':', ''],
    ['text without an end of line', 'printf %s "$(cat)"', 'one'],
    ['a failure', 'cat; echo why >&2; exit 3', 'partly\n'],
    ['a failure inside a pipe', 'cat | { cat; false; }', 'one\n'],
    ['a line that ends in a comment', 'cat # all of it', 'one\n'],
  ])('is the same for %s', async (_what, line, input) => {
    const { plain, sent } = await both(line, input)
    expect(decompressed(sent)).toEqual(plain)
  })

  it('of many snapshots is a tenth of their size', async () => {
    const { plain, sent } = await both("seq -f 'tank/home/alice@hourly-2026-11-20_23.%06.0f--1w' 20000", '')
    expect(sent.stdout.length).toBeLessThan(plain.stdout.length / 10)
    expect(decompressed(sent)).toEqual(plain)
  })

  it('that was not compressed is refused', () => {
    expect(() => decompressed({ code: 0, stdout: 'tank@a\n', stderr: '' })).toThrow(/header/)
  })
})
