import * as fc from 'fast-check'
import type { Key } from 'ink'
import { describe, expect, it } from 'vitest'
import { keyTable, pressed, type KeyId } from '../../src/screens/keys.ts'
import { footer } from '../../src/screens/parts/frame.tsx'
import { keysOf } from '../../src/screens/read-keys.ts'
import { typedInto } from '../../src/screens/text-field.ts'

const none: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
}

describe('what a terminal sends', () => {
  it.each<[string, Partial<Key>, string[]]>([
    ['', { upArrow: true }, ['up']],
    ['\r', { return: true }, ['enter']],
    ['jjj', {}, ['j', 'j', 'j']],
    ['a b', {}, ['a', 'space', 'b']],
    ['web\r', {}, ['w', 'e', 'b', 'enter']],
    ['c', { ctrl: true }, ['ctrl-c']],
    ['\u0015web', {}, ['ctrl-u', 'w', 'e', 'b']],
    ['x', { meta: true }, []],
    ['é😀', {}, ['é', '😀']],
  ])('%j is %j', (input, key, names) => {
    expect(keysOf(input, { ...none, ...key })).toEqual(names)
  })

  it('of any text every letter comes once, in order', () => {
    const letter = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      .filter((each) => each > ' ' && each !== '\u007f')
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 20 }), (letters) => {
        expect(keysOf(letters.join(''), none)).toEqual(letters)
        expect(letters.reduce((text, name) => typedInto(text, name) ?? text, '')).toBe(letters.join(''))
      }),
    )
  })
})

describe('a line that is typed', () => {
  it.each([
    ['ab', 'backspace', 'a'],
    ['', 'backspace', ''],
    ['a😀', 'backspace', 'a'],
    ['a👩‍👩‍👧', 'delete', 'a'],
    ['ab', 'ctrl-u', ''],
    ['a', 'space', 'a '],
    ['a', 'up', undefined],
    ['a', 'ctrl-c', undefined],
  ])('%j and %s make %j', (text, name, next) => {
    expect(typedInto(text, name)).toBe(next)
  })
})

describe('the table of keys', () => {
  it('knows a key only where it is offered, with the reason why it can not be used', () => {
    expect(pressed('b', [{ id: 'why' }, { id: 'back', disabled: 'too late' }])).toEqual({
      id: 'back',
      disabled: 'too late',
    })
    expect(pressed('b', [{ id: 'why' }])).toBeUndefined()
  })

  it('says in ASCII all that it says otherwise', () => {
    // oxlint-disable-next-line no-control-regex
    for (const { ascii, word, help } of Object.values(keyTable))
      expect(`${ascii}${word}${help}`).toMatch(/^[\u0020-\u007e]+$/)
  })

  it('puts two directions of one thing together in a footer', () => {
    const ids: KeyId[] = ['up', 'down', 'choose']
    expect(
      footer(
        ids.map((id) => ({ id })),
        false,
      ).map(({ text }) => text),
    ).toEqual(['↑↓ move', '⏎ choose'])
    expect(
      footer(
        ids.map((id) => ({ id })),
        true,
      ).map(({ text }) => text),
    ).toEqual(['up/down move', 'Enter choose'])
  })
})
