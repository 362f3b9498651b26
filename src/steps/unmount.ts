import { z } from 'zod'
import { openFilesBelow } from '../remote/linux/disks.ts'
import { listDatasets, mountDatasets, unmountDatasets, type Dataset } from '../remote/zfs/dataset.ts'
import { Refused } from '../text/errors.ts'
import { oneLine } from '../text/display.ts'
import { pointKey, servedTargets } from './point.ts'
import { poolOf } from './pool-at-work.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({
  /** What was mounted of the chosen datasets and of those below them, parents first. */
  mounted: z.array(z.string()),
})

type Before = z.infer<typeof before>

async function affected(run: Run): Promise<Dataset[]> {
  const tops = servedTargets(run.answer(pointKey)).map((each) => each.dataset)
  const datasets = await run.do(listDatasets(poolOf(run).pool))
  return datasets
    .filter(({ name }) => tops.some((top) => name === top || name.startsWith(`${top}/`)))
    .toSorted((a, b) => a.mountpoint.localeCompare(b.mountpoint))
}

const still = async (run: Run, { mounted }: Before): Promise<string[]> =>
  (await affected(run)).filter((each) => each.mounted && mounted.includes(each.name)).map((each) => each.name)

/** Refuses while a process has files open there: a rollback would pull them away below it. @throws Refused */
async function demandIdle(run: Run, mounted: readonly Dataset[]): Promise<void> {
  const paths = mounted.map((each) => each.mountpoint).filter((path) => path.startsWith('/'))
  const open = await run.do(openFilesBelow(paths))
  if (open.length === 0) return
  throw new Refused({
    code: 'datasets-busy',
    message: `these processes have files open in the datasets: ${open.slice(0, 5).map(oneLine).join(', ')}${open.length > 5 ? ` and ${open.length - 5} more` : ''}`,
    notChanged: ['nothing was unmounted, and no dataset was changed'],
    next: [
      {
        why: 'see what they are, and end them',
        command: run.onHost(`ps -fp ${open.map((each) => Number.parseInt(each, 10)).join(',')}`),
      },
      { why: 'then go on', command: `lifeboat resume ${run.id}` },
    ],
  })
}

/** Unmounts the datasets that are about to change, children first. */
export const unmountAction: Action<Before, Before> = {
  kind: 'action',
  id: 'unmount',
  version: 1,
  needs: ['point', 'stop-services'],
  title: 'unmount the datasets',
  why: 'ZFS rolls a dataset back below whoever still works in it, and a program that goes on with what it has in memory writes a mixture of both. A dataset that can be unmounted is used by nobody.',
  danger: 'low',
  aside: true,
  applies: (run) => servedTargets(run.answer(pointKey)).length > 0,
  before,
  effect: before,
  holdsUntil: 'mount',
  renews: true,
  commands: (_run, stood) => [unmountDatasets(stood?.mounted.toReversed() ?? ['@unmount.mounted'])],
  async survey(run, previous) {
    const mounted = (await affected(run)).filter((each) => each.mounted)
    await demandIdle(run, mounted)
    // A later attempt finds only what an earlier one has left.
    return previous ?? { mounted: mounted.map((each) => each.name) }
  },
  async find(run, stood) {
    return (await still(run, stood)).length === 0 ? { state: 'present', effect: stood } : { state: 'absent' }
  },
  async perform(run, stood) {
    await run.do(unmountDatasets(stood.mounted.toReversed()))
    return stood
  },
  async verify(run, stood): Promise<Finding[]> {
    return (await still(run, stood)).map((name) => ({ level: 'error', message: `${name} is mounted` }))
  },
  undo: {
    commands: (_run, stood) => [mountDatasets(stood.mounted)],
    async perform(run, stood) {
      await run.do(mountDatasets(stood.mounted))
    },
  },
}
