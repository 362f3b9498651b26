// mount.zfs(8): what `mount -t zfs` calls.
import { Failure, type Out } from './failure.ts'
import { isMounted } from './host-state.ts'
import type { Host } from './model.ts'
import { exact, keyMissing, mountHead, mountSnapshot } from './mounting.ts'
import { placeOf } from './names.ts'

/**
 * Mounts a dataset or snapshot at a directory.
 * @param options of `-o`, such as `ro` and `zfsutil`; without the latter only legacy mountpoints may be mounted so
 */
export function mountZfs(host: Host, name: string, target: string, options: readonly string[], _out: Out): void {
  const place = placeOf(host, name)
  if (place === undefined || place.bookmark !== undefined)
    throw new Failure(`filesystem '${name}' cannot be mounted, unable to open the dataset`, 1)
  const { imported, dataset, snapshot } = place
  if (dataset.type === 'volume')
    throw new Failure(`filesystem '${name}' cannot be mounted, unable to open the dataset`, 1)
  if (keyMissing(place)) throw new Failure(`filesystem '${name}' can not be mounted: Permission denied`, 2)
  if (snapshot !== undefined) return mountSnapshot(host, { imported, dataset, snapshot }, target)
  const zfsutil = options.includes('zfsutil')
  const at = exact(host, place, 'mountpoint')
  if (!zfsutil && at !== 'legacy')
    throw new Failure(
      `filesystem '${name}' cannot be mounted using 'mount'.\nUse 'zfs set mountpoint=legacy' or 'zfs mount ${name}'.\nSee zfs(8) for more information.`,
      1,
    )
  const readonly = options.includes('ro')
  // One file system can't be both.
  const other =
    isMounted(host, dataset) &&
    host.kernel.mounts().some((each) => each.files === dataset.files && each.options.includes('ro') !== readonly)
  if (other) throw new Failure('zfs_mount_at() failed: mountpoint or dataset is busy', 2)
  mountHead(
    host,
    { imported, dataset },
    target,
    options.filter((each) => each !== 'zfsutil'),
  )
}
