// A run that has come to its proof, over a host and an AWS that answer as a test says.
import type { Command, Output } from '../../src/remote/command.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { contextFor } from '../../src/run/context.ts'
import type { HostProfile } from '../../src/steps/profile.ts'
import { proveAction } from '../../src/steps/prove.ts'
import type { StepId } from '../../src/steps/step.ts'
import { fakeSession, type FakeSession, type Surroundings } from '../run/fake-session.ts'

const running = 'Id=chat.service\nActiveState=active\nSubState=running\nInvocationID=1\nNRestarts=0\n'

/** What the host says to a line that begins so: its standard output, or an exit code. */
type Says = Readonly<Record<string, () => string | number>>

export interface Proving {
  readonly session: FakeSession
  /** The lines that the host was asked, and AWS's actions. */
  readonly asked: string[]
  prove(): ReturnType<typeof proveAction.perform>
}

interface Told {
  readonly host?: Partial<HostProfile>
  readonly says?: Says
  /** AWS's output, by action. */
  readonly aws?: Readonly<Record<string, object>>
  readonly volume?: object | null
  readonly clean?: Surroundings['clean']
}

/** A unit chat.service that stays up, unless said otherwise. */
export function proving({
  host = {},
  says = {},
  aws = {},
  volume = { volumeId: 'vol-1', made: true },
  clean,
}: Told = {}): Proving {
  const session = fakeSession({
    host: { services: ['chat.service'], stable_seconds: 1, probe_seconds: 60, ...host },
    ...(clean === undefined ? {} : { clean }),
  })
  const done: Partial<Record<StepId, object>> = {
    gate: { liftedByHostAt: '2026-11-22T07:00:00.000Z' },
    mount: { mounts: [], keys: [] },
    'start-services': { units: [], startedAt: '2026-11-21T19:00:00.000Z' },
    ...(volume === null ? {} : { 'create-volume': volume }),
  }
  const at = session.at()
  for (const step of Object.keys(done) as StepId[]) {
    session.record({ type: 'intended', at, step, attempt: 1, before: {}, commands: [] })
    session.record({ type: 'done', at, step, attempt: 1, effect: done[step] })
  }
  session.record({ type: 'answered', at, step: 'point', value: { way: 'none', at: 'head' }, by: 'flag' })
  const asked: string[] = []
  const answers: Says = { 'systemctl show': () => running, findmnt: () => '', journalctl: () => '', ...says }
  function output(line: string): Output {
    const said = Object.entries(answers).find(([begins]) => line.startsWith(begins))?.[1]()
    if (said === undefined) throw new Error(`nobody says what the host answers to ${line}`)
    return typeof said === 'number' ? { code: said, stdout: '', stderr: '' } : { code: 0, stdout: said, stderr: '' }
  }
  const remote: Remote = {
    run<T>(command: Command<T>): Promise<T> {
      asked.push(command.kind === 'aws' ? command.action : command.line)
      // What is thrown in there is what it rejects with.
      return new Promise((resolve) => {
        if (command.kind === 'aws') resolve(command.parse(aws[command.action] ?? {}))
        else resolve(command.parse(output(command.line)))
      })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  const run = contextFor(session, { step: 'prove', attempt: 1, shown: new Set(), ignoresStopping: false })
  return { session, asked, prove: () => proveAction.perform(run, {}) }
}

export const findingsOf = ({ session }: Proving): string[] =>
  session.events.flatMap((event) => (event.type === 'finding' ? [event.message] : []))
