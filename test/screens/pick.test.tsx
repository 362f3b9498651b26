import { describe, expect, it, vi } from 'vitest'
import type { Back, Question } from '../../src/run/asking.ts'
import type { Option } from '../../src/steps/step.ts'
import { UsageError } from '../../src/text/errors.ts'
import { fakeQuestion, older, option } from '../run/fake-question.ts'
import { choice } from '../run/fake-route.ts'
import { Screen } from './screen.tsx'

const question = (more: Partial<Question> = {}): Question => fakeQuestion('target', more)

const readTyped = (text: string) =>
  text === 'snap-1' ? Promise.resolve({ value: text }) : Promise.reject(new UsageError(`${text} is no snapshot`))

/** Asks it on a screen, which shows the question before this returns. */
async function asked(what: Question, opened: ConstructorParameters<typeof Screen>[0] = {}) {
  const screen = new Screen(opened)
  const stop = new AbortController()
  const answer: Promise<Option<unknown> | Back | Error> = screen.store.asker
    .ask(what, stop.signal)
    .catch((error: Error) => error)
  await screen.shows(what.step.question)
  return { screen, answer, stop }
}

describe('a list of options', () => {
  it('has the suggested one marked, and takes it for Enter', async () => {
    const { screen, answer } = await asked(question({ suggested: older }))
    expect(screen.text()).toContain('❯ older')
    await screen.shows('loses an hour')
    screen.press('choose')
    expect(await answer).toBe(older)
  })

  it('takes what the arrows have marked, also where several keys come at once', async () => {
    const { screen, answer } = await asked(question())
    screen.send('jjjkkkj\r')
    expect(await answer).toBe(older)
  })

  it('says why one can not be chosen, and does not choose it', async () => {
    const { screen, answer } = await asked(question())
    screen.press('last')
    await screen.shows("can't be chosen: it is archived")
    screen.press('choose')
    await screen.shows("that one can't be chosen")
    screen.press('up', 'choose')
    expect(await answer).toBe(older)
  })

  it('of which there is none says so, and Enter does nothing', async () => {
    const { screen, answer } = await asked(question({ options: [], suggested: undefined }))
    await screen.shows('there is nothing to choose from')
    screen.press('choose')
    await screen.shows('there is nothing to choose')
    screen.press('leave')
    await vi.waitFor(() => expect(screen.interrupts).toBe(1))
    await expect(Promise.race([answer, Promise.resolve('open')])).resolves.toBe('open')
  })

  it('of ten thousand shows where one is in it, and finds one by a few letters', async () => {
    const options = Array.from({ length: 10_000 }, (_none, at) => option(`snapshot ${at}`))
    const { screen, answer } = await asked(question({ options, suggested: options[0] }))
    await screen.shows(/1 to \d+ of 10000/)
    screen.press('last')
    await screen.shows('❯ snapshot 9999')
    screen.press('first', 'filter')
    screen.send('t 4711')
    await screen.shows('1 of 10000')
    await screen.shows('❯ snapshot 4711')
    screen.send('\r\r')
    expect(await answer).toBe(options[4711])
  })

  it('is shown whole again when the filter is left', async () => {
    const { screen } = await asked(question())
    screen.press('filter')
    screen.send('nothing like it')
    await screen.shows('nothing matches')
    expect(screen.lines().at(-1)).toBe(' ↑↓ move  ⏎ keep it  Esc show all  ^C leave')
    screen.send('\u001b')
    await expect(screen.shows('❯ newest')).resolves.toBeUndefined()
  })

  it('takes an answer that it does not have, or says why it is none', async () => {
    const step = choice('target', {
      typed: { what: 'the id of another', read: (_run, text) => readTyped(text) },
    })
    const { screen, answer } = await asked(question({ step, readTyped }))
    screen.press('other')
    await screen.shows('the id of another: _')
    expect(screen.lines().at(-1)).toBe(' ⏎ take it  Esc never mind  ^C leave')
    screen.send('x')
    screen.press('choose')
    await screen.shows('x is no snapshot')
    screen.press('other')
    screen.send('snap-1\r')
    expect(await answer).toMatchObject({ value: { value: 'snap-1' } })
  })
})

describe('going back', () => {
  it('leads to the question before', async () => {
    const { screen, answer } = await asked(question({ earlier: ['target', 'source'] }))
    screen.press('back')
    expect(await answer).toEqual({ kind: 'back', to: 'source' })
  })

  it('says why it can not be, where nothing is before', async () => {
    const { screen } = await asked(question())
    screen.press('back')
    await expect(screen.shows('there is no earlier question')).resolves.toBeUndefined()
  })
})

