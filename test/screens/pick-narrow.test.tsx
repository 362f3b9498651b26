import { describe, expect, it } from 'vitest'
import type { Question } from '../../src/run/asking.ts'
import { Pick } from '../../src/screens/pick.tsx'
import { fakeQuestion, option } from '../run/fake-question.ts'
import { body, drawn, finding } from './drawn.tsx'
import { Screen } from './screen.tsx'

const pick = (more: Partial<Question>, columns: number, rows: number, facts = 0): string[] =>
  body(
    drawn(<Pick question={fakeQuestion('target', more)} answer={() => {}} />, {
      columns,
      rows,
      events: Array.from({ length: facts }, (_none, at) => finding('target', `fact ${at}`)),
    }),
  )

describe('a list on a small terminal', () => {
  it.each([
    [80, 24],
    [60, 16],
  ])('has the latest fact in sight at %i×%i, and no line over another', (columns, rows) => {
    const lines = pick({}, columns, rows, 100)
    expect(lines[0]).toBe(' Which target?')
    expect(lines).toContain(' fact 99')
    expect(lines.join('\n')).toMatch(/\d+ more above; l shows all/)
    expect(lines).toContain(' ❯ newest')
  })

  it('of 40×10 has the question, the marked option and where it is', () => {
    const options = Array.from({ length: 300 }, (_none, at) => option(`number ${at}`, { detail: 'what it means' }))
    const lines = pick({ options, suggested: options[7] }, 40, 10, 5)
    expect(lines.map((line) => line.trim())).toEqual([
      'Which target?',
      '',
      '❯ number 7',
      '8 to 8 of 300',
      'what it means',
    ])
  })

  it('says why one can not be chosen before what it would mean, and in whole when it is chosen', async () => {
    const disabled = `it is archived, and its return takes up to 72 hours: aws ec2 restore-snapshot-tier ${'--more '.repeat(8)}end`
    const off = option('old', { disabled, detail: 'a detail '.repeat(40) })
    expect(pick({ options: [off], suggested: undefined }, 60, 16).join('\n')).toContain(
      "can't be chosen: it is archived",
    )
    const screen = new Screen({ columns: 60, rows: 16 })
    const asked = fakeQuestion('target', { options: [off], suggested: undefined })
    void screen.store.asker.ask(asked, new AbortController().signal)
    await screen.shows('❯ old')
    screen.press('choose')
    await screen.shows("that one can't be chosen")
    expect(screen.lines().at(-1)).toMatch(/end$/)
  })
})
