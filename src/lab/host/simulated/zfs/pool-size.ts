// How large pools are on their disks, in bytes.
import type { Pool, Vdev } from './model.ts'

/** What partitions and labels take of a disk that ZFS has for itself. */
const overhead = 11_534_336
const mebibyte = 1024 ** 2

const above = (size: number): number => 2 ** (Math.floor(Math.log2(size)) + 1)

/** What ZFS makes of a top-level vdev: whole metaslabs (vdev_metaslab_set_size). */
export function vdevSize(vdev: Vdev): number {
  const bytes = Math.min(...vdev.leaves.map((leaf) => leaf.sizeBytes)) - overhead
  const half = 512 * mebibyte
  const count = Math.floor(bytes / half)
  const metaslab = count < 16 ? above(bytes / 16) : count > 200 ? above(bytes / 200) : half
  return Math.max(0, Math.floor(bytes / metaslab) * metaslab)
}

export const poolSize = (pool: Pool): number => pool.vdevs.reduce((sum, vdev) => sum + vdevSize(vdev), 0)

/** What ZFS keeps free for itself (spa_get_slop_space). */
export function slop(pool: Pool): number {
  const size = poolSize(pool)
  return Math.max(Math.min(size / 32, 128 * 1024 * mebibyte), Math.min(size / 2, 128 * mebibyte))
}
