// Building trees: files at paths, with the folders that lead to them.
import { emptyTree, type FileTree, type Inode, type Meta } from '../file-tree.ts'
import { parentOf } from './host-files.ts'

const encoder = new TextEncoder()

export interface Growing {
  readonly tree: FileTree
  readonly folder: (path: string, meta?: Partial<Meta>) => void
  readonly file: (path: string, text: string, meta?: Partial<Meta>) => void
  readonly link: (path: string, target: string) => void
}

/** @param mtimeMs of all that is put into it */
export function growing(mtimeMs: number, tree: FileTree = emptyTree(mtimeMs)): Growing {
  const meta = (mode: number, more: Partial<Meta> = {}): Meta => ({ mode, uid: 0, gid: 0, mtimeMs, ...more })
  const put = (path: string, inode: Inode): void => {
    if (path !== '/' && !tree.has(parentOf(path))) put(parentOf(path), { kind: 'directory', ...meta(0o755) })
    tree.set(path, inode)
  }
  return {
    tree,
    folder: (path, more) => put(path, { kind: 'directory', ...meta(0o755, more) }),
    file: (path, text, more) => put(path, { kind: 'file', content: encoder.encode(text), ...meta(0o644, more) }),
    link: (path, target) => put(path, { kind: 'link', target, ...meta(0o777) }),
  }
}
