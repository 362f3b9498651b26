// Programs of coreutils whose owners, rights and mounts just-bash knows nothing of.
import { FsError, reason } from '../files/fs-error.ts'
import { nameOf, parentOf } from '../files/host-files.ts'
import { joined } from '../files/namespace.ts'
import { strftime } from '../local-clock.ts'
import { hexOf } from '../machine.ts'
import { done, failed, notInThisLab, zoneOf, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { removeTree, sizeOf } from '../shell/shell-fs.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { find } from './find.ts'
import { readOptions, type Options } from './options.ts'

/** Does it for each, goes on after what fails, and says all that failed. */
function forEach(
  names: readonly string[],
  act: (name: string) => void,
  complaint: (name: string, why: string) => string,
): Result {
  const said: string[] = []
  for (const name of names) {
    try {
      act(name)
    } catch (error) {
      if (!(error instanceof FsError)) throw error
      said.push(complaint(name, reason(error)))
    }
  }
  return said.length === 0 ? done() : failed(said.join('\n'))
}

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

function below(call: Call, path: string, recursive: boolean): string[] {
  const found = call.files.must(path, false)
  return recursive && found.inode.kind === 'directory'
    ? [path, ...call.files.list(path).flatMap((name) => below(call, joined(path, name), true))]
    : [path]
}

/** `644`, `u+x`, `go-rwx`, `a=r`. */
function modeFrom(text: string, before: number, isFolder: boolean): number {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  return text.split(',').reduce((mode, clause) => {
    const [, who = '', how = '', what = ''] = /^([ugoa]*)([+=-])([rwxX]*)$/.exec(clause) ?? []
    const bits = what
      .split('')
      .reduce(
        (sum, each) =>
          sum | (each === 'r' ? 4 : each === 'w' ? 2 : each === 'x' || isFolder || (before & 0o111) !== 0 ? 1 : 0),
        0,
      )
    const mask = (
      [
        ['u', 6],
        ['g', 3],
        ['o', 0],
      ] as const
    ).reduce(
      (sum, [name, shift]) => sum | (who === '' || who.includes(name) || who.includes('a') ? bits << shift : 0),
      0,
    )
    const all = (
      [
        ['u', 6],
        ['g', 3],
        ['o', 0],
      ] as const
    ).reduce((sum, [name, shift]) => sum | (who === '' || who.includes(name) || who.includes('a') ? 7 << shift : 0), 0)
    return how === '+' ? mode | mask : how === '-' ? mode & ~mask : (mode & ~all) | mask
  }, before)
}

const chmod: HostCommand = (call) => {
  const options = readOptions(
    call.args.map((arg) => (/^-[rwx]/.test(arg) ? `a${arg}` : arg)),
    'R recursive f v',
  )
  const [mode = '', ...names] = options.rest
  return forEach(
    names,
    (name) => {
      for (const path of below(call, call.path(name), options.has('R', 'recursive'))) {
        const { inode } = call.files.must(path)
        if (inode.kind !== 'link')
          call.files.change(path, { mode: modeFrom(mode, inode.mode, inode.kind === 'directory') })
      }
    },
    (name, why) =>
      why === 'No such file or directory'
        ? `chmod: cannot access '${name}': ${why}`
        : `chmod: changing permissions of '${name}': ${why}`,
  )
}

const chown: HostCommand = (call) => {
  const options = readOptions(call.args, 'R recursive h no-dereference f v')
  const [owner = '', ...names] = options.rest
  const [user = '', group] = owner.split(/[:.]/)
  const account = accountsIn(call.world.machine.text('/etc/passwd') ?? '').find((each) => each.name === user)
  const groups = groupsIn(call.world.machine.text('/etc/group') ?? '')
  const uid = user === '' ? undefined : (account?.uid ?? Number(user))
  const gid =
    group === undefined
      ? undefined
      : group === ''
        ? account?.gid
        : (groups.find((each) => each.name === group)?.gid ?? Number(group))
  if (Number.isNaN(uid)) return failed(`chown: invalid user: ‘${owner}’`)
  if (Number.isNaN(gid)) return failed(`chown: invalid group: ‘${owner}’`)
  return forEach(
    names,
    (name) => {
      for (const path of below(call, call.path(name), options.has('R', 'recursive'))) {
        call.files.change(
          path,
          { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) },
          !options.has('h', 'no-dereference', 'R'),
        )
      }
    },
    (name, why) =>
      why === 'No such file or directory'
        ? `chown: cannot access '${name}': ${why}`
        : `chown: changing ownership of '${name}': ${why}`,
  )
}

