/**
 * Reads the tab-separated output that `zfs` and `zpool` print with `-H`: one row a line, no header.
 * @throws Error when a row has another number of fields than `fields`
 */
export function rows<K extends string>(stdout: string, fields: readonly K[]): Record<K, string>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t')
      if (cells.length !== fields.length) {
        throw new Error(`expected ${fields.length} fields (${fields.join(', ')}) in ${JSON.stringify(line)}`)
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one cell for each field, just counted
      return Object.fromEntries(fields.map((field, at) => [field, cells[at] ?? ''])) as Record<K, string>
    })
}

/** A field that ZFS prints as `-` when it has no value. */
export const orNull = (cell: string): string | null => (cell === '-' || cell === '' ? null : cell)

/** A field that ZFS prints as a whole number with `-p`. @throws Error when it is none */
export function count(cell: string): number {
  if (!/^\d{1,20}$/.test(cell)) throw new Error(`expected a whole number, not ${JSON.stringify(cell)}`)
  return Number(cell)
}

/** A field that is an instant in seconds since 1970, as ISO UTC. @throws Error when it is none */
export function instant(cell: string): string {
  const date = new Date(count(cell) * 1000)
  if (Number.isNaN(date.getTime())) throw new Error(`expected seconds since 1970, not ${JSON.stringify(cell)}`)
  return date.toISOString()
}
