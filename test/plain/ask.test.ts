import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { plainAsker, readAnswer } from '../../src/plain/ask.ts'
import type { Question } from '../../src/run/asking.ts'
import type { Option } from '../../src/steps/step.ts'
import { Cancelled, UsageError } from '../../src/text/errors.ts'
import { fakeQuestion, newest, older, option } from '../run/fake-question.ts'

const question = (more: Partial<Question> = {}): Question => fakeQuestion('snapshot', more)

describe('an answer line', () => {
  it.each<[string, Option<unknown> | string]>([
    ['', newest],
    ['  ', newest],
    ['1', newest],
    [' 2 ', older],
    ['3', "that one can't be chosen: it is archived"],
    ['0', 'type a number from 1 to 3, or w for why'],
    ['4', 'type a number from 1 to 3, or w for why'],
    ['-1', 'type a number from 1 to 3, or w for why'],
    ['1.5', 'type a number from 1 to 3, or w for why'],
    ['newest', 'type a number from 1 to 3, or w for why'],
    ['1 2', 'type a number from 1 to 3, or w for why'],
  ])('%j means %o', (typed, meaning) => {
    expect(readAnswer(typed, question())).toEqual(meaning)
  })

  it('of nothing means nothing where there is no suggestion', () => {
    expect(readAnswer('', question({ suggested: undefined }))).toBe('type a number')
  })

  it('says why in one line, whatever the reason holds', () => {
    const options = [option('x', { disabled: 'gone\n\u001b[2Jfor good' })]
    expect(readAnswer('1', question({ options }))).toBe("that one can't be chosen: gone for good")
  })
})

const ctrlC = '\u0003'
const ctrlD = '\u0004'

/** Asks at a terminal where these lines are typed, each at its prompt; Ctrl-C after the last. */
async function asked(what: Question, typed: readonly string[]) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const controller = new AbortController()
  const left = [...typed]
  let shown = ''
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    if (!shown.endsWith(': ')) return
    const next = left.shift() ?? ctrlC
    if (next === ctrlC) controller.abort(new Cancelled('SIGINT'))
    else if (next === ctrlD) input.end()
    else input.write(`${next}\n`)
  })
  const answer = await plainAsker({ input, output })
    .ask(what, controller.signal)
    .catch((error: unknown) => error)
  return { answer, shown, lines: shown.split('\n') }
}

describe('a question with several answers', () => {
  it('lists them with what they mean and why they cannot be', async () => {
    const { lines } = await asked(question(), [''])
    expect(lines).toEqual([
      '  1) newest',
      '  2) older',
      '     loses an hour',
      '  3) broken',
      "     can't be chosen: it is archived",
      'Which one? [1] (w for why): ',
    ])
  })

  it('takes its default for Enter', async () => {
    expect((await asked(question({ suggested: older }), [''])).answer).toBe(older)
  })

  it('offers no default where nothing is suggested', async () => {
    const { answer, shown } = await asked(question({ suggested: undefined }), ['', '2'])
    expect(answer).toBe(older)
    expect(shown).toContain('Which one? (w for why): ')
  })

  it('asks again after an answer that is none', async () => {
    const { answer, lines } = await asked(question(), ['3', 'x', '2'])
    expect(answer).toBe(older)
    expect(lines).toContain("Which one? [1] (w for why): that one can't be chosen: it is archived")
    expect(lines).toContain('Which one? [1] (w for why): type a number from 1 to 3, or w for why')
  })

  it('says why it asks', async () => {
    const { answer, shown } = await asked(question(), ['w', '1'])
    expect(answer).toBe(newest)
    expect(shown).toContain('because of snapshot')
  })

  it('shows text from outside without what could move the cursor', async () => {
    const { shown } = await asked(question({ options: [option('a\u001b[31m\rb\nc')] }), ['1'])
    expect(shown.split('\n')[0]).toBe('  1) a b c')
  })
})

describe('a question after others', () => {
  const after = { earlier: ['target', 'source'] as const }
  const back = { kind: 'back', to: 'source' }

  it.each<[string, Partial<Question>]>([
    ['of several answers', {}],
    ['before something is stopped', { danger: 'moderate', options: [newest] }],
    ['before data is destroyed', { danger: 'destructive', confirmation: 'web' }],
  ])('%s leads back to the last of them', async (_what, more) => {
    const { answer, shown } = await asked(question({ ...more, ...after }), ['b'])
    expect(answer).toEqual(back)
    expect(shown).toContain(', b goes back')
  })

  it('leads nowhere where there is none, and does not offer it', async () => {
    const { answer, shown } = await asked(question(), ['b', '1'])
    expect(answer).toBe(newest)
    expect(shown).not.toContain('goes back')
  })

  it('is about destroying what is called b before it is about going back', async () => {
    const b = { danger: 'destructive', confirmation: 'b', ...after } as const
    expect((await asked(question(b), ['b'])).answer).toBe(newest)
  })
})

