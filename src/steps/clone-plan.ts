// Which datasets clones take the place of, under which names, and what would keep them from it.
import { z } from 'zod'
import { ownProperties, type Property } from '../remote/zfs/clone.ts'
import { listDatasets, type Dataset, type SnapshotRef } from '../remote/zfs/dataset.ts'
import type { KeyOf } from '../remote/zfs/keys.ts'
import { listLimits, type Limits } from '../remote/zfs/limits.ts'
import { bytes } from '../text/bytes.ts'
import { Refused } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { keyOf } from './mount-plan.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { poolOf } from './pool-at-work.ts'
import { refuseBlockers } from './refuse-blockers.ts'
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
export type Replaced = z.infer<typeof replaced>

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

export const below = (name: string, top: string): boolean => name === top || name.startsWith(`${top}/`)
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
  demandRoom(run, all, await run.do(listLimits(poolOf(run).pool)))
  await keysOfClones(run, all, datasets)
}

/** A refreservation keeps room for all that its dataset may write: of a clone, which owns no block yet, all of it. */
function demandRoom(run: Run, all: readonly Replaced[], limits: ReadonlyMap<string, Limits>): void {
  const reserved = all.filter((each) => (limits.get(each.name)?.refreservation ?? 0) > 0)
  // Those below one quota share what is available.
  for (const [parent, those] of Map.groupBy(reserved, (each) => parentOf(each.name))) {
    const sum = (of: 'refreservation' | 'keptFree'): number =>
      those.reduce((total, { name }) => total + (limits.get(name)?.[of] ?? 0), 0)
    const [needed, free] = [sum('refreservation'), (limits.get(parent)?.available ?? Infinity) + sum('keptFree')]
    if (needed <= free) continue
    const blockers = those.map(({ name }) => ({
      what: `the refreservation of ${name} is needed for its clone too (${bytes(needed)} in all, and ${bytes(free)} are free below ${parent})`,
      how: `take it off (it was ${limits.get(name)?.refreservation} bytes), or make room`,
      line: sh`zfs set refreservation=none ${name}`,
    }))
    refuseBlockers(run, blockers, 'no-room', 'no dataset was cloned or renamed')
  }
}

/**
 * The encryption roots among them whose keys are loaded, and from where each is had again: a promotion unloads it.
 * @throws Refused where one can't be had
 */
export async function keysOfClones(run: Run, all: readonly Replaced[], datasets: readonly Dataset[]): Promise<KeyOf[]> {
  const names = new Set(all.filter((each) => each.encryptionRoot === each.name).map((each) => each.name))
  const roots = datasets.filter(
    (each) => names.has(each.name) && (each.keyStatus === 'available' || each.keyLocation === 'prompt'),
  )
  const limits = roots.length === 0 ? new Map<string, Limits>() : await run.do(listLimits(poolOf(run).pool))
  const keys: KeyOf[] = []
  for (const root of roots) {
    const key = await keyOf(run, root, limits.get(root.name)?.keyFormat ?? null)
    if (key === undefined)
      return refuse(
        'key-needed',
        `the key of ${root.name} is unloaded when its clone is promoted, and has to be given again`,
        [{ why: 'give it in a file', command: sh`lifeboat resume ${run.id} --secret ${`key:${root.name}=@FILE`}` }],
      )
    if ('code' in key)
      return refuse(key.code, `the promotion of its clone would unload the key: ${key.message}`, key.next)
    if (root.keyStatus === 'available') keys.push(key)
  }
  return keys
}
