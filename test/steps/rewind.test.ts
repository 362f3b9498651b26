import { describe, expect, it } from 'vitest'
import { act } from '../../src/run/act.ts'
import { routeFor } from '../../src/steps/routes.ts'
import { datasetRows, localRun, targetOf } from './local-run.ts'

const rollback = { dataset: 'tank/chat', snapshot: 'hour', destroys: ['later'] }

const steps = routeFor({ source: 'local', launchTemplate: undefined }).legs.flatMap((leg) => leg.actions)

/** A run whose rollback was begun, when the host has discarded the checkpoint by itself. */
async function resumedWith(written: number): Promise<string[]> {
  const point = { way: 'rollback' as const, at: 'hour', targets: [targetOf('tank/chat')], left: [] }
  const local = localRun(steps, point, [
    [
      /^zpool get -Hpo property,value/,
      () =>
        `checkpoint\t${local.changed.some(({ line }) => line === 'zpool checkpoint tank') ? '4096' : '-'}\nfeature@zpool_checkpoint\tenabled\nfree\t50\nsize\t100\nfreeing\t0\n`,
    ],
    [/^zfs list -Hp -r/, datasetRows([['tank'], ['tank/chat', { mounted: 'no' }]])],
    [/zfs get -Hp -t/, `tank/chat\twritten@hour\t${written}\n`],
    [/zfs list -Hp -t snapshot/, written === 0 ? '' : 'tank/chat@later\t7\n'],
  ])
  const { session } = local
  local.begun(
    'checkpoint',
    { pool: 'tank', guid: '17', directories: ['/dev'], mounted: [], keys: [], since: '' },
    { discardedByHostAt: '2026-11-21T20:00:00.000Z' },
  )
  local.begun('roll-back', { pool: 'tank', rollbacks: [rollback] })
  const error = { code: 'rollback-blocked', message: '', notChanged: [], exists: [], next: [] }
  session.record({ type: 'failed', at: session.at(), step: 'roll-back', error })
  for (const step of steps.filter(({ id }) => id === 'checkpoint')) await act(session, step, true)
  return local.changed.map(({ line }) => line)
}

describe('a checkpoint that the host has discarded by itself', () => {
  it('is made anew before a rollback that was blocked is tried again', async () => {
    const lines = await resumedWith(4096)
    // The new one must not hold the mark of the old: it tells whether the pool was rewound.
    expect(lines.slice(0, 3)).toEqual([
      'zfs inherit lifeboat:checkpoint tank',
      'zpool checkpoint tank',
      expect.stringMatching(/^zfs set 'lifeboat:checkpoint=/),
    ])
  })

  it('is not missed any more where everything is rolled back', async () => {
    expect(await resumedWith(0)).toEqual([])
  })
})
