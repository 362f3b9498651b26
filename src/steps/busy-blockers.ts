// Who uses the datasets on the host: looked for before the services are stopped, so that nobody stands with services
// down and a dataset that can't be unmounted.
import { openFilesBelow } from '../remote/linux/disks.ts'
import {
  listMounts,
  mountsElsewhere,
  processesOf,
  volumeUses,
  type AnyMount,
  type Process,
} from '../remote/linux/dataset-users.ts'
import { listDatasets, type Dataset } from '../remote/zfs/dataset.ts'
import type { Mounting } from '../remote/zfs/mounting.ts'
import { few } from '../text/few.ts'
import { sh } from '../text/quote.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { isBelow } from './point-tree.ts'
import { poolOf } from './pool-at-work.ts'
import type { Blocker } from './rollback-blockers.ts'
import type { Run } from './step.ts'

/** Where a dataset is mounted: its mountpoint, or where somebody has mounted a legacy one. */
const placesOf = (dataset: string, mounts: readonly AnyMount[]): string[] =>
  mounts.filter((each) => each.fstype === 'zfs' && each.source === dataset).map((each) => each.target)

/** What has to be unmounted: the chosen datasets, those below them, and what of the pool is mounted below those. */
export async function toUnmount(run: Run): Promise<{ readonly datasets: Dataset[]; readonly mounts: AnyMount[] }> {
  const tops = servedTargets(run.answer(pointKey)).map((each) => each.dataset)
  const all = await run.do(listDatasets(poolOf(run).pool))
  const mounts = await run.do(listMounts())
  const chosen = all.filter(({ name }) => tops.some((top) => name === top || name.startsWith(`${top}/`)))
  const places = chosen.flatMap(({ name }) => placesOf(name, mounts))
  const datasets = all.filter(
    (each) =>
      chosen.includes(each) ||
      placesOf(each.name, mounts).some((target) => places.some((place) => isBelow(target, place))),
  )
  return { datasets, mounts }
}

/** Parents come before what is mounted below them. */
export const parentsFirst = (mounts: readonly Mounting[]): Mounting[] =>
  mounts.toSorted((a, b) => Number(a.mountpoint > b.mountpoint) - Number(a.mountpoint < b.mountpoint))

/** Where the kernel has them mounted, parents first; a legacy one may be anywhere. */
export const mountingsOf = (datasets: readonly Dataset[], mounts: readonly AnyMount[]): Mounting[] =>
  parentsFirst(
    datasets.flatMap(({ name, mountpoint }) =>
      mounts
        .filter((each) => each.fstype === 'zfs' && each.source === name)
        .filter((each) => mountpoint === 'legacy' || each.target === mountpoint)
        .map(({ target, options }) => ({
          dataset: name,
          mountpoint: target,
          legacy: mountpoint === 'legacy' ? options : null,
        })),
    ),
  )

const named = ({ name, pid, unit }: Process): string => `${name} (pid ${pid}${unit === '' ? '' : `, ${unit}`})`

/** The services end before anything is unmounted, and with them what they hold. */
const isService = (run: Run, { unit }: Process): boolean =>
  !run.began('stop-services') && run.host.services.includes(unit)

async function openFiles(run: Run, places: readonly string[]): Promise<Blocker[]> {
  const open = await run.do(openFilesBelow(places))
  const pids = [...new Set(open.map((each) => Number.parseInt(each, 10)))]
  const others = (await run.do(processesOf(pids))).filter((each) => !isService(run, each))
  if (others.length === 0) return []
  return [
    {
      what: `files in the datasets are open in ${few(others.map(named))}`,
      how: 'end them, if nobody needs them',
      line: sh`kill ${others.map((each) => each.pid)}`,
    },
  ]
}

const topsOf = (paths: readonly string[]): string[] =>
  paths.filter((path) => !paths.some((other) => other !== path && isBelow(path, other)))

/**
 * Containers have mounts of their own, which an unmount on the host may not reach.
 * @param unmounted whether the host has unmounted them: then all that is left has stayed
 */
export async function mountedElsewhere(run: Run, names: ReadonlySet<string>, unmounted: boolean): Promise<Blocker[]> {
  const kept = (await run.do(mountsElsewhere())).filter(
    ({ source, by, follows }) =>
      names.has(source.split('@')[0] ?? '') && (unmounted || (!follows && !isService(run, by))),
  )
  return [...Map.groupBy(kept, ({ by }) => by.pid).values()].flatMap((those) => {
    const [first] = those
    return first === undefined
      ? []
      : [
          {
            what: `${few(those.map(({ source }) => source))} ${those.length === 1 ? 'is' : 'are'} mounted in another mount namespace too, that of ${named(first.by)}`,
            how: 'stop that container, or unmount it there',
            line: sh`nsenter -t ${first.by.pid} -m umount -R ${topsOf(those.map(({ target }) => target))}`,
          },
        ]
  })
}

