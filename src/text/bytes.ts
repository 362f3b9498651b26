import prettyBytes from 'pretty-bytes'

/** A size for people, in binary units as ZFS and EBS count: `1.5 GiB`. */
export const bytes = (count: number): string => prettyBytes(count, { binary: true, maximumFractionDigits: 1 })
