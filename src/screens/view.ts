// What the screens show, made of the run's events by one pure function.
import type { AnsweredBy, ErrorObject, Finished, RunEvent } from '../run/events.ts'
import type { Fact, Finding, Progress, Route, StepId } from '../steps/step.ts'
import { lines, oneLine } from '../text/display.ts'

/** Something found out, fit for the screen, of one line or several. */
export interface Found {
  readonly level: Finding['level']
  readonly text: string
  /** As it came. */
  readonly exact: string
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
  /** When its latest command was run. */
  readonly commandMs: number | null
  readonly durationMs: number | null
  readonly error: ErrorObject | null
}

/** The AWS account that one is in. */
export interface Account {
  readonly account: string
  /** What people call it; null where that is not known. */
  readonly accountAlias: string | null
}

export interface View {
  /** Mode, host and region in words, for the header. */
  readonly place: readonly string[]
  readonly account: Account | null
  /** Whether a run is taken back. */
  readonly undoing: boolean
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
      commandMs: null,
      durationMs: null,
      error: null,
    })),
  )
  return {
    place,
    account: null,
    undoing: false,
    runId: '',
    startedMs: nowMs,
    steps,
    now: null,
    log: [],
    notice: null,
    finished: null,
  }
}

/** What is said of a world that goes when the run is over: what leads on from there leads nowhere. */
interface Rehearsal {
  /** What comes after the last word. */
  readonly next: string
  readonly goes: string
  readonly leaving: string
}

const rehearsals: Readonly<Record<string, Rehearsal>> = {
  DRILL: {
    next: 'debrief',
    goes: 'what is named here goes with the drill, when you go on to the debrief',
    leaving: 'ends the drill; it is kept in the history as left',
  },
  LEARN: {
    next: 'check',
    goes: "what is named here goes with the lesson's world, when you go on to the check",
    leaving: "ends this try, and its world; the lesson goes on with the task's page",
  },
}

/** Undefined where it is no rehearsal. */
export const rehearsalOf = ({ place }: View): Rehearsal | undefined => rehearsals[place[0] ?? '']

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

/** What the answer to the target tells of where one is. */
function accountIn({ step, value }: Extract<RunEvent, { type: 'answer' }>): Account | null {
  const isOf = step === 'target' && typeof value === 'object' && value !== null && 'account' in value
  if (!isOf || typeof value.account !== 'string') return null
  const alias = 'accountAlias' in value ? value.accountAlias : null
  return { account: value.account, accountAlias: typeof alias === 'string' ? alias : null }
}

function answered(before: View, event: Extract<RunEvent, { type: 'answer' }>, nowMs: number): View {
  if (isSecret(event.value)) return before
  const view = { ...before, account: accountIn(event) ?? before.account }
  return withStep(view, event.step, ({ startedMs }) => ({
    state: 'done',
    by: event.by,
    durationMs: nowMs - (startedMs ?? nowMs),
  }))
}

function progressed(
  view: View,
  { step, done, total, unit, waitingFor, lines: seen = [] }: Extract<RunEvent, { type: 'progress' }>,
  nowMs: number,
): View {
  return withStep(view, step, (before) => ({
    progress: {
      done,
      total,
      unit,
      waitingFor: waitingFor === null ? null : oneLine(waitingFor),
      lines: seen.map(oneLine),
    },
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
      // It is called otherwise where it is taken back.
      return {
        ...withStep(view, event.step, () => ({
          state: 'now',
          title: oneLine(event.title),
          startedMs: nowMs,
          durationMs: null,
          progress: null,
          waitingSinceMs: null,
          error: null,
        })),
        now: event.step,
      }
    case 'command':
      return withStep(at(view, event.step, nowMs), event.step, ({ kind, commands, progress, waitingSinceMs }) => ({
        commands: [...commands, { text: event.text, reads: event.reads }],
        commandMs: nowMs,
        // What is looked at for a question has no progress but of the one command at hand.
        ...(kind === 'choice' ? { progress: null, waitingSinceMs: null } : { progress, waitingSinceMs }),
      }))
    case 'progress':
      return progressed(view, event, nowMs)
    case 'step-finished':
      return withStep(view, event.step, () => ({
        state: 'done',
        durationMs: event.durationMs,
        progress: null,
        waitingSinceMs: null,
      }))
    case 'step-failed':
      return withStep({ ...view, now: event.step }, event.step, () => ({ state: 'failed', error: event.error }))
    case 'finding':
      return withStep(at(view, event.step, nowMs), event.step, ({ findings }) => ({
        findings: [
          ...findings,
          { level: event.level, text: lines(event.message).join('\n'), exact: event.message, part: event.part },
        ],
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
