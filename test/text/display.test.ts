import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lines, oneLine } from '../../src/text/display.ts'

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/v
const picturesJoined = /(?<=\p{Extended_Pictographic}\p{M}?\p{Sk}?)\u200d(?=\p{Extended_Pictographic})/gv
const isClean = (text: string): boolean => !hidden.test(text.replaceAll(picturesJoined, ''))

const nasty = fc.constantFrom(
  '\u001b[31m', '\u001b]0;title\u0007', '\u001b]8;;http://x\u001b\\', '\u001b', '\u009b2J', '\u009d', '\u0090', '\u0007',
  '\r', '\n', '\t', '\u202e', '\u2066', '\u200b', '\u200d', '\u200f', '\ufeff', '\u00ad', '\u2028', '\ud800', '\ue000',
  '\u{e0041}', '\u3164', '\u034f', '👩', '💻', '🏽', '\ufe0f', 'a', ' ', '[', 'm',
) // prettier-ignore
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(nasty).map((parts) => parts.join('')),
  fc.array(fc.oneof(nasty, fc.string({ unit: 'grapheme' }))).map((parts) => parts.join('')),
)

describe('text on one line', () => {
  it('holds nothing unseen, whatever it was', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const shown = oneLine(text)
        expect(isClean(shown)).toBe(true)
        expect(oneLine(shown)).toBe(shown)
        expect(shown).toBe(shown.trim())
      }),
      { numRuns: 10_000 },
    )
  })

  it.each([
    'tank/home@2026-11-20_23.45.00--1w',
    'Grüße aus Łódź, naïve café, Ελλάδα, Москва',
    'cafe\u0301',
    '日本語のスナップショット、世界、한국어',
    'שלום עולם مرحبا',
    '🚀 👩‍💻 🧑🏽‍🚀 ❤️‍🔥 🇩🇪 1️⃣ ✔︎',
    'a  b   c',
    '$HOME `id` "quoted" \\n <b>',
  ])('leaves %j as it is', (text) => {
    expect(oneLine(text)).toBe(text)
    expect(lines(text)).toEqual([text])
  })

  it.each([
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u009b31mred', 'red'],
    ['\u001b]0;title\u0007name', 'name'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001bPq#0\u001b\\after', 'after'],
    ['\u001b]0;never ended, still told', '0;never ended, still told'],
    ['a\r\nb', 'a b'],
    ['tank\u202egnp.exe', 'tank gnp.exe'],
    ['po\u200bol', 'po ol'],
    ['a\u200db', 'a b'],
    ['\u001b\u001b[0m[31m', '[31m'],
    ['\u001b(Bplain\u001b7', 'plain'],
  ])('makes %j to %j', (text, shown) => {
    expect(oneLine(text)).toBe(shown)
  })
})

describe('text of several lines', () => {
  it('holds nothing unseen in any of them', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const shown = lines(text)
        expect(shown.every(isClean)).toBe(true)
        expect(shown).toHaveLength(text.split('\n').length)
        expect(lines(shown.join('\n'))).toEqual(shown)
      }),
      { numRuns: 10_000 },
    )
  })

  it('keeps its indents', () => {
    expect(lines('a\n\tb \r\n  c\n')).toEqual(['a', '    b', '  c', ''])
  })
})
