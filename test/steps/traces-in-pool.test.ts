import { expect, it } from 'vitest'
import { leftInPool } from '../../src/steps/traces-in-pool.ts'
import { datasetRows, localRun } from './local-run.ts'

it('who discards a checkpoint by hand takes back, too, that the host does it by itself', async () => {
  const local = localRun([], { way: 'none', at: 'head' }, [
    [/lifeboat:checkpoint/, 'r1\n'],
    [/^zpool get/, 'checkpoint\t4096\nfeature@zpool_checkpoint\tactive\nfree\t50\nsize\t100\nfreeing\t0\n'],
    [/^zfs list -Hp/, datasetRows([['tank']])],
  ])
  const { byHand } = await leftInPool(local.run, 'r1', 'tank')
  expect(byHand.map((each) => each.command)).toEqual([expect.stringMatching(/checkpoint -d[^]*lifeboat-r1-discard/)])
})
