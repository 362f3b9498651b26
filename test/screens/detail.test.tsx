import { describe, expect, it } from 'vitest'
import { option } from '../run/fake-question.ts'
import { looking, now, questionOf, route } from './a-run.ts'
import { Screen } from './screen.tsx'

const { signal } = new AbortController()

const words = Array.from({ length: 60 }, (_none, at) => `word${at}`)

/** A list of one option of which there is much to say. */
async function list(detail: string, more: Parameters<typeof option>[1] = {}): Promise<Screen> {
  const screen = new Screen({ route, now, columns: 60, rows: 16 })
  screen.take(...looking)
  const options = [option('the one', { detail, ...more }), option('another')]
  const question = questionOf('source', { danger: 'none', options, suggested: options[0] })
  void screen.store.asker.ask(question, signal)
  await screen.shows('the one')
  return screen
}

describe('what there is to say of a marked option', () => {
  it('has a key that shows all of it where it is cut off', async () => {
    const screen = await list(words.join(' '))
    expect(screen.text()).toContain('… w shows all')
    expect(screen.text()).not.toContain('word59')
    screen.press('why')
    await screen.shows('marked: the one')
    const seen = new Set<string>()
    for (let page = 0; page < 10 && !seen.has('word59'); page++) {
      for (const [word] of screen.text().matchAll(/word\d+/g)) seen.add(word)
      if (seen.has('word59')) break
      const before = screen.text()
      screen.press('down')
      await screen.changes(before)
    }
    expect([...seen]).toEqual(words)
  })

  it('says why it can not be chosen, also where that takes all the room', async () => {
    const screen = await list('the detail', { disabled: words.join(' ') })
    expect(screen.text()).toMatch(/can't be chosen: word0 [^]*… w shows all/)
    screen.press('why')
    await screen.shows("can't be chosen: word0")
  })

  it('is whole where it fits, and says nothing of keys', async () => {
    const screen = await list('the detail')
    expect(screen.text()).toContain('the detail')
    expect(screen.text()).not.toContain('shows all')
  })
})