/** A dataset's or snapshot's own name: of a folder that is mounted once more findmnt(8) says `tank/chat[/folder]`. */
const plainSource = (source: string): string => source.replace(/\[.*\]$/s, '')

/** Mounts that keep a dataset from being unmounted, or a snapshot from being destroyed; those made last first. */
function mountsInTheWay(
  datasets: ReadonlyMap<string, Dataset>,
  places: readonly string[],
  mounts: readonly AnyMount[],
): Blocker[] {
  return mounts.toReversed().flatMap(({ fstype, source, target }): Blocker[] => {
    const [name = '', snapshot] = fstype === 'zfs' ? plainSource(source).split('@') : []
    const ours = datasets.get(name)
    const line = sh`umount ${target}`
    if (snapshot !== undefined && ours !== undefined) {
      // ZFS's own way into a dataset's snapshots goes with the dataset.
      if (target.includes('/.zfs/snapshot/')) return []
      return [{ what: `${source} is mounted at ${target}`, how: 'unmount it', line }]
    }
    if (ours !== undefined) {
      const itself = source === name && (ours.mountpoint === 'legacy' || ours.mountpoint === target)
      return itself
        ? []
        : [{ what: `${source} is mounted at ${target} too`, how: 'unmount it, and mount it again afterwards', line }]
    }
    if (!places.some((place) => isBelow(target, place))) return []
    const again =
      fstype === 'zfs'
        ? sh`unmount it, and mount it again afterwards (zfs mount ${name})`
        : 'unmount it, and mount it again afterwards'
    return [
      {
        what: `${source} (${fstype}) is mounted at ${target}, below a dataset that has to be unmounted`,
        how: again,
        line,
      },
    ]
  })
}

async function volumes(run: Run, datasets: readonly Dataset[]): Promise<Blocker[]> {
  const names = new Set(datasets.filter((each) => each.type === 'volume').map((each) => each.name))
  if (names.size === 0) return []
  const uses = (await run.do(volumeUses(poolOf(run).pool))).filter((each) => names.has(each.volume))
  const open = uses.filter((each) => each.how === 'open')
  const who = await run.do(processesOf([...new Set(open.map((each) => Number(each.by)))]))
  const others = who.filter((each) => !isService(run, each))
  return uses.flatMap(({ volume, how, by }): Blocker[] => {
    const device = `/dev/zvol/${volume.replaceAll(' ', '+')}`
    if (how === 'swap') return [{ what: `${volume} is swap`, how: 'take it off', line: sh`swapoff ${device}` }]
    if (how === 'mounted')
      return [{ what: `the volume ${volume} is mounted at ${by}`, how: 'unmount it', line: sh`umount ${by}` }]
    if (how === 'below another device') {
      const line = by.startsWith('loop') ? sh`losetup -d ${`/dev/${by}`}` : sh`dmsetup remove ${`/dev/${by}`}`
      return [{ what: `the volume ${volume} is used by the device ${by}`, how: 'let go of it', line }]
    }
    const process = others.find((each) => each.pid === Number(by))
    return process === undefined
      ? []
      : [{ what: `the volume ${volume} is open in ${named(process)}`, how: 'end it', line: sh`kill ${process.pid}` }]
  })
}

export interface Busy {
  readonly blockers: readonly Blocker[]
  /** The snapshots that are mounted anywhere, also where that is in nobody's way. */
  readonly mountedSnapshots: ReadonlySet<string>
}

/** Who uses the datasets that are about to change, besides the services. Of a pool that was lost, nobody can. */
export async function busyBlockers(run: Run): Promise<Busy> {
  const idle = { blockers: [], mountedSnapshots: new Set<string>() }
  if (run.route !== 'local' || servedTargets(run.answer(pointKey)).length === 0) return idle
  const { datasets, mounts } = await toUnmount(run)
  const names = new Set(datasets.map((each) => each.name))
  const places = [...new Set([...names].flatMap((name) => placesOf(name, mounts)))]
  const blockers = [
    ...mountsInTheWay(new Map(datasets.map((each) => [each.name, each])), places, mounts),
    ...(await mountedElsewhere(run, names, false)),
    ...(await openFiles(run, places)),
    ...(await volumes(run, datasets)),
  ]
  const mountedSnapshots = new Set(mounts.map((each) => each.source).filter((source) => source.includes('@')))
  return { blockers, mountedSnapshots }
}
