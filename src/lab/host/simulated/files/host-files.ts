// The files of a host as one user sees them in one mount namespace: paths, links, rights and mounts.
import type { FileTree, Inode, Meta } from '../file-tree.ts'
import { FsError } from './fs-error.ts'
import { isBelow, joined, type HostMount, type Namespace } from './namespace.ts'

/** Who looks. Root, uid 0, may do what the mount lets anybody do. */
export interface Viewer {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  /** Which process `/proc/self` is. */
  readonly pid: number
}

/** Something that is there. */
export interface Found {
  /** Absolute, without links but for its own. */
  readonly path: string
  readonly inode: Inode
  readonly mount: HostMount
  readonly inner: string
  readonly tree: FileTree
  readonly readOnly: boolean
}

/** What is below `.zfs/snapshot` of a mounted dataset. */
export interface SnapshotTrees {
  files(dataset: string, snapshot: string): FileTree | undefined
  names(dataset: string): readonly string[]
}

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The names directly in a directory of a tree. */
export function namesIn(tree: ReadonlyMap<string, Inode>, folder: string): string[] {
  const prefix = folder === '/' ? '/' : `${folder}/`
  const names: string[] = []
  for (const path of tree.keys()) {
    if (path.length > prefix.length && path.startsWith(prefix) && !path.includes('/', prefix.length)) {
      names.push(path.slice(prefix.length))
    }
  }
  return names
}

const folderInode: Inode = { kind: 'directory', mode: 0o555, uid: 0, gid: 0, mtimeMs: 0 }

export class HostFiles {
  readonly namespace: Namespace
  readonly viewer: Viewer
  umask = 0o022
  readonly #snapshots: SnapshotTrees
  readonly #nowMs: () => number

  constructor(namespace: Namespace, viewer: Viewer, snapshots: SnapshotTrees, nowMs: () => number) {
    this.namespace = namespace
    this.viewer = viewer
    this.#snapshots = snapshots
    this.#nowMs = nowMs
  }

  /** One path without links. */
  #at(path: string): Found | undefined {
    const place = this.namespace.placeOf(path)
    if (place === undefined) return undefined
    const { mount, inner } = place
    const found = (tree: FileTree, within: string, readOnly: boolean): Found | undefined => {
      const inode = tree.get(within)
      return inode === undefined ? undefined : { path, inode, mount, inner: within, tree, readOnly }
    }
    const [, hidden, , name, rest] = /^\/(\.zfs)(\/snapshot(?:\/([^/]+)(\/.*)?)?)?$/.exec(inner) ?? []
    if (mount.fstype === 'zfs' && hidden !== undefined && !mount.source.includes('@')) {
      if (name === undefined) return found(this.#folderOfSnapshots(mount.source), inner, true)
      const tree = this.#snapshots.files(mount.source, name)
      return tree === undefined ? undefined : found(tree, rest ?? '/', true)
    }
    return found(mount.files, inner, mount.options.includes('ro'))
  }

