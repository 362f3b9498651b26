// Puts a run's session together: config, connections, journal, output. The one place that knows them all.
import { appendFileSync, mkdirSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { awsFor, pasted, remoteFor } from './connections.ts'
import { faceFor } from './face.ts'
import { clockOf, configPath, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { profileOf, readConfig, type Config } from '../run/config.ts'
import type { Emit, RunEvent } from '../run/events.ts'
import { newUuid } from '../run/id.ts'
import { openJournal } from '../run/journal.ts'
import { lockFolder } from '../run/process-lock.ts'
import type { JournalRecord } from '../run/record.ts'
import { runFolder } from '../run/runs.ts'
import { parseSecrets, secretStore } from '../run/secrets.ts'
import { recorder, type Session } from '../run/session.ts'
import type { RunState } from '../run/state.ts'
import type { Leaving } from '../run/face.ts'
import { makeStop } from '../run/stopping.ts'
import { undoRoute } from '../run/undo.ts'
import { isComing } from '../run/walk.ts'
import { rehearsed, rehearsedName, type HostProfile } from '../steps/profile.ts'
import { launchInstanceAction } from '../steps/launch-instance.ts'
import type { Route, StepId } from '../steps/step.ts'
import { errorCode } from '../text/error-code.ts'
import { Secrets } from '../text/redact.ts'
import { trustHostKey } from './trust-host-key.ts'

export interface Opening {
  readonly runId: string
  readonly route: Route
  readonly first: JournalRecord
  readonly config: Config
  readonly host: HostProfile
  readonly region: string
  readonly hostKey: string | undefined
  /** Where secrets are: this process's own `--secret` flags, and those that the run was begun with. */
  readonly secret: readonly string[]
}

/** What is open while a run is walked, and how to let go of it. */
export interface Opened {
  readonly session: Session
  readonly folder: string
  /** @returns what the operator wants after the last word */
  close(): Promise<Leaving>
}

/**
 * Events are kept beside the journal, for the report; they start to be written when the journal does. A log that can't be
 * written stops nothing: what counts stands in the journal.
 */
function keepLog(folder: string, begun: () => boolean, now: () => Date, say: (text: string) => void): Emit {
  const waiting: string[] = []
  let failed = false
  return (event) => {
    if (failed) return
    waiting.push(`${JSON.stringify({ v: 1, at: now().toISOString(), ...event })}\n`)
    if (!begun()) return
    const path = join(folder, 'log.jsonl')
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      appendFileSync(path, waiting.splice(0).join(''), { mode: 0o600 })
    } catch (error) {
      failed = true
      say(`the log ${path} can't be written (${errorCode(error) ?? 'unknown'}): it ends here, the run goes on`)
    }
  }
}

/** What has been answered and done in this run already. */
const stepsBehind = ({ answers, actions }: RunState): StepId[] => [
  ...answers.keys(),
  ...[...actions].filter(([, { status }]) => status === 'done').map(([id]) => id),
]

const inAccount = z.object({ account: z.string(), accountAlias: z.string().nullable().default(null) })

/** The account that a run was begun in, as its target says. */
function accountOf({ answers }: RunState): z.infer<typeof inAccount> | null {
  const target = inAccount.safeParse(answers.get('target')?.value)
  return target.success ? target.data : null
}

export async function openSession(
  opening: Opening,
  options: CommonOptions,
  surroundings: Surroundings,
): Promise<Opened> {
  const { env } = surroundings
  const now = clockOf(surroundings)
  const folder = runFolder(stateDir(options, env), opening.runId)
  const unlock = lockFolder(folder)
  const hidden = new Secrets()
  const journal = openJournal(folder, hidden.redactValue)
  const keeper = recorder(journal, opening.first)
  const stop = makeStop()
  const { region } = opening
  const isUndo = options.mode === 'UNDO'
  const of = {
    route: isUndo ? undoRoute(opening.route, keeper.state.actions) : opening.route,
    region,
    host: opening.host.name,
    account: accountOf(keeper.state),
    done: isUndo ? [] : stepsBehind(keeper.state),
    isComing: (step: StepId) => isUndo || isComing(session, step),
    stopping: stop.stopping,
  }
  const face = await faceFor(of, options, surroundings)
  const { asker } = face
  const log = keepLog(
    folder,
    () => journal.records.length > 0,
    now,
    (text) => face.notice(text),
  )
  const unheard = surroundings.onSignal((signal) => {
    const again = 'once more leaves at once; what runs on the host goes on there'
    face.notice(stop.stopping.aborted ? 'leaving' : `stopping (${signal}): no further step is begun; ${again}`)
    stop.request(signal)
  })
  const emit = (event: RunEvent): void => {
    const cleaned = hidden.redactValue(event)
    face.emit(cleaned)
    log(cleaned)
    options.heard?.(cleaned)
  }
  const secrets = secretStore({
    given: parseSecrets(opening.secret),
    ask: asker.present ? (prompt) => asker.secret(prompt, stop.stopping) : null,
    hide: (secret) => hidden.add(secret),
    told: (name, source) =>
      emit({
        type: 'answer',
        step: name.startsWith('key:') ? 'mount' : 'target',
        value: { secret: source, name },
        by: source === 'asked' ? 'operator' : 'flag',
      }),
  })
  const aws = awsFor(opening, env)
  const launched = () => {
    const state = keeper.state.actions.get(launchInstanceAction.id)
    return state?.status === 'done' ? launchInstanceAction.effect.parse(state.effect) : undefined
  }
  const askHostKey = trustHostKey({
    aws,
    instance: () => launched()?.instanceId ?? keeper.state.flags.instance ?? opening.host.instance,
    madeByUs: () => launched() !== undefined,
    agree: (question) => asker.agree(question, stop.stopping),
    say: (level, message) => emit({ type: 'finding', step: 'target', level, message }),
  })
  const launches = opening.route.legs.some((leg) => leg.actions.some(({ id }) => id === launchInstanceAction.id))
  let user: string | undefined
  const loggedIn = (its: string): void => void (user = its)
  const hideUrl = (url: string): void => hidden.addUrl(url)
  const remote = remoteFor(opening, env, aws, { secrets, askHostKey, launches, launched, loggedIn, hideUrl })
  const session: Session = {
    route: opening.route,
    host: opening.host,
    remote,
    stop,
    now,
    newId: newUuid,
    at: () => now().toISOString(),
    operator: `${userInfo().username}@${hostname()}`,
    rehearsal: options.passing === true,
    clean: hidden.redact,
    secrets,
    onHost: (line) => pasted(opening, { launched: launched(), user }, line),
    asker,
    emit,
    confirmed: new Set(),
    get state() {
      return keeper.state
    },
    record: (record) => keeper.record(record),
  }
  return {
    session,
    folder,
    async close() {
      journal.close()
      unlock()
      await remote.close()
      try {
        return await face.close()
      } finally {
        unheard()
      }
    },
  }
}

/** The config of these options, and the host's profile in it; as a drill knows it, where it is one on the account. */
export function readHost(
  options: CommonOptions,
  surroundings: Surroundings,
  name: string,
  isDrill = false,
): { config: Config; host: HostProfile } {
  const { path, named } = configPath(options, surroundings.env)
  const config = readConfig(path, named)
  return { config, host: isDrill ? rehearsed(profileOf(config, rehearsedName(name))) : profileOf(config, name) }
}
