import { describe, expect, it } from 'vitest'
import { Brief } from '../../src/screens/brief.tsx'
import { fakeQuestion, option } from '../run/fake-question.ts'
import { body, drawn } from './drawn.tsx'
import { Screen } from './screen.tsx'

const [begin, hint] = [option('begin'), option('hint 1 of 2')]
const { signal } = new AbortController()

const question = (page: readonly string[], options = [begin, hint]) =>
  fakeQuestion('target', { danger: 'none', options, suggested: begin, brief: page })

describe('a page to be read', () => {
  it('has its paragraphs apart, and a key for what leads on and for a hint', () => {
    const page = ['PAGE web: it is down.', 'two\nlines \u001b[2J']
    const lines = drawn(<Brief question={question(page)} brief={page} answer={() => {}} />)
    expect(body(lines).slice(2, 6)).toEqual([' PAGE web: it is down.', '', ' two', ' lines '.trimEnd()])
    expect(lines.at(-1)).toMatch(/^ ⏎ begin {2}h hint 1 of 2 {2}w why/)
  })

  it('is answered by the keys it shows, and says when there is no hint left', async () => {
    const screen = new Screen()
    const first = screen.store.asker.ask(question(['read me']), signal)
    await screen.shows('read me')
    screen.press('hint')
    expect(await first).toBe(hint)
    const second = screen.store.asker.ask(question(['read me', 'a hint'], [begin]), signal)
    await screen.shows('a hint')
    screen.press('hint')
    await screen.shows('there is no further hint')
    screen.press('choose')
    expect(await second).toBe(begin)
  })

  it('that is longer than a small terminal begins at its end where that is what is new', async () => {
    const screen = new Screen({ columns: 40, rows: 10 })
    const page = Array.from({ length: 30 }, (_none, at) => `paragraph ${at}.`)
    void screen.store.asker.ask({ ...question(page), startAtEnd: true }, signal)
    await screen.shows('paragraph 29.')
    screen.press('first')
    await expect(screen.shows('paragraph 0.')).resolves.toBeUndefined()
  })
})
