// One action: intended, performed, done, verified. Or, where it was begun before: found first.
import { isConnectionLost } from '../remote/link.ts'
import { unitsAtWork } from '../remote/linux/transient-unit.ts'
import { commandText } from '../remote/remote.ts'
import type { AnyAction, Finding, Found, Run } from '../steps/step.ts'
import { LifeboatError, Refused } from '../text/errors.ts'
import { contextFor } from './context.ts'
import type { Session } from './session.ts'
import type { ActionState } from './state.ts'

const reading = (session: Session, action: AnyAction, attempt: number): Run =>
  contextFor(session, { step: action.id, attempt, shown: null, ignoresStopping: action.danger === 'destructive' })

function changing(session: Session, action: AnyAction, attempt: number, before: unknown): Run {
  const run = reading(session, action, attempt)
  const shown = new Set(
    action
      .commands(run, before)
      .filter((command) => !command.reads)
      .map(commandText),
  )
  const ignoresStopping = action.danger === 'destructive'
  return contextFor(session, { step: action.id, attempt, shown, ignoresStopping, stopsBeforeDestroying: true })
}

/** What was begun on the host ends by itself, also when nobody has waited for it; only then can its end be seen. */
async function unitsEnded(run: Run, action: AnyAction, before: unknown): Promise<void> {
  const times = action
    .commands(run, before)
    .flatMap((command) => (command.kind === 'shell' && !command.reads ? [command.timeoutMs] : []))
  if (times.length === 0) return
  await run.until(
    `what was begun of "${action.title}" to end on the host`,
    async () => ((await run.do(unitsAtWork(run.id, action.id))).length === 0 ? true : undefined),
    // As long as it may take: a large dump is loaded for hours.
    { withinMs: Math.max(3_600_000, ...times) },
  )
}

/** Looks until a step that is under way somewhere has ended one way or the other. */
export async function findEnd(
  run: Run,
  action: AnyAction,
  before: unknown,
): Promise<Exclude<Found<unknown>, { state: 'underway' }>> {
  await unitsEnded(run, action, before)
  return run.until(
    `what was begun of "${action.title}" to end`,
    async () => {
      const found = await action.find(run, before)
      if (found.state !== 'underway') return found
      run.report({ waitingFor: found.what })
      return undefined
    },
    { withinMs: 3_600_000 },
  )
}

async function verify(
  session: Session,
  run: Run,
  action: AnyAction,
  known: { readonly before: unknown; readonly effect: unknown },
  /** Whether the step is made again where its effect is gone: then that is no error. */
  renewing = false,
): Promise<readonly Finding[]> {
  const { before, effect } = known
  const findings =
    renewing && action.recheck !== undefined
      ? await action.recheck(run, before, effect)
      : await action.verify(run, before, effect)
  session.record({ type: 'verified', at: session.at(), step: action.id, findings })
  for (const { level, message } of findings) {
    const again = renewing && level === 'error'
    run.finding(again ? 'warn' : level, again ? `${message}: it is made again` : message)
  }
  return findings.filter((finding) => finding.level === 'error')
}

const unverified = (action: AnyAction, errors: readonly Finding[]): LifeboatError =>
  new LifeboatError({
    code: 'not-verified',
    message: `"${action.title}" is not as it should be: ${errors.map((each) => each.message).join('; ')}`,
  })

