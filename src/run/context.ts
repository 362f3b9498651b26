// What a step is given of the run: a Run over the session's state, for one step and one attempt of it.
import type { Command } from '../remote/command.ts'
import type { RunOptions } from '../remote/link.ts'
import { commandText } from '../remote/remote.ts'
import type { Action, AnswerKey, Run, StepId } from '../steps/step.ts'
import { Bug, LifeboatError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { guard } from './guard.ts'
import { reporter } from './reporting.ts'
import type { Session } from './session.ts'
import { delay } from './stopping.ts'

interface Place {
  readonly step: StepId
  readonly attempt: number
  /** Begins the names of its units, where that is not the step. */
  readonly unit?: string
  /** The texts of the changing commands that were shown, or null where the step may only read. */
  readonly shown: ReadonlySet<string> | null
  /** Asked to stop before anything is destroyed, nothing is; once it has begun it goes on to the end. */
  readonly stopsBeforeDestroying?: boolean
  /** Goes on when the operator asks to stop: what is begun must not be left half done. */
  readonly ignoresStopping: boolean
  /** Looks at the same again and again, and says each look once. */
  readonly watches?: boolean
}

/** What the journal knows: answers, effects, and what stood before. */
function lookups(session: Session, step: StepId): Pick<Run, 'answer' | 'began' | 'effect' | 'before' | 'later'> {
  const known = (id: StepId) => session.state.actions.get(id)
  const effect = <B, E>(action: Action<B, E>): E => {
    const found = known(action.id)
    if (found?.status !== 'done') throw new Bug(`${step} needs the effect of ${action.id}, which is not done`)
    return action.effect.parse(found.effect)
  }
  return {
    effect,
    began: (id) => known(id) !== undefined,
    answer: <A>(key: AnswerKey<A>, unasked?: A): A => {
      const answer = session.state.answers.get(key.id)
      if (answer === undefined && unasked !== undefined) return unasked
      if (answer === undefined) throw new Bug(`${step} needs the answer of ${key.id}, which has none`)
      return key.answer.parse(answer.value)
    },
    before: <B, E>(action: Action<B, E>): B => {
      const found = known(action.id)
      if (found === undefined) throw new Bug(`${step} needs what stood before ${action.id}, which was not begun`)
      return action.before.parse(found.before)
    },
    later: (action, field) =>
      known(action.id)?.status === 'done' ? String(effect(action)[field]) : `@${action.id}.${field}`,
  }
}

/** Says each command just before it runs. What a wait looks at again and again is said once. */
function announcer({ emit, clean }: Session, { step, watches = false }: Place) {
  let polled = watches ? new Set<string>() : undefined
  return {
    say: (command: Command<unknown>): void => {
      const raw = commandText(command)
      if (command.reads && polled?.has(raw) === true) return
      polled?.add(raw)
      const text = clean(raw)
      emit({ type: 'command', step, kind: command.kind, text, redacted: text !== raw, reads: command.reads })
    },
    once: async <T>(waiting: () => Promise<T>): Promise<T> => {
      // One wait may be within another: what the outer one looked at has been said.
      const around = polled
      polled = around ?? new Set()
      try {
        return await waiting()
      } finally {
        polled = around
      }
    },
  }
}

/** A secret is put in after the command was shown. @throws LifeboatError when there is none */
async function withSecret<T>({ secrets }: Session, command: Command<T>): Promise<Command<T>> {
  if (command.kind === 'aws' || command.secret === undefined) return command
  const { name, prompt } = command.secret
  const secret = await secrets.get(name, prompt)
  if (secret !== null) return { ...command, stdin: secret }
  throw new LifeboatError({
    code: 'secret-missing',
    message: `there is no ${prompt}`,
    notChanged: ['the command that needs it was not run'],
    next: [{ why: 'give it in a file', command: sh`lifeboat resume --secret ${`${name}=@FILE`}` }],
  })
}

/** The one door to the world: what changes it must have been shown, and confirmed where it destroys. */
function door(
  session: Session,
  { step, attempt, unit, shown, stopsBeforeDestroying }: Place,
  say: (command: Command<unknown>) => void,
  options: RunOptions,
): Run['do'] {
  const { stop, clean } = session
  let destroying = false
  let parts = 0
  /** What changes the host runs as a unit, so that it neither ends with the connection nor has an end nobody knows. */
  const asUnit = <T>(command: Command<T>): Command<T> =>
    command.kind === 'aws' || command.reads || command.repeatable === true
      ? command
      : { ...command, unit: { run: session.state.runId, step: unit ?? step, attempt, part: String(++parts) } }
  return async (command) => {
    stop.leaving.throwIfAborted()
    if (!command.reads) {
      const text = commandText(command)
      if (shown?.has(text) !== true) throw new Bug(`${step} was about to run what it had not shown: ${clean(text)}`)
      guard(command, session.confirmed)
      if (command.destroys !== undefined && stopsBeforeDestroying === true && !destroying)
        stop.stopping.throwIfAborted()
      destroying ||= command.destroys !== undefined
    }
    say(command)
    return session.remote.run(asUnit(await withSecret(session, command)), options)
  }
}

/** The Run that a step works with. */
export function contextFor(session: Session, place: Place): Run {
  const { state, emit, stop } = session
  const { step } = place
  const waits = place.ignoresStopping ? stop.leaving : AbortSignal.any([stop.stopping, stop.leaving])
  const commands = announcer(session, place)
  const { report, latest, seeing } = reporter(session, step)
  const waiting = (waitingFor: string): void => report({ waitingFor: session.clean(waitingFor) })
  return {
    id: state.runId,
    route: session.route.id,
    host: session.host,
    flags: state.flags,
    region: state.region,
    operator: session.operator,
    now: () => session.now(),
    newId: () => session.newId(),
    ...lookups(session, step),
    do: door(session, place, commands.say, { signal: stop.leaving, patience: waits, waiting }),
    rehearsal: session.rehearsal,
    bound: state.plan?.mayDestroy ?? null,
    onHost: (line) => session.onHost(line),
    hasSecret: (name) => session.secrets.source(name) !== null,
    isGiven: (name) => session.secrets.source(name) === 'file',
    report,
    finding: (level, message) => emit({ type: 'finding', step, level, message: session.clean(message) }),
    wait: (waitingFor, ms, glance) =>
      commands.once(async () => {
        report({ waitingFor })
        const end = seeing(waitingFor, glance)
        await delay(ms, waits).finally(end)
      }),
    until: (waitingFor, look, { everyMs = 1000, withinMs = 120_000, glance } = {}) =>
      commands.once(async () => {
        const end = session.now().getTime() + withinMs
        // What is there soon is seen soon; what takes long is not asked for more often than that.
        let pauseMs = everyMs / 10
        let unsee: (() => void) | undefined
        try {
          for (;;) {
            const before = latest()
            const found = await look()
            if (found !== undefined) return found
            if (session.now().getTime() >= end) {
              const waited = `waited ${Math.round(withinMs / 1000)} s for ${waitingFor}`
              throw new LifeboatError({ code: 'waited-in-vain', message: waited })
            }
            if (unsee === undefined) {
              // A look may have told how far it is.
              if (latest() === before) report({ waitingFor })
              unsee = seeing(waitingFor, glance)
            }
            await delay(pauseMs, waits)
            pauseMs = Math.min(everyMs, pauseMs * 1.5)
          }
        } finally {
          unsee?.()
        }
      }),
  }
}
