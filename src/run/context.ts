// What a step is given of the run: a Run over the session's state, for one step and one attempt of it.
import type { Command } from '../remote/command.ts'
import { commandText } from '../remote/remote.ts'
import type { Action, AnswerKey, Progress, Run, StepId } from '../steps/step.ts'
import { Bug, LifeboatError } from '../text/errors.ts'
import { guard } from './guard.ts'
import type { Session } from './session.ts'
import { delay } from './stopping.ts'

interface Place {
  readonly step: StepId
  readonly attempt: number
  /** The texts of the changing commands that were shown, or null where the step may only read. */
  readonly shown: ReadonlySet<string> | null
  /** Goes on when the operator asks to stop: what is begun must not be left half done. */
  readonly ignoresStopping: boolean
}

const quiet: Progress = { done: null, total: null, unit: null, waitingFor: null }

/** The Run that a step works with. */
export function contextFor(session: Session, place: Place): Run {
  const { state, emit, stop } = session
  const { step } = place
  const waits = place.ignoresStopping ? stop.leaving : AbortSignal.any([stop.stopping, stop.leaving])
  const actionState = (id: StepId) => session.state.actions.get(id)
  let polled: Set<string> | undefined

  const announce = (command: Command<unknown>): void => {
    const raw = commandText(command)
    const text = session.clean(raw)
    // Looking again and again is said once.
    if (command.reads && polled?.has(raw) === true) return
    polled?.add(raw)
    emit({ type: 'command', step, kind: command.kind, text, redacted: text !== raw, reads: command.reads })
  }

  const run: Run = {
    id: state.runId,
    host: session.host,
    flags: state.flags,
    region: state.region,
    operator: session.operator,
    attempt: place.attempt,
    now: () => session.now(),
    newId: () => session.newId(),
    answer: <A>(key: AnswerKey<A>): A => {
      const answer = session.state.answers.get(key.id)
      if (answer === undefined) throw new Bug(`${step} needs the answer of ${key.id}, which has none`)
      return key.answer.parse(answer.value)
    },
    effect: <B, E>(action: Action<B, E>): E => {
      const found = actionState(action.id)
      if (found?.status !== 'done') throw new Bug(`${step} needs the effect of ${action.id}, which is not done`)
      return action.effect.parse(found.effect)
    },
    before: <B, E>(action: Action<B, E>): B => {
      const found = actionState(action.id)
      if (found === undefined) throw new Bug(`${step} needs what stood before ${action.id}, which was not begun`)
      return action.before.parse(found.before)
    },
    later: (action, field) =>
      actionState(action.id)?.status === 'done' ? String(run.effect(action)[field]) : `@${action.id}.${field}`,
    async do(command) {
      stop.leaving.throwIfAborted()
      if (!command.reads) {
        if (place.shown?.has(commandText(command)) !== true) {
          throw new Bug(`${step} was about to run what it had not shown: ${session.clean(commandText(command))}`)
        }
        guard(command, session.confirmed)
      }
      announce(command)
      return session.remote.run(command, stop.leaving)
    },
    report: (progress) => emit({ type: 'progress', step, ...quiet, ...progress }),
    finding: (level, message) => emit({ type: 'finding', step, level, message: session.clean(message) }),
    async wait(waitingFor, ms) {
      run.report({ waitingFor })
      await delay(ms, waits)
    },
    async until(waitingFor, look, { everyMs = 1000, withinMs = 120_000 } = {}) {
      const end = session.now().getTime() + withinMs
      // One wait may be within another: what the outer one looked at has been said.
      const around = polled
      polled = around ?? new Set()
      try {
        for (let said = false; ; said = true) {
          const found = await look()
          if (found !== undefined) return found
          if (session.now().getTime() >= end) {
            throw new LifeboatError({
              code: 'waited-in-vain',
              message: `waited ${Math.round(withinMs / 1000)} s for ${waitingFor}`,
            })
          }
          if (!said) run.report({ waitingFor })
          await delay(everyMs, waits)
        }
      } finally {
        polled = around
      }
    },
  }
  return run
}
