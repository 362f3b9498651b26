// A run whose AWS side is the real client over an in-process cloud. Its host is not there: what these steps do, they do
// to AWS alone.
import type { Cloud, CloudOptions } from '../../src/lab/cloud/start-cloud.ts'
import type { CloudWorld } from '../../src/lab/cloud/world.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { act } from '../../src/run/act.ts'
import { answerChoice } from '../../src/run/answer.ts'
import { contextFor } from '../../src/run/context.ts'
import { settle, undo, undoDestroys } from '../../src/run/undo.ts'
import { attachVolumeAction } from '../../src/steps/attach-volume.ts'
import { createVolumeAction } from '../../src/steps/create-volume.ts'
import { snapshotOriginalAction } from '../../src/steps/snapshot-original.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import type { AnyAction, AnyChoice, Finding, Route, Run } from '../../src/steps/step.ts'
import { volumeChoice } from '../../src/steps/volume.ts'
import { nightly, testLab, web, world, type TestLab } from '../lab/cloud/helpers.ts'
import { awsAt } from '../remote/aws/aws-at.ts'
import { fakeSession, type FakeSession, type Surroundings } from '../run/fake-session.ts'

const actions: AnyAction[] = [snapshotOriginalAction, createVolumeAction, attachVolumeAction]

const route: Route = { id: 'ebs', legs: [{ choices: [snapshotChoice, volumeChoice], actions }] }

export const dataVolume = nightly.volumeId

const target = {
  host: 'web',
  account: world.accountId,
  instanceId: web.instanceId,
  instanceType: web.instanceType,
  zone: web.availabilityZone,
  maxAttachments: null,
  hostId: '00000000',
  hostName: 'web',
  timeZone: 'UTC',
  zfs: '2.1.11',
  backups: [],
  cron: [],
}

/** The program is killed: nobody is left to note anything. */
class Killed extends Error {}

export interface AwsRun extends AsyncDisposable {
  readonly lab: TestLab
  readonly cloud: Cloud
  readonly session: FakeSession
  readonly run: Run
  /** Answers these choices as the flags say, or as is suggested. */
  choose(...choices: readonly AnyChoice[]): Promise<void>
  /** Does these steps, as a first run or as one that is resumed. */
  doing(...steps: readonly AnyAction[]): Promise<void>
  resuming(...steps: readonly AnyAction[]): Promise<void>
  /** Begins this step, and is killed when AWS has done this action and before it was heard of. */
  killedAfter(action: string, step: AnyAction): Promise<void>
  /** Gives these answers, one each, to the next reads of this action; undefined is the true one. */
  answering(action: string, answers: readonly unknown[]): void
  /** Takes everything back, with all that it would destroy confirmed. */
  undoing(): Promise<void>
  findings(level: Finding['level']): string[]
  /** The actions that AWS was asked for, without the Describe calls. */
  changes(): string[]
}

/** What these steps ask AWS for goes to a cloud of its own over this world; the target is answered. */
export async function awsRun(
  change: Partial<CloudWorld> = {},
  surroundings: Surroundings = {},
  options: Partial<CloudOptions> = {},
): Promise<AwsRun> {
  const lab = await testLab(change, options)
  const aws = await awsAt(lab.cloud.ec2, undefined, lab.cloud.s3)
  const remote: Remote = {
    run: (command) => (command.kind === 'aws' ? aws.send(command) : Promise.reject(new Error('there is no host here'))),
    close: () => Promise.resolve(),
  }
  const flags = { yes: true, ...surroundings.flags }
  const session = fakeSession({ route, host: { volume: dataVolume }, ...surroundings, flags })
  Object.assign(session, { remote })
  session.record({ type: 'answered', at: session.at(), step: 'target', value: target, by: 'flag' })
  const doing = async (steps: readonly AnyAction[], resumed: boolean): Promise<void> => {
    try {
      for (const step of steps) await act(session, step, resumed)
    } catch (error) {
      if (error instanceof Killed) return
      // As the runner does.
      const step = session.journal.records.findLast((record) => record.type === 'intended')?.step ?? 'create-volume'
      const noted = { code: 'failed', message: String(error), notChanged: [], exists: [], next: [] }
      session.record({ type: 'failed', at: session.at(), step, error: noted })
      throw error
    }
  }
  return {
    lab,
    cloud: lab.cloud,
    session,
    run: contextFor(session, { step: 'review', attempt: 1, shown: null, ignoresStopping: false }),
    async choose(...choices) {
      for (const choice of choices) await answerChoice(session, choice)
    },
    doing: (...steps) => doing(steps, false),
    resuming: (...steps) => doing(steps, true),
    async killedAfter(action, step) {
      const killing: Remote = {
        ...remote,
        async run(command) {
          const result = await remote.run(command)
          if (command.kind === 'aws' && command.action === action) throw new Killed()
          return result
        },
      }
      Object.assign(session, { remote: killing })
      await doing([step], false)
      Object.assign(session, { remote })
    },
    answering(action, answers) {
      const left = [...answers]
      const telling: Remote = {
        ...remote,
        async run(command) {
          const told = command.kind === 'aws' && command.action === action ? left.shift() : undefined
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test gives what the command's parse would
          return told === undefined ? remote.run(command) : (told as Awaited<ReturnType<typeof command.parse>>)
        },
      }
      Object.assign(session, { remote: telling })
    },
    async undoing() {
      await settle(session)
      session.confirmed = new Set(undoDestroys(session))
      await undo(session)
    },
    findings: (level) =>
      session.events.flatMap((event) => (event.type === 'finding' && event.level === level ? [event.message] : [])),
    changes: () => lab.cloud.log.flatMap(({ action }) => (action.startsWith('Describe') ? [] : [action])),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}
