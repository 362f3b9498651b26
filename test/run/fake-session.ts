// A session whose surroundings are all in the test: the clock, the ids, the journal, the operator and the world.
import { nobody, type Asker, type Back, type Question } from '../../src/run/asking.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { Journal } from '../../src/run/journal.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import { recorder, stepIds, type Session } from '../../src/run/session.ts'
import type { SecretStore } from '../../src/run/secrets.ts'
import { makeStop } from '../../src/run/stopping.ts'
import { flags, type Flags } from '../../src/steps/flags.ts'
import { hostProfile, type HostProfile } from '../../src/steps/profile.ts'
import type { Option, Route } from '../../src/steps/step.ts'
import { fakeRoute } from './fake-route.ts'
import { FakeWorld } from './fake-world.ts'

export const someFlags = (given: Partial<Flags> = {}): Flags => flags.parse(given)

/** The record that a run begins with. */
export const started = (given: Partial<Flags> = {}, route: Route = fakeRoute()): JournalRecord => ({
  type: 'run-started',
  v: 1,
  at: '2026-11-21T19:00:00.000Z',
  runId: '20261121-190000-0a1b',
  lifeboat: '0.1.0',
  route: 'ebs',
  host: 'web',
  region: 'eu-central-1',
  steps: stepIds(route).map((id) => ({ id, version: 1 })),
  flags: someFlags(given),
  config: null,
  pid: 1,
  plan: null,
})

/** A journal in memory. `happens` sees each record before it is kept, and after it, and may throw. */
export class FakeJournal implements Journal {
  readonly folder = '/nowhere'
  readonly records: JournalRecord[]
  happens: (when: 'before' | 'after', what: string) => void = () => {}

  constructor(records: readonly JournalRecord[] = []) {
    this.records = [...records]
  }

  append(record: JournalRecord): void {
    this.happens('before', record.type)
    // As it would be read from a file.
    this.records.push(JSON.parse(JSON.stringify(record)) as JournalRecord)
    this.happens('after', record.type)
  }

  close(): void {}
}

/** A person who takes every suggestion, and remembers what they were asked. */
export class Agreeing implements Asker {
  readonly present = true
  readonly asked: Question[] = []

  ask(question: Question): Promise<Option<unknown> | Back> {
    this.asked.push(question)
    return question.suggested === undefined
      ? Promise.reject(new Error(`nothing is suggested for ${question.step.id}`))
      : Promise.resolve(question.suggested)
  }

  confirm(): Promise<void> {
    return Promise.resolve()
  }

  secret(): Promise<string> {
    return Promise.reject(new Error('no secret is wanted here'))
  }

  agree(): Promise<boolean> {
    return Promise.resolve(true)
  }
}

export interface FakeSession extends Session {
  readonly events: RunEvent[]
  readonly world: FakeWorld
  readonly journal: FakeJournal
}

export interface Surroundings {
  readonly route?: Route
  readonly world?: FakeWorld
  readonly journal?: FakeJournal
  readonly flags?: Partial<Flags>
  readonly asker?: Asker
  readonly host?: Partial<HostProfile>
  readonly clean?: (text: string) => string
  readonly secrets?: SecretStore
  readonly rehearsal?: boolean
}

let ids = 0

/** A session over these surroundings. The clock moves on by a second each time it is read. */
export function fakeSession(surroundings: Surroundings = {}): FakeSession {
  const { route = fakeRoute(), world = new FakeWorld(), journal = new FakeJournal(), asker = nobody } = surroundings
  const keeper = recorder(journal, started(surroundings.flags, route))
  const events: RunEvent[] = []
  let seconds = journal.records.length * 1000
  const now = (): Date => new Date(Date.parse('2026-11-21T19:00:00Z') + ++seconds * 1000)
  return {
    route,
    world,
    journal,
    events,
    asker,
    now,
    remote: world,
    host: hostProfile.parse({ name: 'web', ...surroundings.host }),
    stop: makeStop(),
    operator: 'ann@laptop',
    rehearsal: surroundings.rehearsal ?? false,
    clean: surroundings.clean ?? ((text) => text),
    onHost: (line) => `ssh web ${line}`,
    secrets: surroundings.secrets ?? { source: () => null, get: () => Promise.resolve(null) },
    newId: () => `id-${++ids}`,
    at: () => now().toISOString(),
    emit: (event) => void events.push(event),
    confirmed: new Set(),
    get state() {
      return keeper.state
    },
    record: (record) => keeper.record(record),
  }
}
