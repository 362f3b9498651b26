// Questions at a terminal with numbered answers: no screen, nothing moves, every line stays.
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Asker, Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { Cancelled } from '../text/errors.ts'

export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

const optionLines = (option: Option<unknown>, at: number): string =>
  [
    `  ${at + 1}) ${oneLine(option.label)}`,
    ...(option.detail === undefined || option.detail === '' ? [] : [`     ${oneLine(option.detail)}`]),
    ...(option.disabled === undefined ? [] : [`     can't be chosen: ${oneLine(option.disabled)}`]),
  ].join('\n')

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
  const say = (text: string): void => void output.write(`${text}\n`)

  async function typed(question: Question, word: string, signal: AbortSignal): Promise<Option<unknown>> {
    const { suggested } = question
    for (;;) {
      const answer = (
        await prompt(`This destroys data. Type ${word} to do it, or press Ctrl-C to leave: `, signal)
      ).trim()
      if (answer === word && suggested !== undefined) return suggested
      say(`"${oneLine(answer)}" is not ${word}: nothing was done`)
    }
  }

  return {
    present: true,
    async ask(question, signal) {
      const { danger, confirmation, suggested, options } = question
      if (danger === 'destructive' && confirmation !== undefined) return typed(question, confirmation, signal)
      for (const [at, option] of options.entries()) say(optionLines(option, at))
      const yes = danger === 'moderate' && options.length === 1
      const standard = suggested === undefined ? '' : ` [${options.indexOf(suggested) + 1}]`
      for (;;) {
        const answer = await prompt(
          yes ? `${question.step.question} y/N, w for why: ` : `Which one?${standard} (w for why): `,
          signal,
        )
        if (answer.trim() === 'w') say(question.step.why)
        else if (yes && /^y(es)?$/i.test(answer.trim()) && suggested !== undefined) return suggested
        else if (yes) say('nothing was done; y does it, Ctrl-C leaves')
        else {
          const read = readAnswer(answer, question)
          if (typeof read !== 'string') return read
          say(read)
        }
      }
    },
  }
}
