import { describe, expect, it } from 'vitest'
import { Review } from '../../src/screens/review.tsx'
import { fakeQuestion, option } from '../run/fake-question.ts'
import { choice } from '../run/fake-route.ts'
import { body, drawn, finding } from './drawn.tsx'
import { Screen } from './screen.tsx'

const only = option('do it')

const question = (more: Parameters<typeof fakeQuestion>[1] = {}) =>
  fakeQuestion('review', { danger: 'moderate', options: [only], suggested: only, ...more })

const review = (what = question()) => <Review question={what} only={only} answer={() => {}} />

const { signal } = new AbortController()

describe('a review', () => {
  it('of nothing is still a question', () => {
    const lines = drawn(review())
    expect(body(lines)[0]).toBe(' Which review?')
    expect(lines.at(-1)).toMatch(/^ y do it {2}n don't {2}w why/)
  })

  it('has its whole question also where that is long and the terminal narrow', () => {
    const long = 'Shall backups and snapshot schedules be held back?'
    const lines = drawn(review(question({ step: choice('review', { question: long }) })), { columns: 40, rows: 10 })
    expect(body(lines).slice(0, 2)).toEqual([' Shall backups and snapshot schedules', '   be held back?'])
  })

  it.each([
    [60, 16],
    [40, 10],
  ])('of hundreds of lines shows each of them once at %i×%i, page by page', async (columns, rows) => {
    const screen = new Screen({ columns, rows })
    screen.take(...Array.from({ length: 100 }, (_none, at) => finding('review', `line ${at}.`)))
    void screen.store.asker.ask(question(), signal)
    await screen.shows('line 0.')
    const seen: string[] = []
    for (let next = 0; next < 100;) {
      await screen.shows(` line ${next}.`)
      const lines = screen.lines().filter((line) => /^ line \d+\.$/.test(line))
      const fresh = lines.filter((line) => !seen.includes(line))
      seen.push(...fresh)
      next += fresh.length
      screen.press('pageDown')
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_none, at) => ` line ${at}.`))
    await screen.shows('the end of 100 lines')
  })

  it('says what to press in keys that this terminal can show', async () => {
    const screen = new Screen({ ascii: true })
    void screen.store.asker.ask(question({ earlier: ['target'] }), signal)
    await screen.shows('Which review?')
    screen.press('no')
    await expect(screen.shows('nothing was done; y does it, Esc goes back, q leaves')).resolves.toBeUndefined()
  })

  it('speaks of going back only where that is possible', async () => {
    const screen = new Screen()
    void screen.store.asker.ask(question(), signal)
    await screen.shows('Which review?')
    screen.press('no')
    await screen.shows('nothing was done; y does it, q leaves')
    screen.press('back')
    await expect(screen.shows('there is no earlier question')).resolves.toBeUndefined()
  })
})
