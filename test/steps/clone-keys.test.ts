import { describe, expect, it } from 'vitest'
import { demandClones } from '../../src/steps/clone-plan.ts'
import { cloneAction } from '../../src/steps/clone.ts'
import type { SecretStore } from '../../src/run/secrets.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { datasetRows, localRun, targetOf, type Says } from './local-run.ts'

/** A vault that is unlocked; whether its key could be loaded again is what the host says. */
const vault = (keyLocation: string, keyFormat: string, fits: string | number, secrets?: SecretStore) => {
  const says: Says = [
    [/^zfs list .*available/, `tank/vault\t1\t0\t0\t0\ton\t${keyFormat}\n`],
    [
      /^zfs list/,
      datasetRows([
        ['tank'],
        ['tank/vault', { keystatus: 'available', encryptionroot: 'tank/vault', keylocation: keyLocation }],
      ]),
    ],
    [/load-key -n/, fits],
  ]
  const point = { way: 'clone', at: 'hour', targets: [targetOf('tank/vault')], left: [] } as const
  return localRun(
    [],
    { ...point, targets: [...point.targets], left: [] },
    says,
    secrets === undefined ? {} : { secrets },
  )
}

const given: SecretStore = { source: () => 'file', get: () => Promise.resolve('secret') }

describe('the clone of an encryption root', () => {
  it('is refused while its key could not be had again', async () => {
    const local = vault('file:///media/stick/key', 'raw', 255)
    expect(await thrownBy(demandClones(local.run))).toMatchObject({
      code: 'key-missing',
      notChanged: ['no dataset was cloned or renamed'],
      next: [{ command: `lifeboat resume ${local.run.id} --secret 'key:tank/vault=@FILE'` }, {}],
    })
  })

  it('gets a raw key that is given as it was meant, also when it is taken back', async () => {
    const { run } = vault('prompt', 'raw', '', given)
    await demandClones(run)
    const before = await cloneAction.survey(run)
    expect(before.keys).toEqual([{ name: 'tank/vault', keyLocation: 'prompt', keyFormat: 'raw' }])
  })
})
