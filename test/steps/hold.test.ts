import { describe, expect, it } from 'vitest'
import { settle, undo } from '../../src/run/undo.ts'
import { holdAction } from '../../src/steps/hold.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { localRun, targetOf, type Says } from './local-run.ts'

const targets = [targetOf('tank/chat'), targetOf('tank/disk')]

const holding = (says: Says) =>
  localRun([holdAction], { way: 'rollback', at: 'hour', targets, left: [] }, [
    [/^zpool list/, 'tank\t17\tONLINE\toff\t-\n'],
    ...says,
  ])

describe('the chosen snapshots', () => {
  it('are refused where another has got the name of one since it was chosen', async () => {
    const local = holding([[/zfs list -Hp/, 'tank/chat@hour\tof tank/chat\ntank/disk@hour\tanother\n']])
    expect(await thrownBy(holdAction.survey(local.run))).toMatchObject({
      code: 'snapshot-expired',
      message: 'chosen and gone since: tank/disk@hour',
    })
  })

  it('are let go of also where only some were held, and the others have expired', async () => {
    const local = holding([
      [/zfs list -Hp/, 'tank/chat@hour\tof tank/chat\n'],
      [/zfs release/, ''],
      [
        /zfs holds/,
        ({ stdin }) => (stdin?.includes('tank/disk') ? 1 : `tank/chat@hour\tlifeboat:${local.run.id}\tSat\n`),
      ],
    ])
    const held = targets.map(({ dataset, snapshot }) => ({ dataset, snapshot }))
    local.begun('hold', { tag: `lifeboat:${local.run.id}`, held })
    await settle(local.session)
    await undo(local.session)
    expect(local.changed).toHaveLength(1)
    expect(local.changed[0]?.line).toContain('zfs release')
  })

  it('are not looked for by an undo where none were held: the host may be gone', async () => {
    const local = localRun([holdAction], { way: 'none', at: 'head' }, [])
    local.begun('hold', { tag: `lifeboat:${local.run.id}`, held: [] })
    await undo(local.session)
    const asked = local.session.events.filter((event) => event.type === 'command')
    expect({ asked, hold: local.session.state.actions.get('hold')?.status }).toEqual({ asked: [], hold: 'undone' })
  })
})
