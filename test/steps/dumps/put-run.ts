// A run that has fetched its dump onto this machine, with the steps from there to the data in its place: what they do to
// the host, they do here, with the shell.
import { execa } from 'execa'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../../../src/remote/command.ts'
import type { Remote } from '../../../src/remote/remote.ts'
import { listStaged } from '../../../src/remote/linux/staging.ts'
import { act } from '../../../src/run/act.ts'
import { undo } from '../../../src/run/undo.ts'
import { gateAction } from '../../../src/steps/gate.ts'
import type { HostProfile } from '../../../src/steps/profile.ts'
import { putInPlaceAction } from '../../../src/steps/put-in-place.ts'
import type { AnyAction, Route } from '../../../src/steps/step.ts'
import { unpackAction } from '../../../src/steps/unpack.ts'
import { RemoteCommandError } from '../../../src/text/errors.ts'
import { fakeSession, type FakeSession } from '../../run/fake-session.ts'

const actions: AnyAction[] = [unpackAction, putInPlaceAction]

async function onThisMachine<T>(command: Command<T>): Promise<T> {
  if (command.kind === 'aws') throw new Error('AWS is not asked for anything here')
  // No unit of a run is at work here.
  if (command.line.startsWith('systemctl list-units')) return command.parse({ code: 0, stdout: '', stderr: '' })
  const ran = await execa('/bin/sh', ['-c', command.line], { input: command.stdin ?? '', reject: false })
  const [code, stdout, stderr] = [ran.exitCode ?? -1, `${ran.stdout}\n`, ran.stderr]
  if (command.accepts.includes(code)) return command.parse({ code, stdout, stderr })
  const { line } = command
  throw new RemoteCommandError({
    host: 'web',
    command: line,
    exitCode: code,
    signal: null,
    stderrTail: stderr,
    timedOut: false,
  })
}

export interface PutRun {
  readonly session: FakeSession
  readonly staging: string
  /** Does these steps, each with its check. */
  doing(...steps: readonly AnyAction[]): Promise<void>
  undoing(): Promise<void>
}

/** @param objects what was fetched, by the paths of the objects */
export async function putRun(
  folder: string,
  dump: { readonly kind: string; readonly into: string; readonly objects: Readonly<Record<string, string | Buffer>> },
  host: Partial<HostProfile>,
): Promise<PutRun> {
  const route: Route = { id: 'dump', legs: [{ choices: [], actions }] }
  const session = fakeSession({ route, host: { ...host, staging: folder } })
  const remote: Remote = { run: onThisMachine, close: () => Promise.resolve() }
  Object.assign(session, { remote })
  const { runId } = session.state
  const staging = join(folder, runId)
  mkdirSync(staging)
  const names = Object.keys(dump.objects).map((path, at) => ({ path, name: String(at).padStart(8, '0') }))
  for (const { path, name } of names) writeFileSync(join(staging, `${name}.000000`), dump.objects[path] ?? '')
  await onThisMachine(listStaged(staging, names))
  const at = session.at()
  const place = { bucket: 'b', region: 'r', prefix: 'p', digest: '', storageClass: 'STANDARD', entry: null }
  const said = { at, writtenAt: at, objects: names.length, bytes: 1, doubts: [], notes: [] }
  session.record({ type: 'answered', at, step: 'dump', value: { ...place, ...said, kind: dump.kind }, by: 'flag' })
  session.record({ type: 'answered', at, step: 'carrier', value: 'host', by: 'flag' })
  session.record({ type: 'answered', at, step: 'place', value: dump.into, by: 'flag' })
  const before = { run: runId, who: '', since: at, backups: [], services: [], cron: [], running: [] }
  session.record({ type: 'intended', at, step: gateAction.id, attempt: 1, before, commands: [] })
  session.record({ type: 'done', at, step: gateAction.id, attempt: 1, effect: { liftedByHostAt: at } })
  return {
    session,
    staging,
    async doing(...steps) {
      for (const step of steps) {
        try {
          await act(session, step, session.state.actions.has(step.id))
        } catch (error) {
          // As the runner does.
          const noted = { code: 'failed', message: String(error), notChanged: [], exists: [], next: [] }
          session.record({ type: 'failed', at: session.at(), step: step.id, error: noted })
          throw error
        }
      }
    },
    undoing: () => undo(session),
  }
}
