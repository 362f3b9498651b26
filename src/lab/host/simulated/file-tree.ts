// The files of one dataset (or of the root disk): small, in memory, and cheap to keep as they were.

/** What a file has besides its contents. */
export interface Meta {
  /** The permission bits, such as 0o644. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeMs: number
}

/** A file, directory or symbolic link; never changed in place, so that snapshots can share it. */
export type Inode =
  | (Meta & { readonly kind: 'file'; readonly content: Uint8Array })
  | (Meta & { readonly kind: 'directory' })
  | (Meta & { readonly kind: 'link'; readonly target: string })

/** By absolute path within the tree. `/` is always there, and the parent of every path is a directory. */
export type FileTree = Map<string, Inode>

/** An empty tree: its top directory belongs to root. */
export const emptyTree = (mtimeMs: number): FileTree =>
  new Map([['/', { kind: 'directory', mode: 0o755, uid: 0, gid: 0, mtimeMs }]])

/** The tree as it is now: what is done to the one is not done to the other. */
export const copyOf = (tree: ReadonlyMap<string, Inode>): FileTree => new Map(tree)
