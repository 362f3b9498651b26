import { z } from 'zod'
import { exportPool, importPool, listPools, type Pool } from '../remote/zfs/pool.ts'
import { findDiskAction } from './find-disk.ts'
import { Refused } from '../text/errors.ts'
import { inspectPoolAction, otherDisk } from './inspect-pool.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({ pool: z.string(), guid: z.string(), node: z.string(), force: z.boolean() })

type Before = z.infer<typeof before>

const effect = z.object({ pool: z.string(), guid: z.string() })

const found = async (run: Run, guid: string): Promise<Pool | undefined> =>
  (await run.do(listPools())).find((pool) => pool.guid === guid)

const importing = ({ pool, guid, node, force }: Before) => ({
  leave: exportPool(pool),
  enter: importPool({ guid, node, force }),
})

const planned = (run: Run): Before => ({
  pool: run.effect(inspectPoolAction).pool,
  guid: run.effect(inspectPoolAction).guid,
  node: run.effect(findDiskAction).node,
  force: run.before(inspectPoolAction).force,
})

/** Imports the pool for writing, with nothing mounted yet. */
export const importPoolAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'import-pool',
  version: 1,
  needs: ['find-disk', 'inspect-pool', 'stop-services'],
  title: 'import the pool for writing',
  why: 'A pool that was opened to look has to be let go and imported again to be written to. It is imported with nothing mounted, so that no service or script can touch a dataset before it has the data it should have, and it is not remembered for the next boot until it has been proven.',
  danger: 'low',
  before,
  effect,
  holdsUntil: 'hand-over',
  renews: true,
  commands(run, stood) {
    const { leave, enter } = importing(stood ?? planned(run))
    return [leave, enter]
  },
  survey: async (run) => planned(run),
  async find(run, stood) {
    const pool = await found(run, stood.guid)
    if (pool === undefined) return { state: 'absent' }
    const other = await otherDisk(run, pool.name, stood.node)
    if (other !== undefined) return { state: 'foreign', what: other }
    if (pool.readonly) return { state: 'partial', what: 'the pool is still imported read-only' }
    return { state: 'present', effect: { pool: pool.name, guid: pool.guid } }
  },
  async perform(run, stood) {
    const { leave, enter } = importing(stood)
    if ((await found(run, stood.guid)) !== undefined) await run.do(leave)
    await run.do(enter)
    return { pool: stood.pool, guid: stood.guid }
  },
  async verify(run, stood): Promise<Finding[]> {
    const pool = await found(run, stood.guid)
    if (pool === undefined || pool.readonly) {
      return [
        {
          level: 'error',
          message: `the pool ${stood.pool} is ${pool === undefined ? 'not imported' : 'imported read-only'}`,
        },
      ]
    }
    const other = await otherDisk(run, pool.name, stood.node)
    if (other !== undefined)
      throw new Refused({ code: 'other-disk', message: other, notChanged: ['nothing was written to it'] })
    return pool.health === 'ONLINE' ? [] : [{ level: 'warn', message: `the pool ${pool.name} is ${pool.health}` }]
  },
  undo: {
    commands: (_run, stood) => [exportPool(stood.pool)],
    async perform(run, stood) {
      const pool = await found(run, stood.guid)
      if (pool !== undefined && (await otherDisk(run, pool.name, stood.node)) === undefined)
        await run.do(exportPool(stood.pool))
    },
  },
  resources: (run, stood) => [
    {
      kind: 'pool',
      id: `${stood.pool} (GUID ${stood.guid})`,
      region: null,
      host: run.host.name,
      state: 'imported',
      madeByUs: true,
    },
  ],
}
