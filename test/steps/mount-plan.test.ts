import { expect, it } from 'vitest'
import { planMounts } from '../../src/steps/mount-plan.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { datasetRows, localRun, targetOf } from './local-run.ts'

it('a dataset that was mounted and that a boot could not unlock is not left out: its key is asked for', async () => {
  const vault = { keystatus: 'unavailable', encryptionroot: 'tank/vault', keylocation: 'prompt', mounted: 'no' }
  const local = localRun([], { way: 'rollback', at: 'hour', targets: [targetOf('tank/vault')], left: [] }, [
    [/^zfs list .*available/, 'tank/vault\t1\t0\t0\t0\ton\tpassphrase\n'],
    [/^zfs list/, datasetRows([['tank'], ['tank/vault', vault]])],
  ])
  local.begun('unmount', { mounted: [{ dataset: 'tank/vault', mountpoint: '/tank/vault', legacy: null }] })
  expect(await thrownBy(planMounts(local.run))).toMatchObject({
    code: 'key-missing',
    next: [{ command: `lifeboat resume ${local.run.id} --secret 'key:tank/vault=@FILE'` }],
  })
})
