import { z } from 'zod'
import { exportPool, importPool, keepMountpoint, listPools, type Pool } from '../remote/zfs/pool.ts'
import { findDiskAction } from './find-disk.ts'
import { Refused } from '../text/errors.ts'
import { importRefusal } from './import-errors.ts'
import { inspectPoolAction, named } from './inspect-pool.ts'
import { otherDisk } from './pool-disk.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({
  pool: z.string(),
  /** What it called itself before; null where that is the same. */
  original: z.string().nullable().default(null),
  guid: z.string(),
  node: z.string(),
  force: z.boolean(),
})

type Before = z.infer<typeof before>

const effect = z.object({ pool: z.string(), guid: z.string() })

const found = async (run: Run, guid: string): Promise<Pool | undefined> =>
  (await run.do(listPools())).find((pool) => pool.guid === guid)

const importing = (stood: Before) => ({
  leave: exportPool(stood.pool),
  enter: importPool(named(stood)),
  // The service knows the path, and not the pool's name.
  keep: stood.original === null ? [] : [keepMountpoint(stood.pool, stood.original)],
})

const planned = (run: Run): Before => ({
  pool: run.effect(inspectPoolAction).pool,
  original: run.before(inspectPoolAction).original,
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
    const { leave, enter, keep } = importing(stood ?? planned(run))
    return [leave, enter, ...keep]
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
    const { leave, enter, keep } = importing(stood)
    if ((await found(run, stood.guid)) !== undefined) await run.do(leave)
    await run.do(enter).catch((error: unknown) => {
      throw importRefusal(run, stood, error)
    })
    for (const command of keep) await run.do(command)
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
