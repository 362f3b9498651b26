// Questions at a terminal with numbered answers: no screen, nothing moves, every line stays.
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { createInterface } from 'node:readline/promises'
import type { Asker, Back, Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { lines as displayLines, oneLine } from '../text/display.ts'
import { Cancelled, LifeboatError } from '../text/errors.ts'
import { readOn, saidPage } from './page.ts'

export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream & { readonly columns?: number }
}

const optionLines = (option: Option<unknown>, at: number): string =>
  [
    `  ${at + 1}) ${oneLine(option.label)}`,
    ...(option.detail === undefined || option.detail === '' ? [] : [`     ${oneLine(option.detail)}`]),
    ...(option.disabled === undefined ? [] : [`     can't be chosen: ${oneLine(option.disabled)}`]),
  ].join('\n')

/** So many options at a time: what they mean stays on a screen of 24 rows. */
const page = 9

/** What `b` means: the question before this one, where there is one whose answer can still be changed. */
function backFrom({ earlier }: Question): Back | undefined {
  const to = earlier.at(-1)
  return to === undefined ? undefined : { kind: 'back', to }
}

const backHelp = (question: Question): string => (backFrom(question) === undefined ? '' : ', b goes back')

/** What an answer line means: an option, or why it is none. Nothing typed takes the default, where there is one. */
export function readAnswer(typed: string, question: Question): Option<unknown> | string {
  const answer = typed.trim()
  const { options, suggested } = question
  if (answer === '') return suggested ?? 'type a number'
  const option = /^\d+$/.test(answer) ? options[Number(answer) - 1] : undefined
  if (option === undefined) return `type a number from 1 to ${options.length}, or w for why`
  return option.disabled === undefined ? option : `that one can't be chosen: ${oneLine(option.disabled)}`
}

/** Asks at a terminal. Creating takes Enter, stopping something takes y, destroying takes a typed name. */
export function plainAsker({ input, output }: Terminal): Asker {
  async function prompt(text: string, signal: AbortSignal): Promise<string> {
    const lines = createInterface({ input, output, terminal: false })
    // Ctrl-D: readline would leave its question unanswered for ever.
    const ended = once(lines, 'close').then(() => {
      throw new Cancelled('SIGHUP')
    })
    try {
      return await Promise.race([lines.question(text, { signal }), ended])
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      lines.close()
    }
  }
  const say = (text: string): void => void output.write(`${displayLines(text).join('\n')}\n`)

  async function typeWord(
    word: string,
    question: Question | undefined,
    signal: AbortSignal,
  ): Promise<Back | undefined> {
    const help = question === undefined ? '' : `, w for why${backHelp(question)}`
    for (;;) {
      const answer = (await prompt(`Type ${word} to do it (Ctrl-C leaves${help}): `, signal)).trim()
      if (answer === word) return undefined
      const back = question === undefined ? undefined : backFrom(question)
      if (answer === 'b' && back !== undefined) return back
      const why = answer === 'w' ? question?.step.why : undefined
      say(why ?? `"${oneLine(answer)}" is not ${word}: nothing was done`)
    }
  }

  async function yesOrNo(question: Question, only: Option<unknown>, signal: AbortSignal) {
    const { step } = question
    for (;;) {
      const answer = (await prompt(`${step.question} y/N (w for why${backHelp(question)}): `, signal)).trim()
      if (/^y(es)?$/i.test(answer)) return only
      const back = backFrom(question)
      if (answer === 'b' && back !== undefined) return back
      say(answer === 'w' ? step.why : 'nothing was done; y does it, Ctrl-C leaves')
    }
  }

  async function pick(question: Question, signal: AbortSignal): Promise<Option<unknown> | Back> {
    const { step, options, suggested } = question
    let shown = 0
    const more = (): void => {
      for (const [at, option] of options.slice(shown, shown + page).entries()) say(optionLines(option, shown + at))
      shown = Math.min(shown + page, options.length)
    }
    more()
    const standard = suggested === undefined ? '' : ` [${options.indexOf(suggested) + 1}]`
    for (;;) {
      const left = options.length - shown
      const keys = `${left > 0 ? `m for ${left} more, ` : ''}w for why${backHelp(question)}`
      const other = step.typed === undefined ? '' : `, or ${step.typed.what}`
      const answer = (await prompt(`Which one?${standard} (${keys}${other}): `, signal)).trim()
      const back = backFrom(question)
      if (answer === 'w') say(step.why)
      else if (answer === 'b' && back !== undefined) return back
      else if (answer === 'm' && left > 0) more()
      else {
        const read = await readTyped(answer, question)
        if (typeof read !== 'string') return read
        say(read)
      }
    }
  }

  return {
    present: true,
    async ask(question, signal) {
      const { danger, confirmation, suggested, options, page: read } = question
      if (danger === 'destructive' && confirmation !== undefined && suggested !== undefined) {
        say(`This destroys data: ${oneLine(suggested.label)}.`)
        return (await typeWord(confirmation, question, signal)) ?? suggested
      }
      const [only] = options
      if (read !== undefined) say(saidPage(question, read.text, output.columns))
      if (read !== undefined && options.length === 1 && only !== undefined)
        return readOn(only, backFrom(question), (shown) => prompt(shown, signal))
      if (danger === 'moderate' && options.length === 1 && only !== undefined) return yesOrNo(question, only, signal)
      return pick(question, signal)
    },
    async confirm(what, word, signal) {
      say(what)
      await typeWord(word, undefined, signal)
    },
    secret: (text, signal) => unseen({ input, output }, `${oneLine(text)}: `, signal),
    async agree(question, signal) {
      return /^y(es)?$/i.test((await prompt(`${oneLine(question)} y/N: `, signal)).trim())
    },
  }
}

/** Asks a line whose letters are not shown. Only a terminal shows them at all. */
async function unseen({ input, output }: Terminal, text: string, signal: AbortSignal): Promise<string> {
  output.write(text)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true })
  // The terminal hands Ctrl-C over as a key now.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const ended = once(lines, 'close').then(() => {
    throw new Cancelled('SIGHUP')
  })
  try {
    return await Promise.race([lines.question('', { signal }), ended])
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    lines.close()
    output.write('\n')
  }
}

/** A number, or what the step itself can read: a name, a time. */
async function readTyped(answer: string, question: Question): Promise<Option<unknown> | string> {
  if (question.readTyped === undefined || answer === '' || /^\d+$/.test(answer)) return readAnswer(answer, question)
  try {
    return { kind: 'option', value: await question.readTyped(answer), label: answer }
  } catch (error) {
    if (error instanceof LifeboatError) return error.message
    throw error
  }
}
