import { describe, expect, it } from 'vitest'
import type { Remote } from '../../src/remote/remote.ts'
import { act } from '../../src/run/act.ts'
import { undo } from '../../src/run/undo.ts'
import { inspectPoolAction } from '../../src/steps/inspect-pool.ts'
import { mountAction } from '../../src/steps/mount.ts'
import { startServicesAction } from '../../src/steps/start-services.ts'
import type { Route, StepId } from '../../src/steps/step.ts'
import { stopServicesAction } from '../../src/steps/stop-services.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession, type FakeSession } from '../run/fake-session.ts'

const node = '/dev/disk/by-id/nvme-ours'

const befores: Partial<Record<StepId, unknown>> = {
  gate: { run: 'r', who: '', since: '', backups: [], services: [], cron: [], running: [] },
  'inspect-pool': { pool: 'tank', guid: '17', node, altroot: '/a', force: false, forceReason: '' },
  mount: { mounts: [{ dataset: 'tank/chat', mountpoint: '/srv/chat' }] },
  'start-services': { units: [] },
}

const route: Route = {
  id: 'ebs',
  legs: [{ choices: [], actions: [inspectPoolAction, mountAction, startServicesAction] }],
}

/** A run that came as far as these steps, on a host whose pool of that GUID is on this disk now. */
function begun(steps: readonly StepId[], device: string): { session: FakeSession; changed: string[] } {
  const session = fakeSession({ route, host: { services: ['chat.service'] } })
  const changed: string[] = []
  const answers: [RegExp, string][] = [
    [/^zpool list -Hpo/, 'tank\t17\tONLINE\toff\t-\n'],
    [/^zpool list -vHPL/, `tank\t1G\n\t${device}\t1G\n`],
    [/by-id/, `${node}\t/dev/nvme1n1p1\n`],
    [/findmnt/, JSON.stringify({ filesystems: [{ source: 'tank/chat', target: '/srv/chat', fstype: 'zfs' }] })],
  ]
  const remote: Remote = {
    async run(command) {
      if (command.kind === 'aws') throw new Error('there is no AWS here')
      if (!command.reads) changed.push(command.line)
      const stdout = answers.find(([line]) => line.test(command.line))?.[1] ?? ''
      return command.parse({ code: 0, stdout, stderr: '' })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  for (const step of steps)
    session.record({ type: 'intended', at: '', step, attempt: 1, before: befores[step], commands: [] })
  return { session, changed }
}

const ours = '/dev/nvme1n1p1'
const anothers = '/dev/nvme2n1p1'

describe('where another run has restored the host meanwhile, from a copy of the same pool', () => {
  const steps: readonly StepId[] = ['inspect-pool', 'mount', 'start-services']

  it('undoing stops no service, unmounts and exports nothing', async () => {
    const { session, changed } = begun(steps, anothers)
    await undo(session)
    expect(changed).toEqual([])
    const said = session.events.flatMap((event) => (event.type === 'finding' ? [event.message] : []))
    expect(said.join('\n')).toMatch(/the services go on: the pool tank uses \/dev\/nvme2n1p1, not \/dev\/nvme1n1p1/)
  })

  it('undoing does all of it where the pool is on our own disk', async () => {
    const { session, changed } = begun(steps, ours)
    await undo(session)
    expect(changed.join('\n')).toMatch(/systemctl stop[^]*zfs unmount[^]*zpool export/)
  })

  it('resuming stops no service', async () => {
    const { session, changed } = begun(['gate', 'inspect-pool'], anothers)
    expect(await thrownBy(act(session, stopServicesAction, true))).toMatchObject({ code: 'other-disk' })
    expect(changed).toEqual([])
  })
})
