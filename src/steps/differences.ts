// In what two listings of a tree differ. What is inside of files is not compared: size and time tell nearly always, and
// to read all of them could take hours.
import type { Entry } from '../remote/linux/look-inside.ts'

export interface Difference {
  readonly path: string
  readonly before: Entry | null
  readonly after: Entry | null
}

/** A folder's time and size change with what is in it, which is told by itself. */
const same = (a: Entry, b: Entry): boolean =>
  a.kind === b.kind &&
  a.mode === b.mode &&
  a.owner === b.owner &&
  a.group === b.group &&
  a.to === b.to &&
  (a.kind === 'folder' || (a.bytes === b.bytes && a.changedAt === b.changedAt))

/** What was removed, added or changed, by path. */
export function differences(before: readonly Entry[], after: readonly Entry[]): Difference[] {
  const then = new Map(before.map((each) => [each.path, each]))
  const now = new Map(after.map((each) => [each.path, each]))
  return [...new Set([...then.keys(), ...now.keys()])]
    .toSorted()
    .map((path) => ({ path, before: then.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((each) => each.before === null || each.after === null || !same(each.before, each.after))
}
