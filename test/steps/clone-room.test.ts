import { describe, expect, it } from 'vitest'
import { demandClones } from '../../src/steps/clone-plan.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { datasetRows, localRun, targetOf } from './local-run.ts'

/** Two zvols with room set aside for 100 bytes each, half of which their heads have; so much is available besides. */
const zvols = (available: number) => {
  const names = ['tank/a disk', 'tank/other']
  const point = { way: 'clone' as const, at: 'hour', targets: names.map((name) => targetOf(name)), left: [] }
  const volume = { type: 'volume', mountpoint: '-', canmount: '-', mounted: '-' }
  const limits = names.map((name) => `${name}\t0\t50\t-\t100\t-\t-\n`).join('')
  return localRun([], point, [
    [/^zfs list .*available/, `tank\t${available}\t0\t0\t0\ton\t-\n${limits}`],
    [/^zfs list/, datasetRows([['tank'], ...names.map((name) => [name, volume] as const)])],
  ])
}

describe('clones of zvols that have room set aside', () => {
  it('are refused where there is none for the clones too, before anything is cloned', async () => {
    const { run } = zvols(99)
    expect(await thrownBy(demandClones(run))).toMatchObject({
      code: 'no-room',
      next: [
        {
          why: expect.stringMatching(
            /^the refreservation of tank\/a disk .*200 B in all, and 199 B are free below tank\)/,
          ) as string,
          command: "ssh web zfs set refreservation=none 'tank/a disk'",
        },
        {},
        {},
        {},
      ],
    })
  })

  it('are made where there is room', async () => {
    await expect(demandClones(zvols(100).run)).resolves.toBeUndefined()
  })
})
