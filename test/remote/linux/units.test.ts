import { describe, expect, it } from 'vitest'
import { listTimers, startUnits, unitJournal, unitStates } from '../../../src/remote/linux/units.ts'
import { answer } from '../answer.ts'

const block = (id: string, more: Record<string, string> = {}): string =>
  Object.entries({
    Id: id,
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    InvocationID: '0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d',
    NRestarts: '0',
    Result: 'success',
    ConditionResult: 'yes',
    ...more,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')

describe('the journal of units', () => {
  it('is that of all of them, as one stream', () => {
    const asked = unitJournal(['chat.service', 'it@a b.service'], 3)
    expect(asked.line).toBe("journalctl --no-pager -o short-iso -n 3 -u chat.service -u 'it@a b.service'")
    expect(asked.reads).toBe(true)
    expect(answer(asked, 'one\n\ntwo\n')).toEqual(['one', 'two'])
  })
})

describe('the state of units', () => {
  it('is read from the blocks that `systemctl show` prints, one a unit', () => {
    const stdout = [
      block('chat.service'),
      block('backup@db.service', { ActiveState: 'failed', SubState: 'failed', Result: 'exit-code', NRestarts: '5' }),
      block('gone.service', { LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead', InvocationID: '' }),
    ].join('\n')
    expect(answer(unitStates(['chat.service', 'backup@db.service', 'gone.service']), stdout)).toEqual([
      {
        unit: 'chat.service',
        load: 'loaded',
        active: 'active',
        sub: 'running',
        invocation: '0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d',
        restarts: 0,
        result: 'success',
        conditionMet: true,
      },
      expect.objectContaining({ unit: 'backup@db.service', active: 'failed', restarts: 5, result: 'exit-code' }),
      expect.objectContaining({ unit: 'gone.service', load: 'not-found', invocation: '' }),
    ])
  })

  it('tells a unit whose condition kept it from starting', () => {
    expect(answer(unitStates(['b.service']), block('b.service', { ConditionResult: 'no' }))).toMatchObject([
      { conditionMet: false },
    ])
  })

  it('of a socket, which is never restarted, is read too', () => {
    const stdout = 'Id=chat.socket\nLoadState=loaded\nActiveState=active\nSubState=listening\n'
    expect(answer(unitStates(['chat.socket']), stdout)).toMatchObject([
      { unit: 'chat.socket', active: 'active', restarts: 0, conditionMet: true },
    ])
  })

  it('of no units is none, and not of all units there are', () => {
    expect(unitStates([]).line).toBe('true')
    expect(answer(unitStates([]), '')).toEqual([])
  })
})

it('timers are listed with what they start, also those that start nothing', () => {
  const stdout = 'Id=backup.timer\nUnit=backup.service\n\nId=odd.timer\n'
  expect(answer(listTimers(), stdout)).toEqual([
    { timer: 'backup.timer', activates: 'backup.service' },
    { timer: 'odd.timer', activates: '' },
  ])
})

it('units are started with their failures forgotten', () => {
  expect(startUnits(['a.service', String.raw`b\x2dc.service`]).line).toBe(
    String.raw`systemctl reset-failed -- a.service 'b\x2dc.service'; systemctl start -- a.service 'b\x2dc.service'`,
  )
})
