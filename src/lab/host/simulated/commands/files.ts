// Making and removing files and folders, as coreutils do it.
import { FsError } from '../files/fs-error.ts'
import { parentOf } from '../files/host-files.ts'
import { hexOf } from '../machine.ts'
import { done, failed, notInThisLab, type HostCommand } from '../shell/command.ts'
import { removeTree } from '../shell/shell-fs.ts'
import { forEach } from './for-each.ts'
import { readOptions } from './options.ts'

const rm: HostCommand = (call) => {
  const options = readOptions(call.args, 'r R recursive f force one-file-system v d i preserve-root')
  if (options.unknown !== undefined) return notInThisLab(`rm ${options.unknown}`)
  const recursive = options.has('r', 'R', 'recursive')
  return forEach(
    options.rest,
    (name) => {
      const path = call.path(name)
      const found = call.files.find(path, false)
      if (found === undefined) {
        if (options.has('f', 'force')) return
        throw new FsError('ENOENT', 'rm', name)
      }
      if (found.inode.kind === 'directory' && !recursive) throw new FsError('EISDIR', 'rm', name)
      if (recursive) removeTree(call.files, path, options.has('one-file-system'))
      else call.files.remove(path)
    },
    (name, why) => `rm: cannot remove '${name}': ${why}`,
  )
}

const rmdir: HostCommand = (call) => {
  const options = readOptions(call.args, 'ignore-fail-on-non-empty p parents v')
  if (options.unknown !== undefined) return notInThisLab(`rmdir ${options.unknown}`)
  return forEach(
    options.rest,
    (name) => {
      const found = call.files.must(call.path(name), false)
      if (found.inode.kind !== 'directory') throw new FsError('ENOTDIR', 'rmdir', name)
      try {
        call.files.remove(found.path)
      } catch (error) {
        const isFull = error instanceof FsError && error.code === 'ENOTEMPTY'
        if (!isFull || !options.has('ignore-fail-on-non-empty')) throw error
      }
    },
    (name, why) => `rmdir: failed to remove '${name}': ${why}`,
  )
}

const mkdir: HostCommand = (call) => {
  const options = readOptions(call.args, 'p parents m: mode: v')
  if (options.unknown !== undefined) return notInThisLab(`mkdir ${options.unknown}`)
  const mode = options.value('m', 'mode')
  return forEach(
    options.rest,
    (name) => {
      const parts = call
        .path(name)
        .split('/')
        .filter((part) => part !== '')
      if (options.has('p', 'parents')) {
        parts.forEach((_part, at) => {
          const folder = `/${parts.slice(0, at + 1).join('/')}`
          const found = call.files.find(folder)
          if (found === undefined) call.files.mkdir(folder)
          else if (found.inode.kind !== 'directory')
            throw new FsError(at === parts.length - 1 ? 'EEXIST' : 'ENOTDIR', 'mkdir', name)
        })
      } else call.files.mkdir(call.path(name))
      if (mode !== undefined) call.files.change(call.path(name), { mode: Number.parseInt(mode, 8) })
    },
    (name, why) => `mkdir: cannot create directory ‘${name}’: ${why}`,
  )
}

const mktemp: HostCommand = (call) => {
  const options = readOptions(call.args, 'd directory p: tmpdir? u q t')
  const template = options.rest[0] ?? 'tmp.XXXXXXXXXX'
  const folder =
    options.value('p') ?? (options.rest[0] === undefined || options.has('t', 'tmpdir') ? '/tmp' : undefined)
  const name = template.replace(/X+$/, (all) => hexOf(call.world.machine.random(all.length)).slice(0, all.length))
  const shown = folder === undefined ? name : `${folder}/${name}`
  return {
    ...forEach(
      [shown],
      () => {
        if (options.has('d', 'directory')) call.files.mkdir(call.path(shown), 0o700)
        else {
          call.files.write(call.path(shown), new Uint8Array())
          call.files.change(call.path(shown), { mode: 0o600 })
        }
      },
      (_name, why) =>
        `mktemp: failed to create ${options.has('d', 'directory') ? 'directory' : 'file'} via template ‘${template}’: ${why}`,
    ),
    stdout: call.files.find(call.path(shown)) === undefined ? '' : `${shown}\n`,
  }
}

const sync: HostCommand = ({ world }) => {
  world.machine.zfs.sync()
  return done()
}

const touch: HostCommand = (call) => {
  const options = readOptions(call.args, 'c d: date: t: r: m a h')
  const given = options.value('d', 'date')
  const at =
    given === undefined
      ? call.world.machine.now().getTime()
      : given.startsWith('@')
        ? Number(given.slice(1)) * 1000
        : Date.parse(given)
  if (Number.isNaN(at)) return failed(`touch: invalid date format ‘${given ?? ''}’`)
  return forEach(
    options.rest,
    (name) => {
      const path = call.path(name)
      if (call.files.find(path) === undefined) {
        if (options.has('c')) return
        call.files.must(parentOf(path))
        call.files.write(path, new Uint8Array())
      }
      call.files.change(path, { mtimeMs: at })
    },
    (name, why) => `touch: cannot touch '${name}': ${why}`,
  )
}

export const fileCommands: Readonly<Record<string, HostCommand>> = { rm, rmdir, mkdir, mktemp, sync, touch }