describe('what lies over a screen', () => {
  it('says why, names the keys, and leaves the list as it was', async () => {
    const { screen, answer } = await asked(question())
    screen.press('down', 'why')
    await screen.shows('because of target')
    screen.press('close')
    await screen.shows('❯ older')
    screen.press('help')
    await screen.shows('Keys')
    screen.press('close')
    await screen.shows('❯ older')
    screen.press('choose')
    expect(await answer).toBe(older)
  })

  it('takes no key for the list below', async () => {
    const { screen } = await asked(question())
    screen.press('why')
    await screen.shows('because of target')
    screen.send('jj')
    screen.press('close')
    await expect(screen.shows('❯ newest')).resolves.toBeUndefined()
  })
})

describe('any size', () => {
  it.each([
    [80, 24],
    [60, 16],
    [120, 40],
  ])('%i×%i is filled and never exceeded', async (columns, rows) => {
    const options = Array.from({ length: 50 }, (_none, at) => option(`${at} ${'long words '.repeat(20)}`))
    const { screen } = await asked(question({ options, suggested: options[0] }), { columns, rows })
    await screen.shows('? keys')
    expect(screen.lines()[0]).toMatch(/^ lifeboat/)
    expect(screen.lines().at(-1)).toContain('choose')
    expect(screen.lines().every((line) => line.length <= columns)).toBe(true)
  })

  it('can change at any moment, also to one that is too small', async () => {
    const { screen, answer } = await asked(question())
    screen.press('down')
    await screen.shows('❯ older')
    screen.resize(30, 8)
    await screen.shows('30×8 is too small')
    // What can't be seen takes no keys.
    screen.press('choose')
    screen.resize(60, 16)
    await screen.shows('❯ older')
    screen.press('choose')
    expect(await answer).toBe(older)
  })

  it.each([
    [60, 16, 80, 24],
    [80, 24, 60, 16],
    [80, 24, 80, 12],
    [80, 12, 120, 40],
  ])(
    'from %i×%i to %i×%i is drawn whole again, as if it had been so from the beginning',
    async (columns, rows, to, high) => {
      const options = Array.from({ length: 50 }, (_none, at) => option(`number ${at} of many`))
      const what = question({ options, suggested: options[0] })
      const { screen: fresh } = await asked(what, { columns: to, rows: high })
      const { screen } = await asked(what, { columns, rows })
      screen.press('why')
      await screen.shows('because of target')
      screen.press('close')
      await screen.shows('❯ number 0')
      screen.resize(to, high)
      await vi.waitFor(() => expect(screen.text()).toBe(fresh.text()))
    },
  )

  it('is drawn whole again where it was smaller for a moment that nobody has heard of', async () => {
    const { screen } = await asked(question())
    const before = screen.text()
    screen.resizeUnheard(60, 16)
    screen.resizeUnheard(80, 24)
    expect(screen.text()).not.toBe(before)
    process.emit('SIGWINCH', 'SIGWINCH')
    await vi.waitFor(() => expect(screen.text()).toBe(before))
  })

  it('is drawn whole again for Ctrl-L', async () => {
    const { screen } = await asked(question())
    const before = screen.text()
    screen.spoil('\u001b[5;5Hnoise on the line')
    await screen.shows('noise on the line')
    screen.press('redraw')
    await vi.waitFor(() => expect(screen.text()).toBe(before))
  })

  it('is drawn in ASCII where that is wanted', async () => {
    const { screen } = await asked(question(), { ascii: true })
    // oxlint-disable-next-line no-control-regex
    expect(screen.text()).toMatch(/^[\n\u0020-\u007e]*$/)
  })
})

it('text from outside is shown without what a terminal would obey', async () => {
  const evil = option('a\u001b[2J\u001b]0;title\u0007b\u202e\nc', { detail: '\u001b[31mred' })
  const { screen } = await asked(question({ options: [evil], suggested: evil }))
  await screen.shows('❯ ab c')
  await screen.shows('red')
  expect(screen.written).not.toContain('\u001b]0;')
})

it('the whole screen is never cleared while it is drawn anew', async () => {
  const { screen } = await asked(question())
  screen.written = ''
  for (let at = 0; at < 20; at++) screen.press('down', 'up')
  screen.press('why')
  await screen.shows('because of target')
  // oxlint-disable-next-line no-control-regex
  expect(screen.written).not.toMatch(/\u001b\[[23]J/)
})

it('a question that nobody waits for any more is gone from the screen', async () => {
  const { screen, answer, stop } = await asked(question())
  stop.abort(new Error('stopped'))
  expect(await answer).toEqual(new Error('stopped'))
  await screen.hides('❯ newest')
})
