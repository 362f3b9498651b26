import { describe, expect, it } from 'vitest'
import { act } from '../../src/run/act.ts'
import { gateAction } from '../../src/steps/gate.ts'
import { stopServicesAction } from '../../src/steps/stop-services.ts'
import { localRun } from './local-run.ts'

it('when the host has opened the gates, closing them again forgets no service that ran before', async () => {
  const local = localRun(
    [gateAction],
    { way: 'none', at: 'head' },
    [
      [/^systemctl show/, 'Id=chat.service\nActiveState=inactive\nSubState=dead\nInvocationID=\nNRestarts=0\n'],
      [
        /hold/,
        () =>
          local.changed.length === 0
            ? ''
            : `held ${local.run.id}\ndrop-in /etc/systemd/system/chat.service.d/x\ntimer\n`,
      ],
    ],
    { host: { services: ['chat.service'] } },
  )
  const before = { run: '', who: '', since: '', backups: [], services: ['chat.service'], cron: [] }
  local.begun('gate', { ...before, running: ['chat.service'] }, { liftedByHostAt: '2026-11-21T20:00:00.000Z' })
  await act(local.session, gateAction, true)
  expect(local.run.before(gateAction).running).toEqual(['chat.service'])
})

const permission = (line: string): boolean => line.endsWith('> /run/lifeboat/go')

describe('a service of a pool that is at work', () => {
  const before = { run: 'r', who: '', since: '', backups: [], services: ['chat.service'], cron: [], running: [] }
  const lines = () => {
    const local = localRun([], { way: 'none', at: 'head' }, [], { host: { services: ['chat.service'] } })
    local.begun('gate', before)
    const of = (action: typeof gateAction | typeof stopServicesAction) =>
      action.commands(local.run, undefined).flatMap((each) => (each.kind === 'shell' ? [each.line] : []))
    return { local, gate: () => of(gateAction), stop: () => of(stopServicesAction) }
  }
  it('may come back by itself while the schedules are held back, until it is stopped', () => {
    const { local, gate, stop } = lines()
    expect(gate().filter(permission)).toHaveLength(1)
    expect(stop()).toEqual(['rm -f /run/lifeboat/go', 'systemctl stop -- chat.service'])
    local.begun('stop-services', {})
    expect(gate().filter(permission)).toEqual([])
  })
})
