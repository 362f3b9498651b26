// What it takes to put clones in the place of datasets: which are cloned, under which names, in which order, and what of
// it is done. A dataset is told by its guid: names change hands on the way.
import { z } from 'zod'
import {
  cloneSnapshot,
  destroyClone,
  ownProperties,
  promoteClone,
  renameDataset,
  setProperties,
  type Property,
} from '../remote/zfs/clone.ts'
import { fullName, listDatasets, type Dataset, type SnapshotRef } from '../remote/zfs/dataset.ts'
import type { ShellCommand } from '../remote/command.ts'
import { Refused } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { pointKey, servedTargets } from './point.ts'
import { poolOf } from './pool-at-work.ts'
import type { Run } from './step.ts'

const property = z.object({ property: z.string(), value: z.string() })

const replaced = z.object({
  name: z.string(),
  guid: z.string(),
  type: z.enum(['filesystem', 'volume']),
  snapshot: z.string(),
  /** Where its clone is made, and where it is itself when the clone has its name. */
  clone: z.string(),
  aside: z.string(),
  /** Its own properties, which the clone gets when it is made. */
  properties: z.array(property),
  /** Those which only one of the two can have: mounting, and room that is set aside. */
  exclusive: z.array(property),
  canmount: z.string(),
  encryptionRoot: z.string().nullable(),
})

/** A dataset that a clone takes the place of. */
type Replaced = z.infer<typeof replaced>

export const clonePlan = z.object({
  /** Parents before children. */
  replaced: z.array(replaced),
  /** Those of them that are renamed; what is below goes with them. None is below another. */
  tops: z.array(z.string()),
  /** Datasets below a top that keep their data: they are moved over to the clone. Parents before children. */
  kept: z.array(
    z.object({ name: z.string(), guid: z.string(), type: z.enum(['filesystem', 'volume']), clone: z.string() }),
  ),
})

export type ClonePlan = z.infer<typeof clonePlan>

const below = (name: string, top: string): boolean => name === top || name.startsWith(`${top}/`)
const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))

/** What an encryption root's clone gets with its promotion, and what is fixed when a volume is made. */
const notCloned = new Set(['keylocation', 'keyformat', 'pbkdf2iters', 'encryption', 'volsize', 'volblocksize'])
const onlyOne = new Set(['canmount', 'mountpoint', 'reservation', 'refreservation'])

/** Names may have no more than 255 bytes (zfs(8)). */
const longestName = 255

/** Where a clone is made. */
export const cloneName = (dataset: string, runId: string): string => `${dataset}.restored-${runId}`

/** Where a dataset is when a clone has its place. */
export const asideName = (dataset: string, runId: string): string => `${dataset}.before-${runId}`

/** What has to be cloned, and under which names. `own` is what was set on each dataset itself. */
export function clonesFor(
  run: string,
  datasets: readonly Dataset[],
  chosen: readonly SnapshotRef[],
  own: ReadonlyMap<string, readonly Property[]>,
): ClonePlan {
  const targets = new Map(chosen.map((each) => [each.dataset, each]))
  const tops = [...targets.keys()].filter((name) => !targets.has(parentOf(name))).toSorted()
  const topOf = (name: string): string => tops.find((top) => below(name, top)) ?? name
  const renamed = (name: string, how: typeof cloneName): string => {
    const top = topOf(name)
    return `${how(top, run)}${name.slice(top.length)}`
  }
  const kept = datasets.filter((each) => !targets.has(each.name) && targets.has(parentOf(each.name)))
  return {
    replaced: datasets
      .filter((each) => targets.has(each.name))
      .map((each) => {
        const set = (own.get(each.name) ?? []).filter((one) => !notCloned.has(one.property))
        return {
          name: each.name,
          guid: each.guid,
          type: each.type,
          snapshot: targets.get(each.name)?.snapshot ?? '',
          clone: renamed(each.name, cloneName),
          aside: renamed(each.name, asideName),
          properties: set.filter(
            (one) => !onlyOne.has(one.property) || (one.property === 'mountpoint' && each.type === 'filesystem'),
          ),
          exclusive: set.filter((one) => onlyOne.has(one.property)),
          canmount: each.canmount,
          encryptionRoot: each.encryptionRoot,
        }
      }),
    tops,
    kept: kept.map(({ name, guid, type }) => ({
      name,
      guid,
      type,
      clone: `${renamed(parentOf(name), cloneName)}${name.slice(parentOf(name).length)}`,
    })),
  }
}

/** Looks what has to be cloned. Nothing is changed. */
export async function planClones(run: Run): Promise<ClonePlan> {
  const datasets = await run.do(listDatasets(poolOf(run).pool))
  const targets = servedTargets(run.answer(pointKey))
  const own = await run.do(ownProperties(targets.map((each) => each.dataset)))
  return clonesFor(run.id, datasets, targets, own)
}

function refuse(code: string, message: string, next: Refused['next'] = []): never {
  throw new Refused({ code, message, notChanged: ['no dataset was cloned or renamed'], next })
}

/** @throws Refused where clones can't take the datasets' places */
export async function demandClones(run: Run): Promise<void> {
  const { replaced: all, tops } = await planClones(run)
  const long = all.find((each) => Buffer.byteLength(`${each.clone}@${each.snapshot}`) > longestName)
  if (long !== undefined) refuse('name-too-long', `the clone of ${long.name} would have a name of more than 255 bytes`)
  const nested = tops.find((name) => tops.some((top) => top !== name && below(name, top)))
  if (nested !== undefined)
    refuse(
      'gap-in-tree',
      `${nested} has the snapshot, and ${parentOf(nested)} above it has not: no clone can take both places`,
      [{ why: 'bring it back by itself', command: sh`lifeboat resume ${run.id} --dataset ${nested}` }],
    )
  const datasets = await run.do(listDatasets(poolOf(run).pool))
  const names = new Set(all.map((each) => each.name))
  // A promoted encryption root takes its key with it, unloaded: who shares the key loses it too.
  const roots = new Set(all.filter((each) => each.encryptionRoot === each.name).map((each) => each.name))
  const sharing = datasets.find(
    (each) =>
      each.mounted && roots.has(each.encryptionRoot ?? '') && ![...names].some((name) => below(each.name, name)),
  )
  if (sharing !== undefined)
    refuse('key-shared', `${sharing.name} is mounted with the key of ${sharing.encryptionRoot}, and would lose it`, [
      { why: 'unmount it first, if nobody uses it', command: run.onHost(sh`zfs unmount ${sharing.name}`) },
    ])
  const locked = datasets.find(
    (each) => roots.has(each.name) && each.keyLocation === 'prompt' && !run.hasSecret(`key:${each.name}`),
  )
  if (locked !== undefined)
    refuse(
      'key-needed',
      `the key of ${locked.name} is unloaded when its clone is promoted, and has to be given again`,
      [{ why: 'give it in a file', command: sh`lifeboat resume ${run.id} --secret ${`key:${locked.name}=@FILE`}` }],
    )
}

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

/** What a dataset had before it was taken out of use. ZFS can't forget that canmount was set: `on` is its default. */
const original = ({ type, canmount, exclusive }: Replaced): Property[] => [
  ...(type === 'volume' ? [] : [{ property: 'canmount', value: canmount }]),
  ...exclusive.filter((each) => each.property !== 'canmount'),
]

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
    ...all.flatMap((each) => settingStep(each.name, original(each), () => false)),
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
