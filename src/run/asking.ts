// How a question gets its answer: from a flag, from the operator, or by its suggestion where that is safe enough.
import type { Contents } from '../steps/dumps/contents.ts'
import type { Looks } from '../steps/looks.ts'
import type { AnyChoice, Danger, Option, Run, StepId } from '../steps/step.ts'
import { UsageError } from '../text/errors.ts'
import type { AnsweredBy } from './events.ts'

/** A text to read before a question is answered. */
export interface Page {
  /** As `pageLines` reads it. */
  readonly text: string
  /** Its end is what is new in it. */
  readonly startAtEnd?: boolean
  /** What becomes of everything when somebody leaves here. */
  readonly leaving: string
  /** Where one is: what was read before, and what comes. */
  readonly trail?: readonly { readonly title: string; readonly state: 'ahead' | 'now' | 'done' }[]
}

export interface Question {
  readonly step: AnyChoice
  readonly danger: Danger
  readonly options: readonly Option<unknown>[]
  readonly suggested: Option<unknown> | undefined
  /** What has to be typed before a destructive answer counts. */
  readonly confirmation: string | undefined
  /** The questions before it whose answers can still be changed, the first one first. */
  readonly earlier: readonly StepId[]
  /** Reads an answer that is none of the options. @throws LifeboatError when it means nothing */
  readonly readTyped?: (text: string) => Promise<unknown>
  /** What can be looked at meanwhile. */
  readonly looks?: Looks
  /** What an answer is made of, where that can be listed. */
  readonly contents?: Contents
  readonly page?: Page
}

/** Instead of an answer: an earlier question shall be asked again. */
export interface Back {
  readonly kind: 'back'
  readonly to: StepId
}

/** Whoever can be asked: a person at a terminal. */
export interface Asker {
  /** False where nobody is there to answer. */
  readonly present: boolean
  ask(question: Question, signal: AbortSignal): Promise<Option<unknown> | Back>
  /** Says what would be lost, and returns when `word` has been typed. */
  confirm(what: string, word: string, signal: AbortSignal): Promise<void>
  /** Asks for something that is not shown while it is typed. */
  secret(prompt: string, signal: AbortSignal): Promise<string>
  /** Asks a plain question, whose default is no. */
  agree(question: string, signal: AbortSignal): Promise<boolean>
}

/** Nobody is there: `--no-input`, `--json`, no terminal. */
export const nobody: Asker = {
  present: false,
  ask: () => Promise.reject(new UsageError('nobody is there to answer')),
  confirm: () => Promise.reject(new UsageError('nobody is there to confirm')),
  secret: () => Promise.reject(new UsageError('nobody is there to type a secret')),
  agree: () => Promise.resolve(false),
}

export interface Decided {
  readonly kind: 'decided'
  readonly value: unknown
  readonly by: AnsweredBy
}

const decided = (value: unknown, by: AnsweredBy): Decided => ({ kind: 'decided', value, by })

const missing = (question: Question, run: Run): UsageError =>
  question.danger === 'destructive'
    ? new UsageError(`"${question.step.question}" destroys data and has no answer: give --confirm ${run.host.name}`)
    : new UsageError(`"${question.step.question}" has no answer: give ${question.step.flag}`)

async function askedOf(asker: Asker, question: Question, signal: AbortSignal): Promise<Decided | Back> {
  const answer = await asker.ask(question, signal)
  return answer.kind === 'back' ? answer : decided(answer.value, 'operator')
}

/**
 * Decides one question. Destroying data always takes a typed name, on the command line or on screen.
 * @param anew the operator came back to it: then what the command line says is not taken for the answer
 * @throws UsageError naming the flag when there is no answer and nobody to ask
 */
export async function decide(
  question: Question,
  run: Run,
  asker: Asker,
  signal: AbortSignal,
  anew = false,
): Promise<Decided | Back> {
  const { suggested, danger } = question
  const settled: unknown = question.step.settled?.(run)
  if (settled !== undefined) return decided(settled, 'suggestion')
  if (danger === 'destructive') {
    if (suggested !== undefined && run.flags.confirm.includes(run.host.name) && !anew)
      return decided(suggested.value, 'flag')
    if (run.flags.confirm.length > 0 && !run.flags.confirm.includes(run.host.name)) {
      throw new UsageError(
        `--confirm ${run.flags.confirm.join(' ')} is not the host's name, ${run.host.name}: nothing was destroyed`,
      )
    }
    if (!asker.present) throw missing(question, run)
    return askedOf(asker, question, signal)
  }
  const flagged: unknown = anew ? undefined : await question.step.fromFlags(run, question.options)
  if (flagged !== undefined) return decided(flagged, 'flag')
  const unasked = (run.flags.yes || (danger === 'none' && !asker.present)) && !anew
  if (suggested !== undefined && unasked) return decided(suggested.value, 'suggestion')
  if (!asker.present) throw missing(question, run)
  return askedOf(asker, question, signal)
}
