// zfs mount and zfs unmount: zfs-mount(8).
import { Failure, misused, type Out } from './failure.ts'
import { isMounted, mountsOf } from './host-state.ts'
import { loadKeyOf } from './keys.ts'
import type { Host } from './model.ts'
import { exact, keyMissing, mountDataset, ownMountpoint, unmountDataset } from './mounting.ts'
import { datasetName, openDataset, placeOf, type DatasetPlace } from './names.ts'
import { wordsOf } from './words.ts'

const mountUsage = 'mount\n\tmount [-flvO] [-o opts] <-a | filesystem>'
const unmountUsage = 'unmount [-fu] <-a | filesystem|mountpoint>'

/** Every filesystem of every pool, by where it is mounted: what is above comes first. */
function filesystems(host: Host): DatasetPlace[] {
  return [...host.imported.values()]
    .flatMap((imported) => imported.pool.state.datasets.map((dataset) => ({ imported, dataset })))
    .filter(({ dataset }) => dataset.type === 'filesystem')
    .toSorted((a, b) => (exact(host, a, 'mountpoint') < exact(host, b, 'mountpoint') ? -1 : 1))
}

const key = (host: Host, place: DatasetPlace): void => {
  if (keyMissing(place)) loadKeyOf(host, place, { dry: false, stdin: '' })
}

/** Mounts all that mounts by itself, of one pool or of all. */
export function mountAll(host: Host, out: Out, pool?: string, load = false): void {
  for (const place of filesystems(host)) {
    if (pool !== undefined && place.imported.name !== pool) continue
    if (ownMountpoint(host, place) === undefined || exact(host, place, 'canmount') !== 'on') continue
    if (isMounted(host, place.dataset)) continue
    out.attempt(() => {
      if (load) key(host, place)
      // What waits for its key is left out without a word.
      if (!keyMissing(place)) mountDataset(host, place)
    })
  }
}

export function mountCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'aflo:vO', mountUsage)
  if (words.has('a')) return mountAll(host, out, undefined, words.has('l'))
  const [name, more] = words.rest
  if (name === undefined) {
    for (const place of filesystems(host))
      for (const mount of mountsOf(host, place.dataset)) out.print(`${datasetName(place).padEnd(30)}  ${mount.target}`)
    return
  }
  if (more !== undefined) throw misused('too many arguments', mountUsage)
  const place = openDataset(host, name, 'filesystem')
  if (words.has('l')) key(host, place)
  const extra = (words.options.get('o') ?? []).flatMap((each) => each.split(','))
  mountDataset(host, place, { overlay: words.has('O'), extra })
}

export function unmountCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'afu', unmountUsage)
  if (words.has('a')) {
    for (const place of filesystems(host).toReversed())
      if (exact(host, place, 'mountpoint') !== 'legacy') out.attempt(() => unmountDataset(host, place))
    return
  }
  const [name, more] = words.rest
  if (name === undefined) throw misused('missing filesystem argument', unmountUsage)
  if (more !== undefined) throw misused('too many arguments', unmountUsage)
  if (name.startsWith('/')) return unmountPath(host, name)
  const place = openDataset(host, name, 'filesystem')
  if (exact(host, place, 'mountpoint') === 'legacy')
    throw new Failure(`cannot unmount '${name}': legacy mountpoint\nuse umount(8) to unmount this filesystem`)
  if (!isMounted(host, place.dataset)) throw new Failure(`cannot unmount '${name}': not currently mounted`)
  unmountDataset(host, place)
}

function unmountPath(host: Host, path: string): void {
  const mount = host.kernel.mounts().findLast((each) => each.target === path)
  if (mount === undefined) throw new Failure(`cannot unmount '${path}': not a mountpoint`)
  if (mount.fstype !== 'zfs') throw new Failure(`cannot unmount '${path}': not a ZFS filesystem`)
  const place = placeOf(host, mount.source)
  if (place !== undefined && place.snapshot === undefined && exact(host, place, 'mountpoint') === 'legacy')
    throw new Failure(`cannot unmount '${path}': legacy mountpoint\nuse umount(8) to unmount this filesystem`)
  if (host.kernel.unmount(path) === 'busy') throw new Failure(`cannot unmount '${path}': pool or dataset is busy`)
}
