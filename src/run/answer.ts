// One choice: its facts and options are gathered and said, then it gets its answer.
import { isDeepStrictEqual } from 'node:util'
import type { AnyChoice, Fact, Option, Run, StepId } from '../steps/step.ts'
import { PreflightError } from '../text/errors.ts'
import { decide, nobody, type Decided, type Question } from './asking.ts'
import { contextFor } from './context.ts'
import type { BindingPlan } from './record.ts'
import type { Session } from './session.ts'

/** A choice with what was found out for it. */
interface Prepared {
  readonly run: Run
  readonly question: Question
}

function sayFact(session: Session, { id }: AnyChoice, { text, part }: Fact): void {
  const message = session.clean(text)
  session.emit({ type: 'finding', step: id, level: 'info', message, ...(part === undefined ? {} : { part }) })
}

/** Gathers the facts and options of a choice, and says them. */
export async function prepare(session: Session, choice: AnyChoice, earlier: readonly StepId[] = []): Promise<Prepared> {
  const run = contextFor(session, { step: choice.id, attempt: 1, shown: null, ignoresStopping: false })
  const options: Option<unknown>[] = []
  for await (const each of choice.options(run)) {
    session.stop.stopping.throwIfAborted()
    if (each.kind === 'option') options.push(each as Option<unknown>)
    else sayFact(session, choice, each)
  }
  const danger = choice.danger(run)
  const suggested = choice.suggested(run, options) as Option<unknown> | undefined
  const confirmation = danger === 'destructive' ? (choice.confirmation?.(run) ?? session.host.name) : undefined
  const readTyped = choice.typed?.read
  const looks = session.asker.present ? await choice.looks?.(run) : undefined
  const question: Question = {
    step: choice,
    danger,
    options,
    suggested,
    confirmation,
    earlier,
    ...(readTyped === undefined ? {} : { readTyped: (text: string) => readTyped(run, text) }),
    ...(looks === undefined ? {} : { looks }),
    ...(choice.contents === undefined ? {} : { contents: choice.contents(run) }),
  }
  session.emit({
    type: 'question',
    step: choice.id,
    question: choice.question,
    danger,
    options: options.map(({ value, label, detail, disabled }) => ({
      value,
      label,
      ...(detail === undefined ? {} : { detail }),
      ...(disabled === undefined ? {} : { disabled }),
    })),
    suggested: suggested?.value ?? null,
  })
  return { run, question }
}

/** What is noteworthy about an answer. @throws LifeboatError where it can't be gone on with */
export async function checkAnswer(session: Session, { run, question }: Prepared, answer: unknown): Promise<void> {
  const { step } = question
  for (const finding of await step.check(run, answer)) session.emit({ type: 'finding', step: step.id, ...finding })
}

const keysOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

/** The first thing in which two answers differ, as `zone was a and is b`. */
function difference(planned: unknown, now: unknown): string {
  const after = new Map(keysOf(now))
  const [key, value] = keysOf(planned).find(([name, each]) => !isDeepStrictEqual(each, after.get(name))) ?? []
  if (key === undefined) return 'it is another one now'
  return `${key} was ${JSON.stringify(value)} and is ${JSON.stringify(after.get(key) ?? null)}`
}

/** Decides again as it was decided for the plan: the same has to come out. @throws PreflightError `stale-plan` */
async function asPlanned(
  { run, question }: Prepared,
  planned: BindingPlan['answers'][number],
  signal: AbortSignal,
): Promise<Decided> {
  const { options, step } = question
  const asWritten = (value: unknown): unknown => JSON.parse(JSON.stringify(step.answer.parse(value)))
  const lasting = (value: unknown): unknown => step.lasting?.(value) ?? value
  const same = (value: unknown): boolean => isDeepStrictEqual(lasting(asWritten(value)), lasting(planned.value))
  async function now(): Promise<unknown> {
    if (planned.by === 'operator') {
      const offered = options.find((each) => same(each.value))
      if (offered !== undefined) return offered.disabled === undefined ? offered.value : undefined
      // What was typed is on no list. Whether it still fits is looked at like every answer.
      return step.typed === undefined ? undefined : planned.value
    }
    const made = await decide(question, run, nobody, signal)
    return made.kind === 'back' ? undefined : asWritten(made.value)
  }
  const value = await now()
  if (value !== undefined && same(value)) return { kind: 'decided', value, by: planned.by }
  throw new PreflightError({
    code: 'stale-plan',
    message: `the plan no longer fits the world: "${step.question}": ${value === undefined ? 'what was chosen is not offered any more' : difference(planned.value, value)}`,
    notChanged: ['nothing was changed'],
    next: [
      { why: 'make the plan anew, and read it', command: `lifeboat plan --host ${run.host.name} --out new-plan.json` },
    ],
  })
}

/** What is asked beside the question itself. */
interface Asking {
  /** The questions before it whose answers can still be changed. */
  readonly earlier: readonly StepId[]
  /** Whether the operator came back to it. */
  readonly anew: boolean
}

/** Answers one choice, unless it was answered before. @returns where the operator wants to go back to instead, if so */
export async function answerChoice(
  session: Session,
  choice: AnyChoice,
  { earlier, anew }: Asking = { earlier: [], anew: false },
): Promise<StepId | undefined> {
  if (session.state.answers.has(choice.id)) return undefined
  const prepared = await prepare(session, choice, earlier)
  const { stopping } = session.stop
  const planned = session.state.plan?.answers.find((each) => each.step === choice.id)
  const made =
    planned === undefined
      ? await decide(prepared.question, prepared.run, session.asker, stopping, anew)
      : await asPlanned(prepared, planned, stopping)
  if (made.kind === 'back') return made.to
  const { by } = made
  const parsed: unknown = choice.answer.parse(made.value)
  await checkAnswer(session, prepared, parsed)
  session.record({ type: 'answered', at: session.at(), step: choice.id, value: parsed, by })
  session.emit({ type: 'answer', step: choice.id, value: parsed, by })
  return undefined
}
