// The commands that put clones in the place of datasets, forwards and backwards, and what of them is done. A dataset is
// told by its guid: names change hands on the way.
import type { ShellCommand } from '../remote/command.ts'
import {
  cloneSnapshot,
  destroyClone,
  promoteClone,
  renameDataset,
  setProperties,
  type Property,
} from '../remote/zfs/clone.ts'
import { fullName, listDatasets, type Dataset } from '../remote/zfs/dataset.ts'
import { below, type ClonePlan, type Replaced } from './clone-plan.ts'
import { poolOf } from './pool-at-work.ts'
import type { Run } from './step.ts'

/** The datasets as they are now, by name and by guid. */
export interface DatasetsNow {
  readonly byName: ReadonlyMap<string, Dataset>
  readonly byGuid: ReadonlyMap<string, Dataset>
}

export const datasetsNow = async (run: Run): Promise<DatasetsNow> => {
  const all = await run.do(listDatasets(poolOf(run).pool))
  return {
    byName: new Map(all.map((each) => [each.name, each])),
    byGuid: new Map(all.map((each) => [each.guid, each])),
  }
}

/** One command of the whole, and how it is seen that it was done. */
interface CloneStep {
  readonly command: ShellCommand<string>
  readonly done: (now: DatasetsNow) => boolean
}

/** Whether the clone of a dataset bears its name: the swap is over. */
const swapped = (now: DatasetsNow, { name, guid }: Pick<Replaced, 'name' | 'guid'>): boolean => {
  const there = now.byName.get(name)
  return there !== undefined && there.guid !== guid
}

/** Whether what is below a top has come over to its clone with the swap. */
const overAt = (now: DatasetsNow, tops: readonly Replaced[], name: string): boolean =>
  tops.some((top) => below(name, top.name) && swapped(now, top))

const nameNow = (now: DatasetsNow, { guid }: Pick<Replaced, 'guid'>): string | undefined => now.byGuid.get(guid)?.name

const clonedFrom = (now: DatasetsNow, { guid, clone, name, snapshot }: Replaced): boolean =>
  [clone, name].some((dataset) => now.byGuid.get(guid)?.origin === fullName({ dataset, snapshot }))

/** What keeps a dataset from being mounted or from keeping room for itself. */
const retired = ({ type, exclusive }: Replaced): Property[] => [
  ...(type === 'volume' ? [] : [{ property: 'canmount', value: 'noauto' }]),
  ...exclusive.filter((each) => each.property !== 'canmount').map((each) => ({ ...each, value: 'none' })),
]

/** What the clone has to have besides what it was made with. */
const taken = ({ type, canmount, exclusive }: Replaced): Property[] => [
  ...(type === 'volume' ? [] : [{ property: 'canmount', value: canmount }]),
  ...exclusive.filter((each) => each.property.endsWith('reservation')),
]

const isSet = (now: DatasetsNow, dataset: string, wanted: readonly Property[]): boolean =>
  // Of what is set aside nothing is known here: setting it again changes nothing.
  wanted.every(({ property: name, value }) => name === 'canmount' && now.byName.get(dataset)?.canmount === value)

const settingStep = (name: string, wanted: readonly Property[], done: CloneStep['done']): CloneStep[] =>
  wanted.length === 0 ? [] : [{ command: setProperties(name, wanted), done }]

/**
 * Everything there is to do, in order: clone, promote, take the old ones out of use, move over what stays, swap the names,
 * and let the clones be mounted. What is done of it is told by names, guids and origins alone.
 */
export function cloneSteps({ replaced: all, tops, kept }: ClonePlan): CloneStep[] {
  const swaps = all.filter((each) => tops.includes(each.name))
  return [
    ...all.map((each) => ({
      command: cloneSnapshot({ ...each, dataset: each.name }, each.clone, each.properties),
      done: (now: DatasetsNow) => now.byName.has(each.clone) || swapped(now, each),
    })),
    ...all.map((each) => ({ command: promoteClone(each.clone), done: (now: DatasetsNow) => clonedFrom(now, each) })),
    // One that has been renamed was taken out of use before.
    ...all.flatMap((each) => settingStep(each.name, retired(each), (now) => nameNow(now, each) !== each.name)),
    ...kept.map((each) => ({
      command: renameDataset(each.name, each.clone, each.type),
      done: (now: DatasetsNow) => nameNow(now, each) !== each.name || overAt(now, swaps, each.name),
    })),
    ...swaps.flatMap((each) => [
      {
        command: renameDataset(each.name, each.aside, each.type),
        done: (now: DatasetsNow) => nameNow(now, each) === each.aside,
      },
      {
        command: renameDataset(each.clone, each.name, each.type),
        done: (now: DatasetsNow) => swapped(now, each),
      },
    ]),
    ...all.flatMap((each) =>
      settingStep(each.name, taken(each), (now) => swapped(now, each) && isSet(now, each.name, taken(each))),
    ),
  ]
}

/** Of what was set nothing is known here but canmount: it is set again. */
const never = (): boolean => false

/**
 * Gives a dataset back what it had before it was taken out of use. Some versions of ZFS mount what gets a mountpoint, also
 * where it lies below one that is to be mounted first: so it may be mounted only afterwards. That canmount was set ZFS
 * can't forget: `on` is its default.
 */
function restoring({ name, type, canmount, exclusive }: Replaced): CloneStep[] {
  const others = exclusive.filter((each) => each.property !== 'canmount')
  if (type === 'volume') return settingStep(name, others, never)
  const noauto = others.length === 0 ? [] : [{ property: 'canmount', value: 'noauto' }, ...others]
  return [...settingStep(name, noauto, never), ...settingStep(name, [{ property: 'canmount', value: canmount }], never)]
}

/** The same backwards. `destroying` the clones is for as long as nothing but this run has written to them. */
export function uncloneSteps({ replaced: all, tops, kept }: ClonePlan, destroying: boolean): CloneStep[] {
  const swaps = all.filter((each) => tops.includes(each.name))
  const children = all.toReversed()
  return [
    ...all.flatMap((each) => settingStep(each.name, retired(each), (now) => !swapped(now, each))),
    ...swaps.flatMap((each) => [
      {
        command: renameDataset(each.name, each.clone, each.type),
        done: (now: DatasetsNow) => !swapped(now, each),
      },
      {
        command: renameDataset(each.aside, each.name, each.type),
        done: (now: DatasetsNow) => nameNow(now, each) === each.name,
      },
    ]),
    ...kept.map((each) => ({
      command: renameDataset(each.clone, each.name, each.type),
      // While the clone has its place, it goes away with the clone first.
      done: (now: DatasetsNow) => nameNow(now, each) === each.name && !overAt(now, swaps, each.name),
    })),
    ...all.flatMap(restoring),
    ...all.map((each) => ({ command: promoteClone(each.name), done: (now: DatasetsNow) => !clonedFrom(now, each) })),
    ...(destroying
      ? children.map((each) => ({
          command: destroyClone(each.clone),
          done: (now: DatasetsNow) => !now.byName.has(each.clone) && !swapped(now, each),
        }))
      : []),
  ]
}

/** The steps that are not done yet. */
export const stillToDo = (steps: readonly CloneStep[], now: DatasetsNow): ShellCommand<string>[] =>
  steps.filter((step) => !step.done(now)).map((step) => step.command)
