// A mount namespace: what is mounted where, and which mount a path is in (mount_namespaces(7)).
import type { FileTree } from '../file-tree.ts'
import type { Mount } from '../kernel.ts'

/** A mount, and which part of its tree is seen there: `/` but for a bind mount. */
export interface HostMount extends Mount {
  readonly id: number
  readonly root: string
}

/** Where a path leads within a mount. */
export interface Place {
  readonly mount: HostMount
  /** Within the mount's tree. */
  readonly inner: string
}

export const isBelow = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(`${folder}/`)

/** A folder's path, and what is below it; both begin with a slash, but for a mere name. */
export function joined(folder: string, rest: string): string {
  if (rest === '' || rest === '/') return folder
  const below = rest.startsWith('/') ? rest : `/${rest}`
  return folder === '/' ? below : folder + below
}

/** Where a file is mounted over a file, its tree's top is that file. */
export class Namespace {
  readonly id: number
  #mounts: HostMount[]
  readonly #changed: () => number

  /** @param changed told of each change; gives the next mount's number */
  constructor(id: number, changed: () => number, mounts: readonly HostMount[] = []) {
    this.id = id
    this.#changed = changed
    this.#mounts = [...mounts]
  }

  /** A copy, in which mounts come and go by themselves. */
  unshared(id: number): Namespace {
    return new Namespace(id, this.#changed, this.#mounts)
  }

  list(): readonly HostMount[] {
    return this.#mounts
  }

  /** @param root the part of the tree that is seen there */
  add(mount: Mount, root = '/'): void {
    // Its parts may be other ones later, as the source of a dataset that is renamed.
    this.#mounts.push({
      id: this.#changed(),
      root,
      target: mount.target,
      fstype: mount.fstype,
      get source(): string {
        return mount.source
      },
      get options(): readonly string[] {
        return mount.options
      },
      get files(): FileTree {
        return mount.files
      },
    })
  }

  /** The last of those at a path, which is the one that is seen. */
  mountedAt(target: string): HostMount | undefined {
    return this.#mounts.findLast((each) => each.target === target)
  }

  remove(mount: HostMount): void {
    this.#changed()
    this.#mounts = this.#mounts.filter((each) => each !== mount)
  }

  clear(): void {
    this.#changed()
    this.#mounts = []
  }

  /** @param path absolute, without links */
  placeOf(path: string): Place | undefined {
    const mount = this.#mounts.findLast((each) => isBelow(path, each.target))
    if (mount === undefined) return undefined
    const rest = mount.target === '/' ? path : path.slice(mount.target.length)
    return { mount, inner: joined(mount.root, rest) }
  }

  /** Whether something is mounted below the path and seen there. */
  hasBelow(path: string): boolean {
    return this.#mounts.some((each) => each.target !== path && isBelow(each.target, path))
  }
}
