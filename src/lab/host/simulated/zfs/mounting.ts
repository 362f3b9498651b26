// Mounting filesystems where their properties say, and unmounting them.
import { Failure } from './failure.ts'
import { isMounted, mountsOf } from './host-state.ts'
import type { Host } from './model.ts'
import { datasetName, snapshotName, type DatasetPlace, type SnapshotPlace } from './names.ts'
import { valueOf } from './property-values.ts'

export const exact = (host: Host, place: DatasetPlace, name: string): string => valueOf(host, place, name).exact

/** The mountpoint where ZFS would mount it; undefined: it doesn't by itself. */
export function ownMountpoint(host: Host, place: DatasetPlace): string | undefined {
  const at = exact(host, place, 'mountpoint')
  return place.dataset.type === 'volume' || at === 'none' || at === 'legacy' ? undefined : at
}

export const keyMissing = ({ imported, dataset }: DatasetPlace): boolean =>
  dataset.crypt !== null && !imported.keys.has(dataset.crypt.root)

/** Mounts a dataset's head; its name and options follow what they are later, as /proc/mounts does. */
export function mountHead(host: Host, place: DatasetPlace, target: string, more: readonly string[] = []): void {
  host.kernel.mount({
    fstype: 'zfs',
    get source() {
      return datasetName(place)
    },
    target,
    get options() {
      const readonly =
        more.includes('ro') || place.imported.readonly || exact(host, place, 'readonly') === 'on' ? 'ro' : 'rw'
      const atime = more.includes('noatime') || exact(host, place, 'atime') === 'off' ? ['noatime'] : []
      const relatime = atime.length === 0 && exact(host, place, 'relatime') === 'on' ? ['relatime'] : []
      return [
        readonly,
        ...atime,
        ...relatime,
        'xattr',
        exact(host, place, 'acltype') === 'posix' ? 'posixacl' : 'noacl',
      ]
    },
    files: place.dataset.files,
  })
}

export const mountSnapshot = (host: Host, place: SnapshotPlace, target: string): void =>
  host.kernel.mount({
    fstype: 'zfs',
    get source() {
      return snapshotName(place)
    },
    target,
    options: ['ro', 'relatime', 'xattr', 'noacl'],
    files: place.snapshot.files,
  })

/** `zfs mount` of one. @throws Failure as libzfs says why not */
export function mountDataset(
  host: Host,
  place: DatasetPlace,
  options: { readonly overlay?: boolean; readonly extra?: readonly string[] } = {},
): void {
  const name = datasetName(place)
  const cannot = (why: string) => new Failure(`cannot mount '${name}': ${why}`)
  const at = exact(host, place, 'mountpoint')
  if (at === 'legacy') throw cannot('legacy mountpoint\nuse mount(8) to mount this filesystem')
  if (at === 'none') throw cannot('no mountpoint set')
  if (exact(host, place, 'canmount') === 'off') throw cannot("'canmount' property is set to 'off'")
  if (isMounted(host, place.dataset)) throw cannot('filesystem already mounted')
  if (keyMissing(place)) throw cannot('encryption key not loaded')
  const overlay = options.overlay === true || exact(host, place, 'overlay') === 'on'
  if (!overlay && !host.kernel.isEmpty(at)) throw new Failure(`cannot mount '${at}': directory is not empty`)
  mountHead(host, place, at, options.extra)
}

/** Mounts what mounts by itself, quietly leaving out the rest: after an import, a creation, a rename. */
export function mountIfItShould(host: Host, place: DatasetPlace): void {
  if (ownMountpoint(host, place) === undefined || exact(host, place, 'canmount') !== 'on') return
  if (keyMissing(place) || isMounted(host, place.dataset)) return
  mountDataset(host, place)
}

/** Unmounts a dataset wherever it is mounted. @throws Failure where it is busy */
export function unmountDataset(host: Host, place: DatasetPlace): void {
  for (const mount of mountsOf(host, place.dataset).toReversed()) {
    if (host.kernel.unmount(mount.target) === 'busy')
      throw new Failure(`cannot unmount '${mount.target}': pool or dataset is busy`)
  }
}

/** Unmounts a snapshot that somebody looks at. */
export function unmountSnapshot(host: Host, place: SnapshotPlace, doing: string): void {
  for (const mount of mountsOf(host, place.snapshot).toReversed())
    if (host.kernel.unmount(mount.target) === 'busy') throw new Failure(`${doing}: dataset is busy`)
}
