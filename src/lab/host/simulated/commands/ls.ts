// ls(1), with owners as the host knows them.
import { FsError, reason } from '../files/fs-error.ts'
import type { Found } from '../files/host-files.ts'
import { joined } from '../files/namespace.ts'
import { failed, notInThisLab, zoneOf, type Call, type HostCommand } from '../shell/command.ts'
import { sizeOf } from '../shell/shell-fs.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { strftime } from '../local-clock.ts'
import { readOptions, type Options } from './options.ts'

const letters = (mode: number): string =>
  [6, 3, 0]
    .map((shift) => ['r', 'w', 'x'].map((letter, at) => ((mode >> (shift + 2 - at)) & 1 ? letter : '-')).join(''))
    .join('')

const kindOf = ({ inode, mount }: Found): string =>
  inode.kind === 'directory' ? 'd' : inode.kind === 'link' ? 'l' : mount.fstype === 'devtmpfs' ? 'b' : '-'

interface Row {
  readonly name: string
  readonly found: Found
}

function long(call: Call, rows: readonly Row[]): string[] {
  const accounts = accountsIn(call.world.machine.text('/etc/passwd') ?? '')
  const groups = groupsIn(call.world.machine.text('/etc/group') ?? '')
  const now = call.world.machine.now().getTime()
  const cells = rows.map(({ name, found }) => {
    const { inode } = found
    const at = new Date(inode.mtimeMs)
    const isRecent = Math.abs(now - at.getTime()) < 182 * 86_400_000
    return {
      mode: kindOf(found) + letters(inode.mode),
      user: accounts.find((each) => each.uid === inode.uid)?.name ?? String(inode.uid),
      group: groups.find((each) => each.gid === inode.gid)?.name ?? String(inode.gid),
      size: String(sizeOf(inode)),
      time: strftime(isRecent ? '%b %e %R' : '%b %e  %Y', at, zoneOf(call)),
      name: inode.kind === 'link' ? `${name} -> ${call.files.readlink(found.path)}` : name,
    }
  })
  const width = (of: 'user' | 'group' | 'size'): number => Math.max(0, ...cells.map((each) => each[of].length))
  return cells.map(
    (each) =>
      `${each.mode} 1 ${each.user.padEnd(width('user'))} ${each.group.padEnd(width('group'))} ${each.size.padStart(width('size'))} ${each.time} ${each.name}`,
  )
}

function printed(call: Call, options: Options, rows: readonly Row[]): string {
  const sorted = options.has('t') ? rows.toSorted((a, b) => b.found.inode.mtimeMs - a.found.inode.mtimeMs) : rows
  const ordered = options.has('r') ? sorted.toReversed() : sorted
  const lines = options.has('l', 'n') ? long(call, ordered) : ordered.map(({ name }) => name)
  return lines.map((line) => `${line}\n`).join('')
}

function rowsIn(call: Call, folder: string, options: Options): Row[] {
  const names = call.files.list(folder).filter((name) => options.has('a', 'A') || !name.startsWith('.'))
  const all = options.has('a') ? ['.', '..', ...names] : names
  return all.flatMap((name) => {
    const found = call.files.find(
      name === '..' ? joined(folder, '/..') : name === '.' ? folder : joined(folder, name),
      false,
    )
    return found === undefined ? [] : [{ name, found }]
  })
}

export const ls: HostCommand = (call) => {
  const options = readOptions(call.args, 'l a A 1 d h t r n p color? F')
  if (options.unknown !== undefined) return notInThisLab(`ls ${options.unknown}`)
  const said: string[] = []
  const plain: Row[] = []
  const folders: { readonly name: string; readonly text: string }[] = []
  for (const name of options.rest.length === 0 ? ['.'] : options.rest) {
    try {
      const path = call.path(name)
      const direct = call.files.must(path, !options.has('l') || name.endsWith('/'))
      if (direct.inode.kind !== 'directory' || options.has('d')) plain.push({ name, found: direct })
      else {
        const rows = rowsIn(call, direct.path, options)
        folders.push({ name, text: `${options.has('l') ? 'total 0\n' : ''}${printed(call, options, rows)}` })
      }
    } catch (error) {
      if (!(error instanceof FsError)) throw error
      said.push(
        error.code === 'EACCES'
          ? `ls: cannot open directory '${name}': ${reason(error)}`
          : `ls: cannot access '${name}': ${reason(error)}`,
      )
    }
  }
  const titled = options.rest.length > 1
  const blocks = [
    ...(plain.length > 0 ? [printed(call, options, plain)] : []),
    ...folders.map(({ name, text }) => (titled ? `${name}:\n${text}` : text)),
  ]
  return failed(said.join('\n'), said.length > 0 ? 2 : 0, blocks.join('\n'))
}
