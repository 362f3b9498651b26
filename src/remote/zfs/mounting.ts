// Mounting filesystems where they belong: by ZFS itself, or by mount(8) where the mountpoint is `legacy` (zfsprops(7)).
import { z } from 'zod'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { onePerLine } from './at-once.ts'

export const mounting = z.object({
  dataset: z.string(),
  mountpoint: z.string(),
  /** Of a legacy mount its options for mount(8), such as `rw,noatime`; null where ZFS mounts it. */
  legacy: z.string().nullable().default(null),
})

export type Mounting = z.infer<typeof mounting>

/** The rows, and time for one process each: they are made one after the other, and a busy host may take a second. */
const rowsOf = (mounts: readonly Mounting[]): { stdin: string; timeoutMs: number } => ({
  timeoutMs: 300_000 + 2_000 * mounts.length,
  stdin: onePerLine(mounts.map(({ dataset, mountpoint, legacy }) => [dataset, mountpoint, legacy ?? ''].join('\t'))),
})

const each = (ofZfs: string, legacy: string) =>
  `while IFS='\t' read -r d t o; do if [ -z "$o" ]; then ${ofZfs}; else ${legacy}; fi || exit 1; done`

/** Mounts filesystems in the order given, parents first. One that is mounted stays so. */
export const mountAll = (mounts: readonly Mounting[]): ShellCommand<string> =>
  changeLine(
    each(
      'zfs mount "$d" || [ "$(zfs get -Ho value mounted "$d")" = yes ]',
      'findmnt -n "$d" "$t" >/dev/null || mount -t zfs -o "$o" "$d" "$t"',
    ),
    rowsOf(mounts),
  )

/** Unmounts filesystems in the order given, children first. One that is not mounted, or not there, stays so. */
export const unmountAll = (mounts: readonly Mounting[]): ShellCommand<string> =>
  changeLine(
    each(
      'zfs unmount "$d" || [ "$(zfs get -Ho value mounted "$d")" != yes ]',
      '! findmnt -n "$d" "$t" >/dev/null || umount "$t"',
    ),
    rowsOf(mounts),
  )

/** Filesystems of ZFS that fstab(5) names, with the options it gives them. */
export const zfsInFstab = (): ShellCommand<{ source: string; target: string; options: string }[]> =>
  readLine(
    'findmnt --fstab -J -t zfs -o SOURCE,TARGET,OPTIONS',
    ({ stdout }) =>
      stdout.trim() === ''
        ? []
        : z
            .object({
              filesystems: z.array(z.object({ source: z.string(), target: z.string(), options: z.string() })),
            })
            .parse(JSON.parse(stdout)).filesystems,
    { root: false, accepts: [0, 1] },
  )
