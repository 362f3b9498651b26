import { describe, expect, it, vi } from 'vitest'
import { fakeQuestion, older } from '../run/fake-question.ts'
import { Screen } from './screen.tsx'

describe('a terminal that is too small', () => {
  it('says so in ASCII where only that can be shown', async () => {
    const screen = new Screen({ columns: 39, rows: 9, ascii: true })
    await expect(screen.shows('39x9 is too small: 40x10 at least.')).resolves.toBeUndefined()
  })

  it('can still be left', async () => {
    const screen = new Screen({ columns: 30, rows: 8 })
    await screen.shows('too small')
    screen.press('stop')
    await vi.waitFor(() => expect(screen.interrupts).toBe(1))
  })

  it('has what was marked still marked when it is large again', async () => {
    const screen = new Screen()
    const answer = screen.store.asker.ask(fakeQuestion('target'), new AbortController().signal)
    await screen.shows('❯ newest')
    screen.press('down')
    await screen.shows('❯ older')
    screen.resize(30, 8)
    await screen.shows('too small')
    screen.press('choose', 'up')
    screen.resize(60, 16)
    await screen.shows('❯ older')
    screen.press('choose')
    expect(await answer).toBe(older)
  })
})
