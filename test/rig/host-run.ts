// Single steps on the real host, over pools on loop devices: what a volume may bring along is made there in a second.
import { cloudWorld } from '../../src/lab/host/cloud-world.ts'
import { newLabKeys } from '../../src/lab/lab-config.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { act } from '../../src/run/act.ts'
import { contextFor } from '../../src/run/context.ts'
import { RemoteCommandError } from '../../src/text/errors.ts'
import { findDiskAction } from '../../src/steps/find-disk.ts'
import { inspectPoolAction } from '../../src/steps/inspect-pool.ts'
import type { HostProfile } from '../../src/steps/profile.ts'
import type { AnyAction, Route, Run } from '../../src/steps/step.ts'
import { fakeSession } from '../run/fake-session.ts'
import type { Rig } from './rig.ts'

const actions: AnyAction[] = [findDiskAction, inspectPoolAction]

const route: Route = { id: 'ebs', legs: [{ choices: [], actions }] }

/** The host's own side of a command; what AWS is asked for is not there. */
const remoteTo = ({ vm }: Rig): Remote => ({
  async run(command) {
    if (command.kind === 'aws') throw new Error(`AWS is asked for ${command.action}`)
    const { stdin, line } = command
    const output = await vm.run(line, stdin === undefined ? {} : { stdin })
    if (command.accepts.includes(output.code)) return command.parse(output)
    throw new RemoteCommandError({
      host: 'irc-1',
      command: line,
      exitCode: output.code,
      signal: null,
      stderrTail: output.stderr,
      timedOut: false,
    })
  },
  close: () => Promise.resolve(),
})

export interface HostRun {
  readonly run: Run
  /** Looks into the pool that this device bears, as the step does. @throws LifeboatError */
  inspect(node: string): Promise<void>
  warnings(): string[]
}

/** A run on the rig's host that has got as far as the disk, and is to keep the head of what is on it. */
export async function hostRun(rig: Rig, host: Partial<HostProfile> = {}): Promise<HostRun> {
  const session = fakeSession({ route, host: { name: 'irc-1', ...host } })
  Object.assign(session, { remote: remoteTo(rig) })
  const world = cloudWorld(rig.world, newLabKeys())
  const [instance] = world.instances
  const hostId = (await rig.vm.run('hostid')).stdout.trim()
  const value = {
    host: 'irc-1',
    hostId,
    hostName: 'irc-1',
    timeZone: 'UTC',
    zfs: '2.1.11',
    backups: [],
    cron: [],
    account: world.accountId,
    instanceId: instance?.instanceId,
    instanceType: instance?.instanceType,
    zone: instance?.availabilityZone,
    maxAttachments: null,
  }
  session.record({ type: 'answered', at: session.at(), step: 'target', value, by: 'flag' })
  const head = { way: 'none', at: 'head' }
  session.record({ type: 'answered', at: session.at(), step: 'point', value: head, by: 'flag' })
  return {
    run: contextFor(session, { step: 'find-disk', attempt: 1, shown: null, ignoresStopping: false }),
    async inspect(node) {
      const effect = { disk: node, sizeBytes: 1, node }
      const before = { serial: '', others: null }
      session.record({ type: 'intended', at: session.at(), step: 'find-disk', attempt: 1, before, commands: [] })
      session.record({ type: 'done', at: session.at(), step: 'find-disk', attempt: 1, effect })
      await act(session, inspectPoolAction, false)
    },
    warnings: () =>
      session.events.flatMap((event) => (event.type === 'finding' && event.level === 'warn' ? [event.message] : [])),
  }
}
