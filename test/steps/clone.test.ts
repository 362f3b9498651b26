import { expect, it } from 'vitest'
import { act } from '../../src/run/act.ts'
import { undo } from '../../src/run/undo.ts'
import { cloneAction } from '../../src/steps/clone.ts'
import { clonesFor } from '../../src/steps/clone-plan.ts'
import { listDatasets } from '../../src/remote/zfs/dataset.ts'
import { answer } from '../remote/answer.ts'
import { datasetRows, localRun, targetOf } from './local-run.ts'

const targets = [targetOf('tank/chat')]
const names = datasetRows([['tank'], ['tank/chat'], ['tank/chat/new']])
const chosen = targets.map(({ dataset, snapshot }) => ({ dataset, snapshot }))

/** A run that was cut off in the middle of its clones by a reboot, when the datasets are as these rows say. */
function cutOff(rowsOf: (run: string, unmounted: boolean) => string) {
  const local = localRun([cloneAction], { way: 'clone', at: 'hour', targets, left: [] }, [
    [/^zfs list -Hp -r/, () => rowsOf(local.run.id, unmounted())],
    [/^zpool list/, 'tank\t17\tONLINE\toff\t-\n'],
    [/zfs list -Hp -t snapshot/, 'tank/chat@hour\tof tank/chat\n'],
    [/zfs get -Hp -t/, 'tank/chat\twritten@hour\t0\n'],
  ])
  const lastOne = () => local.changed.at(-1)
  const unmounted = (): boolean => /zfs unmount/.test(lastOne()?.line ?? '')
  const mounted = ['tank/chat', 'tank/chat/new'].map((dataset) => ({
    dataset,
    mountpoint: `/${dataset}`,
    legacy: null,
  }))
  local.begun('unmount', { mounted }, { mounted })
  const plan = clonesFor(local.run.id, answer(listDatasets('tank'), names), chosen, new Map())
  local.begun('clone', { ...plan, keys: [] })
  return { ...local, lastOne }
}

const old = { guid: 'of tank/chat', canmount: 'noauto', mounted: 'no', origin: 'tank/chat@hour' }
const kept = (unmounted: boolean) => ({ guid: 'of tank/chat/new', mounted: unmounted ? 'no' : 'yes' })

it('a dataset that a boot has mounted between the renames is unmounted before its parent is mounted over it', async () => {
  const { session, lastOne } = cutOff((run, unmounted) =>
    datasetRows([
      ['tank'],
      ['tank/chat', { guid: 'clone', mounted: 'no' }],
      [`tank/chat.before-${run}`, old],
      ['tank/chat/new', kept(unmounted)],
    ]),
  )
  await act(session, cloneAction, true)
  expect(lastOne()).toMatchObject({
    line: expect.stringContaining('zfs unmount') as string,
    stdin: 'tank/chat/new\t/tank/chat/new\t\ntank/chat\t/tank/chat\t\n',
  })
})

it('and so it is when the clones are taken back', async () => {
  const { session, lastOne } = cutOff((_run, unmounted) =>
    datasetRows([['tank'], ['tank/chat', { mounted: 'no' }], ['tank/chat/new', kept(unmounted)]]),
  )
  await undo(session)
  expect(lastOne()?.line).toContain('zfs unmount')
})