const stat: HostCommand = (call) => {
  const options = readOptions(call.args, 'c: format: printf: L f t')
  const format = options.value('c', 'format') ?? options.value('printf')
  if (options.unknown !== undefined || format === undefined) return notInThisLab('stat without -c')
  const accounts = accountsIn(call.world.machine.text('/etc/passwd') ?? '')
  const groups = groupsIn(call.world.machine.text('/etc/group') ?? '')
  const out: string[] = []
  const result = forEach(
    options.rest,
    (name) => {
      const found = call.files.must(call.path(name), options.has('L'))
      const { inode, mount } = found
      const kind = {
        file: inode.kind === 'file' && inode.content.length === 0 ? 'regular empty file' : 'regular file',
        directory: 'directory',
        link: 'symbolic link',
      }[inode.kind]
      const parts: Readonly<Record<string, string>> = {
        n: name,
        N: inode.kind === 'link' ? `'${name}' -> '${call.files.readlink(found.path)}'` : `'${name}'`,
        a: inode.mode.toString(8),
        s: String(sizeOf(inode)),
        u: String(inode.uid),
        g: String(inode.gid),
        U: accounts.find((each) => each.uid === inode.uid)?.name ?? 'UNKNOWN',
        G: groups.find((each) => each.gid === inode.gid)?.name ?? 'UNKNOWN',
        Y: String(Math.floor(inode.mtimeMs / 1000)),
        F: kind,
        m: mount.target,
        d: String(mount.id),
        '%': '%',
        y: strftime('%F %T.%N %z', new Date(inode.mtimeMs), zoneOf(call)),
      }
      out.push(format.replaceAll(/%(.)/g, (whole, key: string) => parts[key] ?? whole))
    },
    (name, why) => `stat: cannot statx '${name}': ${why}`,
  )
  return {
    ...result,
    stdout: out.map((each) => (options.has('printf') ? each.replaceAll('\\n', '\n') : `${each}\n`)).join(''),
  }
}

const du: HostCommand = (call) => {
  const options = readOptions(call.args, 's x b h c k a d: max-depth: one-file-system')
  if (options.unknown !== undefined || !options.has('s')) return notInThisLab('du without -s')
  const out: string[] = []
  const sizeBelow = (path: string, mount: number): number => {
    const found = call.files.must(path, false)
    if (options.has('x') && found.mount.id !== mount) return 0
    const own = sizeOf(found.inode)
    return found.inode.kind === 'directory'
      ? call.files.list(path).reduce((sum, name) => sum + sizeBelow(joined(path, name), mount), own)
      : own
  }
  const result = forEach(
    options.rest,
    (name) => {
      const path = call.path(name)
      const bytes = sizeBelow(path, call.files.must(path, false).mount.id)
      out.push(`${options.has('b') ? bytes : Math.ceil(bytes / 1024)}\t${name}\n`)
    },
    (name, why) => `du: cannot access '${name}': ${why}`,
  )
  return { ...result, stdout: out.join('') }
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

export const fileCommands: Readonly<Record<string, HostCommand>> = {
  find,
  rm,
  rmdir,
  mkdir,
  mktemp,
  cp,
  mv,
  ln,
  chmod,
  chown,
  stat,
  du,
  sync,
  touch,
}
