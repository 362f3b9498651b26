// How much space contents take: blocks of 4 KiB, as ZFS counts them in a pool with ashift=12. All sizes are in bytes.
import type { Inode } from '../file-tree.ts'

/** What an empty filesystem refers to, and an encrypted one. */
const emptyBytes = 98_304
const emptyEncryptedBytes = 200_704
/** What a change of a tree writes besides the contents, whatever it was. */
const metadataBytes = 57_344
/** Contents that are this short are kept in the block that points to them. */
const embedded = 112
const record = 131_072

export const emptySize = (encrypted: boolean): number => (encrypted ? emptyEncryptedBytes : emptyBytes)

function contentBytes(length: number): number {
  if (length <= embedded) return 0
  // Contents of more than one record need a block that points to them.
  return Math.ceil(length / 4096) * 4096 + (length > record ? 8_192 : 0)
}

type Tree = ReadonlyMap<string, Inode>
type Blocks = ReadonlySet<Uint8Array>

const blocksNow = (tree: Tree): Set<Uint8Array> =>
  new Set([...tree.values()].flatMap((inode) => (inode.kind === 'file' ? [inode.content] : [])))

const kept = new WeakMap<Tree, Blocks>()

/** The contents of a tree, each once. Of a snapshot's tree, which never changes, they are kept. */
export function blocksOf(tree: Tree, frozen: boolean): Blocks {
  if (!frozen) return blocksNow(tree)
  const known = kept.get(tree) ?? blocksNow(tree)
  kept.set(tree, known)
  return known
}

/** The bytes of contents that are in none of the others. */
export function bytesOf(blocks: Iterable<Uint8Array>, ...others: readonly Blocks[]): number {
  let bytes = 0
  for (const content of blocks) if (others.every((other) => !other.has(content))) bytes += contentBytes(content.length)
  return bytes
}

/** Whether two trees have the same entries, and not only equal ones: what was written anew takes space anew. */
export function sameTree(a: Tree, b: Tree): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [path, inode] of a) if (b.get(path) !== inode) return false
  return true
}

/** What the metadata of a tree take that is not the other one. */
export const metadataOf = (same: boolean): number => (same ? 0 : metadataBytes)
