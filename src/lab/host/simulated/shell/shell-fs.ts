// The host's files as just-bash wants them.
import type { FsStat, IFileSystem } from 'just-bash'
import type { Inode } from '../file-tree.ts'
import { FsError } from '../files/fs-error.ts'
import { nameOf, namesIn, parentOf, type HostFiles } from '../files/host-files.ts'
import { joined } from '../files/namespace.ts'

type Encoding = string | { readonly encoding?: string | null } | undefined

function encodingOf(options: Encoding): BufferEncoding {
  const given = typeof options === 'string' ? options : options?.encoding
  if (given === 'binary' || given === 'latin1') return 'latin1'
  return given === 'ascii' || given === 'base64' || given === 'hex' ? given : 'utf8'
}

const bytesOf = (content: string | Uint8Array, options: Encoding): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content, encodingOf(options)) : content

export const sizeOf = (inode: Inode): number =>
  inode.kind === 'file' ? inode.content.length : inode.kind === 'link' ? inode.target.length : 4096

const statOf = (inode: Inode): FsStat => ({
  isFile: inode.kind === 'file',
  isDirectory: inode.kind === 'directory',
  isSymbolicLink: inode.kind === 'link',
  mode: inode.mode,
  size: sizeOf(inode),
  mtime: new Date(inode.mtimeMs),
})

/** Copies what is at a path, with all below it. Rights and times come along, owners as far as the viewer may. */
function copyTree(files: HostFiles, from: string, to: string): void {
  const { inode, tree, inner } = files.must(from, false)
  if (inode.kind === 'link') files.symlink(files.readlink(from), to)
  else if (inode.kind === 'file') files.write(to, files.read(from))
  else {
    files.mkdir(to)
    for (const name of namesIn(tree, inner)) copyTree(files, joined(from, name), joined(to, name))
  }
}

export function removeTree(files: HostFiles, path: string, oneFileSystem = false): void {
  const { inode, mount } = files.must(path, false)
  if (inode.kind === 'directory') {
    for (const name of files.list(path)) {
      const below = joined(path, name)
      if (!oneFileSystem || files.must(below, false).mount === mount) removeTree(files, below, oneFileSystem)
    }
  }
  files.remove(path)
}

/** @param reached whether something listens at `HOST/PORT`, for bash's /dev/tcp */
export function shellFs(files: HostFiles, reached: (host: string, port: number) => boolean): IFileSystem {
  const openTcp = (path: string): boolean => {
    const [, host = '', port = ''] = /^\/dev\/tcp\/([^/]+)\/(\d+)$/.exec(path) ?? []
    if (host === '') return false
    if (!reached(host, Number(port))) throw new FsError('ECONNREFUSED', 'connect', path)
    return true
  }
  const read = (path: string): Uint8Array => (openTcp(path) ? new Uint8Array() : files.read(path))
  const write = (path: string, content: string | Uint8Array, options: Encoding, append: boolean): void => {
    if (!openTcp(path)) files.write(path, bytesOf(content, options), append)
  }
  return {
    readFile: async (path, options) => Buffer.from(read(path)).toString(encodingOf(options)),
    readFileBuffer: async (path) => new Uint8Array(read(path)),
    writeFile: async (path, content, options) => write(path, content, options, false),
    appendFile: async (path, content, options) => write(path, content, options, true),
    exists: async (path) => {
      try {
        return files.find(path) !== undefined
      } catch (error) {
        if (error instanceof FsError) return false
        throw error
      }
    },
    stat: async (path) => statOf(files.must(path).inode),
    lstat: async (path) => statOf(files.must(path, false).inode),
    mkdir: async (path, options) => {
      const found = files.find(path)
      if (options?.recursive === true) {
        if (found?.inode.kind === 'directory') return
        if (files.find(parentOf(path)) === undefined) await shellFs(files, reached).mkdir(parentOf(path), options)
      }
      files.mkdir(path)
    },
    readdir: async (path) => files.list(path),
    readdirWithFileTypes: async (path) => {
      const folder = files.must(path).path
      return files.list(path).map((name) => {
        const { kind } = files.must(joined(folder, name), false).inode
        return { name, isFile: kind === 'file', isDirectory: kind === 'directory', isSymbolicLink: kind === 'link' }
      })
    },
    rm: async (path, options) => {
      if (options?.force === true && files.find(path, false) === undefined) return
      if (options?.recursive === true) removeTree(files, path)
      else files.remove(path)
    },
    cp: async (from, to) => copyTree(files, from, to),
    mv: async (from, to) => {
      try {
        files.rename(from, to)
      } catch (error) {
        if (!(error instanceof FsError) || error.code !== 'EXDEV') throw error
        copyTree(files, from, to)
        removeTree(files, from)
      }
    },
    resolvePath: (base, path) => {
      const parts: string[] = []
      for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
        if (part === '..') parts.pop()
        else if (part !== '' && part !== '.') parts.push(part)
      }
      return `/${parts.join('/')}`
    },
    getAllPaths: () => [],
    chmod: async (path, mode) => files.change(path, { mode }),
    symlink: async (target, path) => files.symlink(target, path),
    link: async (from, to) => {
      if (files.find(to, false) !== undefined) throw new FsError('EEXIST', 'link', to)
      files.write(to, files.read(from))
    },
    readlink: async (path) => files.readlink(path),
    realpath: async (path) => {
      const found = files.find(path)
      return found === undefined ? joined(files.must(parentOf(path)).path, nameOf(path)) : found.path
    },
    utimes: async (path, _accessed, modified) => files.change(path, { mtimeMs: modified.getTime() }),
  }
}