/** Makes an attempt: the intent is on the disk before the world is touched, the effect as soon as it is known. */
async function attemptIt(
  session: Session,
  action: AnyAction,
  attempt: number,
  known: { kept?: unknown; previous?: unknown } = {},
): Promise<void> {
  const began = session.now().getTime()
  session.emit({ type: 'step-started', step: action.id, title: action.title })
  const survey = reading(session, action, attempt)
  const before: unknown = action.before.parse(known.kept ?? (await action.survey(survey, known.previous)))
  session.stop.stopping.throwIfAborted()
  const run = changing(session, action, attempt, before)
  const planned = action.commands(run, before)
  if (planned.length === 0) run.finding('info', 'nothing to do')
  const commands = planned
    .filter((command) => !command.reads)
    .map((command) =>
      session.clean(`${command.onlyIf === undefined ? '' : `# only if ${command.onlyIf}:\n`}${commandText(command)}`),
    )
  session.record({ type: 'intended', at: session.at(), step: action.id, attempt, before, commands })
  finish(session, action, attempt, await action.perform(run, before), began)
  const errors = await verify(session, run, action, { before, effect: session.state.actions.get(action.id)?.effect })
  if (errors.length > 0) throw unverified(action, errors)
}

function finish(session: Session, action: AnyAction, attempt: number, effect: unknown, began: number): void {
  const parsed: unknown = action.effect.parse(effect)
  session.record({ type: 'done', at: session.at(), step: action.id, attempt, effect: parsed })
  session.emit({ type: 'step-finished', step: action.id, effect: parsed, durationMs: session.now().getTime() - began })
}

/** A step whose beginning is in the journal and whose end is not: the world is asked before anything is made again. */
async function takeUp(session: Session, action: AnyAction, known: ActionState): Promise<void> {
  const began = session.now().getTime()
  const run = reading(session, action, known.attempt)
  const before: unknown = action.before.parse(known.before)
  const found = await findEnd(run, action, before)
  if (found.state === 'foreign')
    throw new Refused({ code: 'not-ours', message: `"${action.title}" can't go on: ${found.what}` })
  if (found.state === 'present') {
    session.emit({ type: 'step-started', step: action.id, title: action.title })
    run.finding('info', 'it had been done when the run was interrupted')
    finish(session, action, known.attempt, found.effect, began)
    const errors = await verify(session, run, action, { before, effect: found.effect })
    if (errors.length > 0) throw unverified(action, errors)
    return
  }
  if (found.state === 'partial') run.finding('info', `it was half done when the run was interrupted: ${found.what}`)
  // After a crash nothing is known to have gone wrong: the same ids are used again, so that nothing is made twice.
  const again = found.state === 'absent' && known.status === 'intended'
  await attemptIt(session, action, known.attempt + 1, again ? { kept: before } : { previous: before })
}

/** Whether a later step has begun that ends what this step's verify could demand. */
function superseded(session: Session, action: AnyAction): boolean {
  // What was only made to look is taken back by its own last step.
  const later = [action.holdsUntil ?? [], 'put-away' as const, 'remove-scratch' as const]
    .flat()
    .map((id) => session.state.actions.get(id))
  return later.some((each) => each !== undefined && each.status !== 'undone')
}

/** A step that is done is never made again, unless that destroys nothing and its effect is gone. */
async function confirmDone(session: Session, action: AnyAction, known: ActionState): Promise<void> {
  if (superseded(session, action)) return
  const run = reading(session, action, known.attempt)
  const parsed = {
    before: action.before.parse(known.before) as unknown,
    effect: action.effect.parse(known.effect) as unknown,
  }
  const errors = await verify(session, run, action, parsed, action.renews === true)
  if (errors.length === 0) return
  if (action.renews !== true) throw unverified(action, errors)
  // What stood before the first attempt is not what stands now: a boot or a host that opened its gates has changed it.
  await attemptIt(session, action, known.attempt + 1, { previous: parsed.before })
}

/** So often a step is taken up again by itself after its connection was lost. */
const takenUp = 10

/** Brings one action to its end, whatever was done of it before, over a connection that may be lost meanwhile. */
export async function act(session: Session, action: AnyAction, resumed: boolean): Promise<void> {
  for (let lost = 0; ; lost++) {
    try {
      return await go(session, action, resumed || lost > 0)
    } catch (error) {
      session.stop.stopping.throwIfAborted()
      if (!isConnectionLost(error) || lost === takenUp) throw error
      const message = `the connection was lost in the middle of "${action.title}": looking what became of it`
      session.emit({ type: 'finding', step: action.id, level: 'warn', message })
    }
  }
}

async function go(session: Session, action: AnyAction, resumed: boolean): Promise<void> {
  const known = session.state.actions.get(action.id)
  if (known === undefined || known.status === 'undone') return attemptIt(session, action, (known?.attempt ?? 0) + 1)
  if (known.status === 'done') return resumed ? confirmDone(session, action, known) : undefined
  return takeUp(session, action, known)
}
