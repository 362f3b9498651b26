// What the screens show, made of the run's events by one pure function.
import type { AnsweredBy, ErrorObject, Finished, RunEvent } from '../run/events.ts'
import type { Fact, Finding, Progress, Route, StepId } from '../steps/step.ts'
import { lines, oneLine } from '../text/display.ts'

/** Something found out, fit for the screen, of one line or several. */
export interface Found {
  readonly level: Finding['level']
  readonly text: string
  /** What it is of a plan: the whole in words, or one command. */
  readonly part: Fact['part']
}

export interface StepView {
  readonly id: StepId
  readonly kind: 'choice' | 'action'
  /** Its question, or what it does. */
  readonly title: string
  readonly why: string
  /** The leg that it belongs to. */
  readonly leg: number
  readonly state: 'ahead' | 'now' | 'done' | 'failed'
  readonly answer: string | null
  readonly by: AnsweredBy | null
  readonly findings: readonly Found[]
  readonly commands: readonly { readonly text: string; readonly reads: boolean }[]
  readonly progress: Progress | null
  /** When what it waits for began to be waited for. */
  readonly waitingSinceMs: number | null
  readonly startedMs: number | null
  readonly durationMs: number | null
  readonly error: ErrorObject | null
}

export interface View {
  /** Mode, region and host in words, for the header. */
  readonly place: readonly string[]
  readonly runId: string
  readonly startedMs: number
  readonly steps: readonly StepView[]
  readonly now: StepId | null
  /** Every event in words, the oldest first. */
  readonly log: readonly string[]
  readonly notice: string | null
  readonly finished: Finished | null
}

/** So many lines of the log are kept for the screen; the whole of it is in the run's folder. */
const logAtMost = 5000

/** The view before anything has happened in this process. @param done the steps that are behind a run that is resumed */
export function beginning(route: Route, place: readonly string[], done: readonly StepId[], nowMs: number): View {
  const steps = route.legs.flatMap((leg, which) =>
    [...leg.choices, ...leg.actions].map((step): StepView => ({
      id: step.id,
      kind: step.kind,
      title: step.kind === 'choice' ? step.question : step.title,
      why: step.why,
      leg: which,
      state: done.includes(step.id) ? 'done' : 'ahead',
      answer: null,
      by: null,
      findings: [],
      commands: [],
      progress: null,
      waitingSinceMs: null,
      startedMs: null,
      durationMs: null,
      error: null,
    })),
  )
  return { place, runId: '', startedMs: nowMs, steps, now: null, log: [], notice: null, finished: null }
}

export const stepOf = (view: View, id: StepId | null): StepView | undefined => view.steps.find((step) => step.id === id)

const withStep = (view: View, id: StepId, change: (step: StepView) => Partial<StepView>): View => ({
  ...view,
  steps: view.steps.map((step) => (step.id === id ? { ...step, ...change(step) } : step)),
})

/** A step that has something to tell is the one at hand, unless it has ended. */
function at(view: View, id: StepId, nowMs: number): View {
  const step = stepOf(view, id)
  if (step === undefined || step.state === 'done') return view
  const begun = withStep(view, id, ({ startedMs }) => ({ state: 'now', startedMs: startedMs ?? nowMs }))
  return { ...begun, now: id }
}

const isSecret = (value: unknown): boolean => typeof value === 'object' && value !== null && 'secret' in value

function answered(view: View, event: Extract<RunEvent, { type: 'answer' }>, nowMs: number): View {
  if (isSecret(event.value)) return view
  return withStep(view, event.step, ({ startedMs }) => ({
    state: 'done',
    by: event.by,
    durationMs: nowMs - (startedMs ?? nowMs),
  }))
}

function progressed(
  view: View,
  { step, done, total, unit, waitingFor }: Extract<RunEvent, { type: 'progress' }>,
  nowMs: number,
): View {
  return withStep(view, step, (before) => ({
    progress: { done, total, unit, waitingFor: waitingFor === null ? null : oneLine(waitingFor) },
    waitingSinceMs:
      waitingFor === null ? null : before.progress?.waitingFor === oneLine(waitingFor) ? before.waitingSinceMs : nowMs,
  }))
}

/** What an event makes of the view. */
function changed(view: View, event: RunEvent, nowMs: number): View {
  switch (event.type) {
    case 'run-started':
      return { ...view, runId: event.runId }
    case 'question':
      return at(view, event.step, nowMs)
    case 'answer':
      return answered(view, event, nowMs)
    case 'withdrawn':
      return {
        ...event.steps.reduce(
          (all, id) => withStep(all, id, () => ({ state: 'ahead', answer: null, by: null, findings: [] })),
          // The question that was left to go back is asked anew as well.
          view.now === null ? view : withStep(view, view.now, () => ({ state: 'ahead', findings: [] })),
        ),
        now: event.step,
      }
    case 'step-started':
      return { ...withStep(view, event.step, () => ({ state: 'now', startedMs: nowMs, error: null })), now: event.step }
    case 'command':
      return withStep(at(view, event.step, nowMs), event.step, ({ commands }) => ({
        commands: [...commands, { text: event.text, reads: event.reads }],
      }))
    case 'progress':
      return progressed(view, event, nowMs)
    case 'step-finished':
      return withStep(view, event.step, () => ({ state: 'done', durationMs: event.durationMs, progress: null }))
    case 'step-failed':
      return withStep({ ...view, now: event.step }, event.step, () => ({ state: 'failed', error: event.error }))
    case 'finding':
      return withStep(at(view, event.step, nowMs), event.step, ({ findings }) => ({
        findings: [...findings, { level: event.level, text: lines(event.message).join('\n'), part: event.part }],
      }))
    case 'plan':
      return view
    case 'run-finished':
      return { ...view, finished: event }
  }
}

/** The view after one more event. @param said the event in words, for the log */
export function after(view: View, event: RunEvent, nowMs: number, said: readonly string[]): View {
  const next = changed(view, event, nowMs)
  return said.length === 0 ? next : { ...next, log: [...next.log, ...said].slice(-logAtMost) }
}
