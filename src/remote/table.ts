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
