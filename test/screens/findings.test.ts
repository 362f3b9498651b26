import { expect, it } from 'vitest'
import { findingLines } from '../../src/screens/findings.ts'

const shown = (text: string): string[] =>
  findingLines({ findings: [{ level: 'info', text, exact: text, part: undefined }] }).map((line) => line.text)

it('what can be named by a flag is named by a key in the wizard', () => {
  expect(shown('and 312 older ones, which can be named: --snapshot snap-…')).toEqual([
    'and 312 older ones, which can be named: o types the id of one',
  ])
})

it('a command with a flag stays as it is', () => {
  expect(shown('$ lifeboat restore --snapshot snap-0a')).toEqual(['$ lifeboat restore --snapshot snap-0a'])
})
