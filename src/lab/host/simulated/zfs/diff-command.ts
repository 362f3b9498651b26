// zfs-diff(8).
import type { FileTree, Inode } from '../file-tree.ts'
import { Failure, misused, type Out } from './failure.ts'
import { mountsOf } from './host-state.ts'
import type { Host } from './model.ts'
import { datasetName, openPlace, openSnapshot } from './names.ts'
import { wordsOf } from './words.ts'

const usage = 'diff [-FHth] <snapshot> [snapshot|filesystem]'

const letters: Readonly<Record<Inode['kind'], string>> = { file: 'F', directory: '/', link: '@' }

interface Change {
  readonly what: '+' | '-' | 'M'
  readonly path: string
  readonly inode: Inode
}

function changes(before: FileTree, after: FileTree): Change[] {
  const found: Change[] = []
  for (const [path, inode] of after) {
    const old = before.get(path)
    if (old === undefined) found.push({ what: '+', path, inode })
    else if (old !== inode) found.push({ what: 'M', path, inode })
  }
  for (const [path, inode] of before) if (!after.has(path)) found.push({ what: '-', path, inode })
  // A directory changes with its entries.
  const touched = new Set(
    found.filter((each) => each.what !== 'M').map(({ path }) => path.slice(0, path.lastIndexOf('/')) || '/'),
  )
  for (const path of touched) {
    const inode = after.get(path)
    if (inode !== undefined && before.has(path) && !found.some((each) => each.path === path))
      found.push({ what: 'M', path, inode })
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

export function diffCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'FHth', usage)
  const [from, to] = words.rest
  if (from === undefined) throw misused('must provide at least one snapshot name', usage)
  if (words.has('t')) throw new Failure('zfs diff -t: not in this lab')
  const first = openSnapshot(host, from)
  const second = to === undefined ? first : openPlace(host, to)
  if (second.dataset !== first.dataset)
    throw new Failure(
      `Unable to determine path or stats for object in '${to}': Not an earlier snapshot from the same fs`,
    )
  const mounted = mountsOf(host, first.dataset)[0]
  if (mounted === undefined) throw new Failure(`cannot diff '${from}': Cannot diff an unmounted snapshot`)
  const live = to === undefined || second.snapshot === undefined
  if (live && first.imported.readonly)
    throw new Failure(`Cannot diff '${datasetName(first)}': Cannot create just-in-time snapshot: pool is read-only`)
  const after = live ? first.dataset.files : (second.snapshot?.files ?? first.dataset.files)
  const top = mounted.target === '/' ? '' : mounted.target
  for (const { what, path, inode } of changes(first.snapshot.files, after))
    out.print([what, ...(words.has('F') ? [letters[inode.kind]] : []), `${top}${path}`].join('\t'))
}
