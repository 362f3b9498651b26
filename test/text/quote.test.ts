// The quoting, read back by this machine's real /bin/sh.
import { execa } from 'execa'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { raw, sh, word } from '../../src/text/quote.ts'

/** The words that the shell makes of a script's arguments. */
async function asRead(args: string): Promise<string[]> {
  const { stdout } = await execa('/bin/sh', ['-s'], {
    // Through standard input, as no argument can be that long.
    input: `printf '%s\\0' ${args}\n`,
    stripFinalNewline: false,
    cwd: '/',
  })
  return stdout.split('\0').slice(0, -1)
}

const awkward = fc.oneof(
  fc.constantFrom(...`'"\\$\`!*?[]{}()<>|&;#~=%^ \t\n\r-`.split('')),
  fc.constantFrom('\u0001', '\u007f', 'é', '世', '🚀'),
)
const unit = fc.oneof(awkward, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
const anyWord = fc.string({ unit, maxLength: 12 }).map((text) => text.toWellFormed().replaceAll('\0', ''))

describe('a quoted word', () => {
  it('is read back by /bin/sh as it was, 10,000 times', { timeout: 60_000 }, async () => {
    const words = fc.sample(anyWord, 10_000)
    for (let at = 0; at < words.length; at += 2500) {
      const batch = words.slice(at, at + 2500)
      expect(await asRead(batch.map((each) => word(each)).join(' '))).toEqual(batch)
    }
  })

  it('is read back through several shells', async () => {
    const words = fc.sample(anyWord, 200)
    const nested = sh`/bin/sh -c ${sh`/bin/sh -c ${sh`printf '%s\\0' ${words}`}`}`
    const { stdout } = await execa('/bin/sh', ['-c', nested], { stripFinalNewline: false })
    expect(stdout.split('\0').slice(0, -1)).toEqual(words)
  })

  it('stays readable when it needs no quotes', () => {
    expect(['tank/home@a', '/dev/sdf', '-o', 'a,b', '50%', 'x:1+2'].map(word)).toEqual([
      'tank/home@a', '/dev/sdf', '-o', 'a,b', '50%', 'x:1+2',
    ]) // prettier-ignore
    expect(word('')).toBe("''")
  })

  it('can hold no NUL', () => {
    expect(() => word('a\0b')).toThrow(TypeError)
    expect(() => sh`echo ${['a\0b']}`).toThrow(TypeError)
  })
})

describe('a shell line', () => {
  it('has its words quoted, its lists spread and its numbers written', () => {
    expect(sh`zfs destroy ${['a b', 1, "it's"]} ${2}`).toBe(`zfs destroy 'a b' 1 'it'\\''s' 2`)
    expect(sh`a ${raw('| b > c')} d`).toBe('a | b > c d')
    expect(sh`echo ${''}`).toBe("echo ''")
  })

  it('leaves out what is not there, with its blank', () => {
    expect(sh`zfs list ${undefined} -o ${'name'}`).toBe('zfs list -o name')
    expect(sh`zfs list ${[]}`).toBe('zfs list')
    expect(sh`${undefined}zfs ${raw('')} list`).toBe('zfs list')
  })

  it('gives the shell exactly the words put in, wherever they stand', async () => {
    const pieces = fc.sample(
      fc.tuple(anyWord, fc.array(anyWord, { maxLength: 3 }), fc.option(anyWord, { nil: undefined })),
      500,
    )
    const args = pieces.map(([one, list, maybe]) => sh`${one} ${list} ${maybe} end`).join(' ')
    expect(await asRead(args)).toEqual(
      pieces.flatMap(([one, list, maybe]) => [one, ...list, ...(maybe === undefined ? [] : [maybe]), 'end']),
    )
  })
})