describe('a plain question', () => {
  it('shows nothing that a screen would obey, such as a host’s own name for its key', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const asker = plainAsker({ input, output })
    const agreed = asker.agree('Is SHA256:x (a\u001b[2Jb\n) the key of web?', new AbortController().signal)
    input.write('y\n')
    expect(await agreed).toBe(true)
    expect(String(output.read())).toBe('Is SHA256:x (ab ) the key of web? y/N: ')
  })

  it('of an answer that says why it is none shows nothing of the kind either', async () => {
    const unread = question({ readTyped: () => Promise.reject(new UsageError('no \u001b[2Jsnapshot')) })
    const { shown } = await asked(unread, ['x', '1'])
    expect(shown).toContain('no snapshot\n')
  })
})

describe('a question before something is stopped', () => {
  const stops = question({ danger: 'moderate', options: [newest] })

  it.each(['y', 'Y', 'yes', ' YES '])('is agreed to with %j', async (typed) => {
    expect((await asked(stops, [typed])).answer).toBe(newest)
  })

  it.each(['', 'n', 'N', 'no', '1', 'yy', 'yes please', 'ja'])('is not agreed to with %j', async (typed) => {
    const { answer, shown } = await asked(stops, [typed])
    expect(answer).toBeInstanceOf(Cancelled)
    expect(shown).toContain('nothing was done; y does it, Ctrl-C leaves')
  })

  it('says that No is what Enter means', async () => {
    expect((await asked(stops, ['y'])).shown).toContain('Which snapshot? y/N (w for why): ')
  })
})

describe('a question before something is destroyed', () => {
  const destroys = question({ danger: 'destructive', options: [newest], confirmation: 'tank/irc' })

  it('takes the word that is asked for', async () => {
    const { answer, shown } = await asked(destroys, ['tank/irc'])
    expect(answer).toBe(newest)
    expect(shown).toContain('This destroys data: newest.\nType tank/irc to do it (Ctrl-C leaves, w for why): ')
  })

  it.each(['', 'y', 'yes', '1', 'tank', 'TANK/IRC', 'tank/irc2'])('does not take %j', async (typed) => {
    const { answer, shown } = await asked(destroys, [typed])
    expect(answer).toBeInstanceOf(Cancelled)
    expect(shown).toContain(`"${typed}" is not tank/irc: nothing was done`)
  })

  it('tells why when asked, and that is no answer', async () => {
    const { answer, shown } = await asked(destroys, ['w'])
    expect(answer).toBeInstanceOf(Cancelled)
    expect(shown).toContain(destroys.step.why)
  })

  it('takes the right word after a wrong one', async () => {
    expect((await asked(destroys, ['tank', 'tank/irc'])).answer).toBe(newest)
  })
})

describe('leaving a question', () => {
  it.each([ctrlC, ctrlD])('by %j ends it', async (key) => {
    expect((await asked(question(), [key])).answer).toBeInstanceOf(Cancelled)
  })

  it('by Ctrl-C gives the signal', async () => {
    expect((await asked(question(), [ctrlC])).answer).toMatchObject({ signal: 'SIGINT' })
  })

  it('that was left before it was asked gives it too', async () => {
    const signal = AbortSignal.abort(new Cancelled('SIGTERM'))
    const terminal = { input: new PassThrough(), output: new PassThrough() }
    await expect(plainAsker(terminal).ask(question(), signal)).rejects.toMatchObject({ signal: 'SIGTERM' })
  })
})

describe('a secret that is typed', () => {
  it('is not shown, nor how long it is', async () => {
    const input = new PassThrough()
    const output = new PassThrough()
    const typed = plainAsker({ input, output }).secret('the password of ann for sudo', new AbortController().signal)
    input.write('hunteX\u007fr2 \n')
    expect(await typed).toBe('hunter2 ')
    expect(output.read()?.toString()).toBe('the password of ann for sudo: \n')
  })

  it('that ends without a line is none: nothing goes on without it', async () => {
    const input = new PassThrough()
    const typed = plainAsker({ input, output: new PassThrough() }).secret('it', new AbortController().signal)
    input.end()
    await expect(typed).rejects.toBeInstanceOf(Cancelled)
  })
})
