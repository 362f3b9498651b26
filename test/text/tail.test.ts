import { expect, it } from 'vitest'
import { tail } from '../../src/text/tail.ts'

it('what is short is told whole', () => {
  expect(tail('all\nof it', 9)).toBe('all\nof it')
})

it('a line that would be cut in two is left out', () => {
  expect(tail('one\nsecret\ntwo\n', 9)).toBe('two\n')
  expect(tail('one\ntwo', 3)).toBe('two')
})

it('the end of a line that is longer than all of it is told', () => {
  expect(tail(`${'x'.repeat(30)}\n`, 10)).toBe(`${'x'.repeat(9)}\n`)
})
