// cp, mv and ln of coreutils: what just-bash's own know nothing of is owners, rights and mounts.
import { FsError } from '../files/fs-error.ts'
import { nameOf } from '../files/host-files.ts'
import { joined } from '../files/namespace.ts'
import { notInThisLab, type Call, type HostCommand } from '../shell/command.ts'
import { removeTree } from '../shell/shell-fs.ts'
import { forEach } from './for-each.ts'
import { readOptions, type Options } from './options.ts'

/** Copies one thing onto a path. @param keep rights, owners and times stay */
function copyOne(
  call: Call,
  from: string,
  to: string,
  keep: boolean,
  recursive: boolean,
  oneFileSystem: boolean,
): void {
  const { files } = call
  const follow = !recursive
  const found = files.must(from, follow)
  const { inode } = found
  if (inode.kind === 'directory') {
    if (!recursive) throw new FsError('EISDIR', 'cp', from)
    if (files.find(to) === undefined) files.mkdir(to)
    for (const name of files.list(from)) {
      const inside = joined(from, name)
      if (oneFileSystem && files.must(inside, false).mount !== found.mount) continue
      copyOne(call, inside, joined(to, name), keep, recursive, oneFileSystem)
    }
  } else if (inode.kind === 'link') {
    if (files.find(to, false) !== undefined) files.remove(to)
    files.symlink(files.readlink(from), to)
  } else {
    const isNew = files.find(to) === undefined
    files.write(to, files.read(from))
    if (isNew && !keep) files.change(to, { mode: inode.mode & ~files.umask })
  }
  if (!keep) return
  const { mode, uid, gid, mtimeMs } = inode
  const owner = files.viewer.uid === 0 ? { uid, gid } : {}
  files.change(to, { mode, mtimeMs, ...owner }, false)
}

const cp: HostCommand = (call) => {
  const options = readOptions(
    call.args,
    'a archive p preserve? r R recursive x one-file-system T no-target-directory f n v d t: reflink?',
  )
  if (options.unknown !== undefined) return notInThisLab(`cp ${options.unknown}`)
  const keep = options.has('a', 'archive', 'p', 'preserve')
  const recursive = options.has('a', 'archive', 'r', 'R', 'recursive', 'd')
  const sources = options.value('t') === undefined ? options.rest.slice(0, -1) : options.rest
  const target = options.value('t') ?? options.rest.at(-1) ?? ''
  return forEach(
    sources,
    (name) => {
      const [from, to] = [call.path(name), targetOf(call, options, name, target)]
      if (options.has('n') && call.files.find(to, false) !== undefined) return
      copyOne(call, from, to, keep, recursive, options.has('x', 'one-file-system'))
    },
    (name, why) =>
      why === 'Is a directory'
        ? `cp: -r not specified; omitting directory '${name}'`
        : why === 'No such file or directory'
          ? `cp: cannot stat '${name}': ${why}`
          : `cp: cannot create regular file '${target}': ${why}`,
  )
}

/** Where it goes: into a folder that is there, unless `-T` says that the folder is meant itself. */
function targetOf(call: Call, options: Options, name: string, target: string): string {
  const to = call.path(target)
  const isFolder = call.files.find(to)?.inode.kind === 'directory'
  return isFolder && !options.has('T', 'no-target-directory') ? joined(to, nameOf(call.path(name))) : to
}

const mv: HostCommand = (call) => {
  const options = readOptions(call.args, 'T no-target-directory n no-clobber f v t:')
  if (options.unknown !== undefined) return notInThisLab(`mv ${options.unknown}`)
  const target = options.rest.at(-1) ?? ''
  return forEach(
    options.rest.slice(0, -1),
    (name) => {
      const [from, to] = [call.path(name), targetOf(call, options, name, target)]
      call.files.must(from, false)
      if (options.has('n', 'no-clobber') && call.files.find(to, false) !== undefined) return
      try {
        call.files.rename(from, to)
      } catch (error) {
        if (!(error instanceof FsError) || error.code !== 'EXDEV') throw error
        copyOne(call, from, to, true, true, false)
        removeTree(call.files, from)
      }
    },
    (name, why) =>
      why === 'No such file or directory'
        ? `mv: cannot stat '${name}': ${why}`
        : `mv: cannot move '${name}' to '${target}': ${why}`,
  )
}

const ln: HostCommand = (call) => {
  const options = readOptions(call.args, 's symbolic f force n no-dereference T r v')
  if (options.unknown !== undefined) return notInThisLab(`ln ${options.unknown}`)
  const [target = '', name = nameOf(target)] = options.rest
  const at = call.path(name)
  return forEach(
    [name],
    () => {
      const isFolder = call.files.find(at, !options.has('n', 'no-dereference'))?.inode.kind === 'directory'
      const link = isFolder && !options.has('T') ? joined(at, nameOf(target)) : at
      if (options.has('f', 'force') && call.files.find(link, false) !== undefined) call.files.remove(link)
      if (options.has('s', 'symbolic')) call.files.symlink(target, link)
      else {
        if (call.files.find(link, false) !== undefined) throw new FsError('EEXIST', 'link', link)
        copyOne(call, call.path(target), link, true, false, false)
      }
    },
    (_name, why) => `ln: failed to create ${options.has('s', 'symbolic') ? 'symbolic' : 'hard'} link '${name}': ${why}`,
  )
}

export const copyingCommands: Readonly<Record<string, HostCommand>> = { cp, mv, ln }
