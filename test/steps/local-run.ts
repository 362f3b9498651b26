// A run on a pool that was there before it, over a host that answers as a test says.
import type { ShellCommand } from '../../src/remote/command.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { contextFor } from '../../src/run/context.ts'
import type { Point } from '../../src/steps/point-answer.ts'
import type { AnyAction, Route, Run, StepId } from '../../src/steps/step.ts'
import { RemoteCommandError } from '../../src/text/errors.ts'
import { fakeSession, type FakeSession, type Surroundings } from '../run/fake-session.ts'

/** What the host says to a line that matches: its standard output, or an exit code. The first that matches counts. */
export type Says = readonly (readonly [
  RegExp,
  string | number | ((command: ShellCommand<unknown>) => string | number),
])[]

export interface LocalRun {
  readonly session: FakeSession
  /** The lines that changed something, in order. */
  readonly changed: ShellCommand<unknown>[]
  says: Says
  readonly run: Run
  findings(): string[]
  /** As a step's beginning, and its end, stand in the journal. */
  begun(step: StepId, before: object, effect?: object): void
}

const target = {
  host: 'web',
  hostId: '00000000',
  hostName: 'web',
  timeZone: 'UTC',
  zfs: '2.1.11',
  backups: [],
  cron: [],
  takesOver: null,
  pool: { pool: 'tank', guid: '17' },
  lookedAt: '2026-11-21T19:00:00.000Z',
}

export const targetOf = (dataset: string, snapshot = 'hour') => ({
  dataset,
  snapshot,
  guid: `of ${dataset}`,
  createtxg: 10,
  createdAt: '2026-11-21T18:00:00.000Z',
})

export function localRun(
  actions: readonly AnyAction[],
  point: Point,
  says: Says,
  surroundings: Surroundings = {},
): LocalRun {
  const route: Route = { id: 'local', legs: [{ choices: [], actions }] }
  const session = fakeSession({ ...surroundings, route })
  const changed: ShellCommand<unknown>[] = []
  const remote: Remote = {
    async run(command) {
      if (command.kind === 'aws') throw new Error('there is no AWS here')
      if (!command.reads) changed.push(command)
      const said = local.says.find(([line]) => line.test(command.line))?.[1] ?? ''
      const told = typeof said === 'function' ? said(command) : said
      const code = typeof told === 'number' ? told : 0
      if (!command.accepts.includes(code))
        throw new RemoteCommandError({
          host: 'web',
          command: command.line,
          exitCode: code,
          signal: null,
          stderrTail: 'the host says no',
          timedOut: false,
        })
      return command.parse({ code, stdout: typeof told === 'number' ? '' : told, stderr: '' })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  session.record({ type: 'answered', at: session.at(), step: 'target', value: target, by: 'flag' })
  session.record({ type: 'answered', at: session.at(), step: 'point', value: point, by: 'flag' })
  const local: LocalRun = {
    session,
    changed,
    says,
    run: contextFor(session, { step: 'review', attempt: 1, shown: null, ignoresStopping: false }),
    findings: () =>
      session.events.flatMap((event) => (event.type === 'finding' ? [`${event.level}: ${event.message}`] : [])),
    begun(step, before, effect) {
      session.record({ type: 'intended', at: session.at(), step, attempt: 1, before, commands: [] })
      if (effect !== undefined) session.record({ type: 'done', at: session.at(), step, attempt: 1, effect })
    },
  }
  return local
}

/** `zfs list` of datasets, as `listDatasets` asks for it: name, and what is not as usual. */
export const datasetRows = (
  all: readonly (readonly [name: string, more?: Partial<Record<(typeof columns)[number], string>>])[],
): string =>
  all
    .map(([name, more = {}]) =>
      columns.map((column) => more[column] ?? { ...usual, name, guid: `of ${name}`, mountpoint: `/${name}` }[column]),
    )
    .map((cells) => `${cells.join('\t')}\n`)
    .join('')

const columns = [
  'name',
  'type',
  'guid',
  'createtxg',
  'mountpoint',
  'canmount',
  'mounted',
  'used',
  'written',
  'origin',
  'keystatus',
  'encryptionroot',
  'keylocation',
] as const

const usual = {
  type: 'filesystem',
  createtxg: '1',
  canmount: 'on',
  mounted: 'yes',
  used: '0',
  written: '0',
  origin: '-',
  keystatus: '-',
  encryptionroot: '-',
  keylocation: '-',
}