  #folderOfSnapshots(dataset: string): FileTree {
    const folders = ['/', '/.zfs', '/.zfs/snapshot']
    const names = this.#snapshots.names(dataset).map((name) => `/.zfs/snapshot/${name}`)
    return new Map([...folders, ...names].map((path) => [path, folderInode]))
  }

  /** Where a path leads; undefined: nowhere. @param follow whether a link at its end is followed @throws FsError */
  find(path: string, follow = true): Found | undefined {
    let left = path.split('/').filter((part) => part !== '' && part !== '.')
    let at = '/'
    for (let links = 0; left.length > 0;) {
      const [part = '', ...rest] = left
      left = rest
      if (part === '..') {
        at = parentOf(at)
        continue
      }
      const folder = this.#at(at)
      if (folder === undefined) return undefined
      if (folder.inode.kind !== 'directory') throw new FsError('ENOTDIR', 'open', path)
      this.#demand(folder, 1, path)
      const next = joined(at, part)
      const found = this.#at(next)
      if (found?.inode.kind === 'link' && (rest.length > 0 || follow)) {
        if (++links > 40) throw new FsError('ELOOP', 'open', path)
        const target = this.#target(found)
        left = [...target.split('/').filter((each) => each !== '' && each !== '.'), ...rest]
        if (target.startsWith('/')) at = '/'
      } else at = next
    }
    return this.#at(at)
  }

  #target(found: Found): string {
    if (found.inode.kind !== 'link') throw new FsError('EINVAL', 'readlink', found.path)
    return found.mount.fstype === 'proc' && found.inner === '/self' ? String(this.viewer.pid) : found.inode.target
  }

  /** @throws FsError ENOENT */
  must(path: string, follow = true): Found {
    const found = this.find(path, follow)
    if (found === undefined) throw new FsError('ENOENT', 'open', path)
    return found
  }

  /** Whether the viewer may read (4), write (2) or execute (1) it, going by its rights. */
  may(inode: Meta, wanted: number): boolean {
    const { uid, gid, groups } = this.viewer
    if (uid === 0) return true
    const shift = inode.uid === uid ? 6 : inode.gid === gid || groups.includes(inode.gid) ? 3 : 0
    return ((inode.mode >> shift) & wanted) === wanted
  }

  #demand(found: Found, wanted: number, path: string): void {
    if (!this.may(found.inode, wanted)) throw new FsError('EACCES', 'open', path)
  }

  #demandWritable(found: Found, path: string): void {
    if (found.readOnly) throw new FsError('EROFS', 'open', path)
    if (found.mount.fstype === 'proc' || found.mount.fstype === 'sysfs') throw new FsError('EPERM', 'open', path)
  }

  read(path: string): Uint8Array {
    const found = this.must(path)
    if (found.inode.kind === 'directory') throw new FsError('EISDIR', 'read', path)
    if (found.inode.kind === 'link') throw new FsError('ELOOP', 'open', path)
    this.#demand(found, 4, path)
    return found.inode.content
  }

  list(path: string): string[] {
    const found = this.must(path)
    if (found.inode.kind !== 'directory') throw new FsError('ENOTDIR', 'scandir', path)
    this.#demand(found, 4, path)
    return namesIn(found.tree, found.inner).toSorted()
  }

  readlink(path: string): string {
    return this.#target(this.must(path, false))
  }

  /** The folder that a path is to be in, and its path there. Links on the way are followed, not one at its end. */
  #slot(path: string): { folder: Found; at: string; inner: string } {
    const clean = path.replace(/\/+$/, '') || '/'
    const folder = this.must(parentOf(clean))
    const name = nameOf(clean)
    if (folder.inode.kind !== 'directory') throw new FsError('ENOTDIR', 'open', path)
    return { folder, at: joined(folder.path, name), inner: joined(folder.inner, name) }
  }

  #changeIn(folder: Found, path: string): void {
    this.#demandWritable(folder, path)
    this.#demand(folder, 3, path)
    folder.tree.set(folder.inner, { ...folder.inode, mtimeMs: this.#nowMs() })
  }

  #fresh(mode: number): Meta {
    return { mode: mode & ~this.umask, uid: this.viewer.uid, gid: this.viewer.gid, mtimeMs: this.#nowMs() }
  }

  write(path: string, content: Uint8Array, append = false): void {
    const found = this.find(path)
    if (found !== undefined) {
      const { inode, inner, tree } = found
      if (inode.kind === 'directory') throw new FsError('EISDIR', 'open', path)
      if (inode.kind === 'link') throw new FsError('ELOOP', 'open', path)
      if (found.mount.fstype === 'devtmpfs') return
      this.#demandWritable(found, path)
      this.#demand(found, 2, path)
      const all = append ? Buffer.concat([inode.content, content]) : content
      tree.set(inner, { ...inode, content: all, mtimeMs: this.#nowMs() })
      return
    }
    const link = this.find(path, false)
    // A link that leads nowhere: the file is made where it leads.
    const slot = this.#slot(link === undefined ? path : joined(parentOf(link.path), this.#target(link)))
    this.#changeIn(slot.folder, path)
    slot.folder.tree.set(slot.inner, { kind: 'file', content: new Uint8Array(content), ...this.#fresh(0o666) })
  }

  mkdir(path: string, mode = 0o777): void {
    if (this.find(path, false) !== undefined) throw new FsError('EEXIST', 'mkdir', path)
    const { folder, inner } = this.#slot(path)
    this.#changeIn(folder, path)
    folder.tree.set(inner, { kind: 'directory', ...this.#fresh(mode) })
  }

  symlink(target: string, path: string): void {
    if (this.find(path, false) !== undefined) throw new FsError('EEXIST', 'symlink', path)
    const { folder, inner } = this.#slot(path)
    this.#changeIn(folder, path)
    folder.tree.set(inner, { kind: 'link', target, ...this.#fresh(0o777), mode: 0o777 })
  }

  /** Removes a file, a link or an empty directory. */
  remove(path: string): void {
    const found = this.must(path, false)
    if (this.namespace.list().some((each) => each.target === found.path)) throw new FsError('EBUSY', 'unlink', path)
    const { folder } = this.#slot(path)
    this.#demandWritable(found, path)
    if (found.inode.kind === 'directory' && namesIn(found.tree, found.inner).length > 0) {
      throw new FsError('ENOTEMPTY', 'rmdir', path)
    }
    this.#changeIn(folder, path)
    found.tree.delete(found.inner)
  }

  /** rename(2): within one mount; over a file, or over an empty directory. */
  rename(from: string, to: string): void {
    const source = this.must(from, false)
    const { folder, at, inner } = this.#slot(to)
    const over = this.find(to, false)
    if (folder.mount !== source.mount || folder.tree !== source.tree) throw new FsError('EXDEV', 'rename', from)
    if (isBelow(at, source.path) && at !== source.path) throw new FsError('EINVAL', 'rename', from)
    if (this.namespace.list().some((each) => isBelow(each.target, source.path) || each.target === at)) {
      throw new FsError('EBUSY', 'rename', from)
    }
    if (over !== undefined && over.path !== source.path) this.#demandReplaceable(source, over, to)
    if (over?.path === source.path) return
    this.#changeIn(this.#slot(from).folder, from)
    this.#changeIn(folder, to)
    for (const [path, inode] of source.tree) {
      if (!isBelow(path, source.inner)) continue
      source.tree.delete(path)
      source.tree.set(inner + path.slice(source.inner.length), inode)
    }
  }

  #demandReplaceable(source: Found, over: Found, path: string): void {
    const isFolder = source.inode.kind === 'directory'
    if (over.inode.kind === 'directory') {
      if (!isFolder) throw new FsError('EISDIR', 'rename', path)
      if (namesIn(over.tree, over.inner).length > 0) throw new FsError('ENOTEMPTY', 'rename', path)
    } else if (isFolder) throw new FsError('ENOTDIR', 'rename', path)
  }

  /** Changes rights, owner or time. Only the owner may, and only root gives files away. */
  change(path: string, to: Partial<Meta>, follow = true): void {
    const found = this.must(path, follow)
    this.#demandWritable(found, path)
    const { uid } = this.viewer
    if (uid !== 0 && (found.inode.uid !== uid || (to.uid ?? uid) !== uid)) throw new FsError('EPERM', 'chmod', path)
    found.tree.set(found.inner, { ...found.inode, ...to })
  }
}
