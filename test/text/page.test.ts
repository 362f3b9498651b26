import * as fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import { pageLines } from '../../src/text/page.ts'

it('wraps paragraphs and points, and leaves a drawing as it is', () => {
  const text = `
a paragraph that is
broken anywhere

  +----+
  | a  |  as it is

- a point that is longer than the page
- another`
  expect(pageLines(text, 20)).toEqual([
    'a paragraph that is',
    'broken anywhere',
    '',
    '  +----+',
    '  | a  |  as it is',
    '',
    '- a point that is',
    '  longer than the',
    '  page',
    '- another',
  ])
})

it('wraps prose to any width, and shows nothing of what controls a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 10, max: 100 }), (text, columns) => {
      const lines = pageLines(`x${text.replaceAll(/\n+/g, ' ')}`, columns)
      expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([])
      expect(lines.join('')).not.toMatch(/\p{Cc}/v)
    }),
  )
})

it('wraps a command and its answer at any width, so that nothing of them is cut off', () => {
  expect(pageLines('  $ zfs clone tank/chat@then tank/then\n  NAME  USED', 24)).toEqual([
    '  $ zfs clone',
    '      tank/chat@then',
    '      tank/then',
    '  NAME  USED',
  ])
})
