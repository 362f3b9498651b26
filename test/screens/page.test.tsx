import { describe, expect, it } from 'vitest'
import type { Back, Question } from '../../src/run/asking.ts'
import type { Option } from '../../src/steps/step.ts'
import { fakeQuestion, newest, older, option } from '../run/fake-question.ts'
import { choice } from '../run/fake-route.ts'
import { Screen } from './screen.tsx'

const read = (text: string): NonNullable<Question['page']> => ({ text, leaving: 'what is done is kept' })

const question = (more: Partial<Question> = {}): Question =>
  fakeQuestion('target', {
    step: { ...choice('target'), question: 'Two disks' },
    options: [newest],
    page: read('Only one of them matters.\n\n  +---+\n  | a |\n  +---+'),
    ...more,
  })

async function asked(what: Question, opened: ConstructorParameters<typeof Screen>[0] = {}) {
  const screen = new Screen({ route: { id: 'local', legs: [] }, place: ['LEARN'], ...opened })
  const answer: Promise<Option<unknown> | Back> = screen.store.asker.ask(what, new AbortController().signal)
  await screen.shows(what.step.question)
  return { screen, answer }
}

describe('a page', () => {
  it('has its title, its text and drawing as they are, and Enter goes on', async () => {
    const { screen, answer } = await asked(question())
    const text = screen.text()
    for (const part of ['LEARN', 'Two disks', ' Only one of them matters.', '   | a |', '❯ newest', '⏎ newest'])
      expect(text).toContain(part)
    screen.press('choose')
    expect(await answer).toBe(newest)
  })

  it('says where one is in the course, and what becomes of it when one leaves there', async () => {
    const trail = [
      { title: 'what is where', state: 'done' },
      { title: 'your first restore', state: 'now' },
    ] as const
    const { screen } = await asked(question({ page: { ...read('Read me.'), trail } }))
    expect(screen.text()).toContain(' what is where ✓ › your first restore ●')
    screen.press('help')
    await screen.shows('leave: what is done is kept')
    expect(screen.text()).not.toContain('resume')
    expect(screen.text()).not.toContain('back')
  })

  it('begins at its end where that is what is new', async () => {
    const text = Array.from({ length: 40 }, (_none, at) => `- point ${at}`).join('\n')
    const { screen } = await asked(question({ page: { ...read(text), startAtEnd: true } }))
    expect(screen.text()).toContain('point 39')
    screen.press('first')
    await screen.shows('point 0')
  })

  it('of a small terminal has its rows for the text: what Enter does is in the footer', async () => {
    const { screen, answer } = await asked(question(), { columns: 60, rows: 16 })
    expect(screen.text()).not.toContain('❯')
    expect(screen.text()).toContain('⏎ newest')
    screen.press('choose')
    expect(await answer).toBe(newest)
  })

  it('goes back where there is a page before it', async () => {
    const { screen, answer } = await asked(question({ earlier: ['target'] }))
    screen.press('back')
    expect(await answer).toEqual({ kind: 'back', to: 'target' })
  })

  it('takes the answer that the arrows have marked, also where several keys come at once', async () => {
    const { screen, answer } = await asked(question({ options: [newest, older, option('third')] }))
    screen.send('jjjk\r')
    expect(await answer).toBe(older)
  })

  it('that is longer than the screen is scrolled, its answers always in sight', async () => {
    const page = Array.from({ length: 40 }, (_none, at) => `- point ${at}`).join('\n')
    const { screen, answer } = await asked(question({ page: read(page), options: [newest, older] }), {
      columns: 60,
      rows: 16,
    })
    expect(screen.text()).toContain('more below')
    expect(screen.text()).not.toContain('point 39')
    for (let at = 0; at < 8; at++) screen.press('pageDown')
    await screen.shows('point 39')
    expect(screen.text()).toContain('older')
    screen.press('down', 'choose')
    expect(await answer).toBe(older)
  })

  it('after a page begins at its top, with its own answer marked', async () => {
    const { screen, answer } = await asked(question({ options: [newest, older] }))
    screen.press('down', 'choose')
    await answer
    const next = question({ page: read('Another.'), options: [option('one'), option('two')], suggested: undefined })
    const second = screen.store.asker.ask(next, new AbortController().signal)
    await screen.shows('Another.')
    expect(screen.text()).toContain('❯ one')
    screen.press('choose')
    expect(await second).toBe(next.options[0])
  })
})
