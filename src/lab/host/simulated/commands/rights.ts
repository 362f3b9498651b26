// chmod and chown of coreutils.
import type { Meta } from '../file-tree.ts'
import { joined } from '../files/namespace.ts'
import { failed, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { forEach } from './for-each.ts'
import { readOptions, type Options } from './options.ts'

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

/** The file that others are to be like; undefined where none was named, and why not where there is none. */
function likeOf(call: Call, options: Options, tool: string): Meta | Result | undefined {
  const name = options.value('reference')
  if (name === undefined) return undefined
  const { inode } = call.files.find(call.path(name)) ?? {}
  return inode ?? failed(`${tool}: failed to get attributes of '${name}': No such file or directory`)
}

const chmod: HostCommand = (call) => {
  const options = readOptions(
    call.args.map((arg) => (/^-[rwx]/.test(arg) ? `a${arg}` : arg)),
    'R recursive f v reference:',
  )
  const like = likeOf(call, options, 'chmod')
  if (like !== undefined && 'exitCode' in like) return like
  const [mode = '', ...names] = like === undefined ? options.rest : [like.mode.toString(8), ...options.rest]
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
  const options = readOptions(call.args, 'R recursive h no-dereference f v reference:')
  const like = likeOf(call, options, 'chown')
  if (like !== undefined && 'exitCode' in like) return like
  const [owner = '', ...names] = like === undefined ? options.rest : [`${like.uid}:${like.gid}`, ...options.rest]
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

export const rightsCommands: Readonly<Record<string, HostCommand>> = { chmod, chown }
