import { describe, expect, it } from 'vitest'
import type { Back, Question } from '../../src/run/asking.ts'
import type { Option } from '../../src/steps/step.ts'
import { fakeQuestion, newest, older, option } from '../run/fake-question.ts'
import { choice } from '../run/fake-route.ts'
import { Screen } from './screen.tsx'

const question = (more: Partial<Question> = {}): Question =>
  fakeQuestion('target', {
    step: { ...choice('target'), question: 'Two disks' },
    options: [newest],
    page: 'Only one of them matters.\n\n  +---+\n  | a |\n  +---+',
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
    for (const part of ['LEARN', 'Two disks', ' Only one of them matters.', '   | a |', 'newest', '⏎ go on'])
      expect(text).toContain(part)
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
    const { screen, answer } = await asked(question({ page, options: [newest, older] }), { columns: 60, rows: 16 })
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
    const next = question({ page: 'Another.', options: [option('one'), option('two')], suggested: undefined })
    const second = screen.store.asker.ask(next, new AbortController().signal)
    await screen.shows('Another.')
    expect(screen.text()).toContain('❯ one')
    screen.press('choose')
    expect(await second).toBe(next.options[0])
  })
})
