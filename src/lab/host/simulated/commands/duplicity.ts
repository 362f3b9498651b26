// duplicity(1) 0.8, as far as a restore needs it: its version, and what it makes of backups that are not encrypted, all of
// it or one path.
import { reason, FsError } from '../files/fs-error.ts'
import { joined } from '../files/namespace.ts'
import { backupsTo, DuplicityError, treeOf } from '../duplicity/chain.ts'
import type { Entry, Tree } from '../duplicity/difftar.ts'
import { mkdirs } from '../machine.ts'
import { done, failed, notInThisLab, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { readOptions } from './options.ts'

const known = 'verbosity: num-retries: archive-dir: tempdir: no-encryption log-file: time: file-to-restore: r:'

/** Owners go by name, where the host has it; else by number. */
function ownerOf({ world }: Call, { uname, gname, uid = 0, gid = 0 }: Entry['header']) {
  const accounts = accountsIn(world.machine.text('/etc/passwd') ?? '')
  const groups = groupsIn(world.machine.text('/etc/group') ?? '')
  return {
    uid: accounts.find(({ name }) => name === uname)?.uid ?? uid,
    gid: groups.find(({ name }) => name === gname)?.gid ?? gid,
  }
}

/** @throws FsError */
function write(call: Call, folder: string, tree: Tree): void {
  const { files } = call
  if (tree.get('')?.header.type === 'directory') mkdirs(files, folder)
  else if (files.find(folder, false) !== undefined) files.remove(folder)
  const placed = [...tree].map(([path, entry]) => ({ path: path === '' ? folder : joined(folder, path), entry }))
  for (const { path, entry } of placed) {
    if (entry.header.type === 'symlink') files.symlink(entry.header.linkname ?? '', path)
    else if (entry.header.type === 'file') files.write(path, entry.data)
    else if (path !== folder) files.mkdir(path)
  }
  // Folders last, and the innermost first: what is put into one changes its time. A link is root's.
  for (const { path, entry } of placed.toReversed()) {
    const { mode = 0o644, mtime = new Date(0), type } = entry.header
    if (type !== 'symlink') files.change(path, { ...ownerOf(call, entry.header), mode, mtimeMs: mtime.getTime() })
  }
}

/** What an option that names a file is given, as it expands it: variables, and then what is somebody's home. */
function expanded({ env, world }: Call, given: string): string {
  const text = given.replaceAll(/\$(?:(\w+)|\{([^}]*)\})/g, (all, bare, braced) => env.get(bare ?? braced) ?? all)
  const [, user = ''] = /^~([^/]*)/.exec(text) ?? []
  const home =
    user === ''
      ? env.get('HOME')
      : accountsIn(world.machine.text('/etc/passwd') ?? '').find(({ name }) => name === user)?.home
  return home === undefined ? text : text.replace(/^~[^/]*/, () => home)
}

/** What is at a path, as a tree of its own, with all that is below it. @throws DuplicityError where there is nothing */
function treeAt(tree: Tree, path: string): Tree {
  if (path === '') return tree
  const found = [...tree].flatMap(([each, entry]): [string, Entry][] =>
    each === path ? [['', entry]] : each.startsWith(`${path}/`) ? [[each.slice(path.length + 1), entry]] : [],
  )
  if (found.length === 0) throw new DuplicityError(19, `${path} not found in archive - no files restored.`)
  return new Map(found)
}

interface Wanted {
  readonly url: string
  readonly folder: string
  readonly at: Date
  /** As it was given. */
  readonly path: string
}

async function restore(call: Call, { url, folder, at, path }: Wanted): Promise<Result> {
  const { files } = call
  const source = call.path(url.slice('file://'.length))
  const target = call.path(folder)
  const there = files.find(target)
  if (there !== undefined && (there.inode.kind !== 'directory' || files.list(target).length > 0))
    throw new DuplicityError(11, `Restore destination directory ${folder} already exists.\nWill not overwrite.`)
  const names = files.find(source) === undefined ? [] : files.list(source)
  if (names.some((name) => /\.(gpg|g)$/.test(name))) return notInThisLab('duplicity with what is encrypted')
  const { sets, warnings } = backupsTo(names, at.toISOString())
  const all = await treeOf(sets, (name) => files.read(joined(source, name)))
  const tree = treeAt(all, expanded(call, path).replaceAll(/^\/+|\/+$/g, ''))
  const other = [...tree.values()].find(({ header }) => !['file', 'directory', 'symlink'].includes(header.type ?? ''))
  if (other !== undefined) return notInThisLab(`duplicity with a ${other.header.type}`)
  write(call, target, tree)
  for (const [code, text] of warnings) log(call, machineLine(`WARNING ${code}`, text))
  return done(warnings.map(([, text]) => `${text}\n`).join(''))
}

/** For programs: a line of their own, and what was said behind dots. */
const machineLine = (first: string, text: string): string => `${first}\n${text.replaceAll(/^/gm, '. ')}\n\n`

/** Adds to the log, which is there from the beginning. @throws FsError */
function log({ files, path, args }: Call, text: string): void {
  const file = readOptions(args, known).value('log-file')
  if (file !== undefined) files.write(path(file), Buffer.from(text), true)
}

const duplicity: HostCommand = async (call) => {
  if (call.args.join(' ') === '--version') return done('duplicity 0.8.22\n')
  const options = readOptions(call.args, known)
  const [action, url = '', folder, ...more] = options.rest
  const at = new Date(options.value('time') ?? '')
  if (options.unknown !== undefined) return notInThisLab(`duplicity ${options.unknown}`)
  if (action !== 'restore') return notInThisLab(`duplicity ${action ?? 'without an action'}`)
  if (!url.startsWith('file://') || folder === undefined || more.length > 0)
    return notInThisLab('duplicity restore but for file://FOLDER FOLDER')
  if (Number.isNaN(at.getTime())) return notInThisLab('duplicity restore without a date in --time')
  if (options.value('verbosity') !== 'warning') return notInThisLab('duplicity but for --verbosity warning')
  try {
    log(call, '')
    return await restore(call, { url, folder, at, path: options.value('file-to-restore', 'r') ?? '' })
  } catch (error) {
    const told = error instanceof FsError ? new DuplicityError(30, `${error.path}: ${reason(error)}`, 'OSError') : error
    if (!(told instanceof DuplicityError)) throw error
    log(call, machineLine(`ERROR ${told.code} ${told.kind}`.trimEnd(), told.message))
    return failed(told.message, told.code)
  }
}

/** No agent is at work here that it could end. */
const gpgconf: HostCommand = ({ args }) =>
  args.join(' ') === '--kill all' ? done() : notInThisLab(`gpgconf ${args.join(' ')}`)

export const duplicityCommands: Readonly<Record<string, HostCommand>> = {
  duplicity,
  gpg: ({ args }) => notInThisLab(`gpg ${args.join(' ')}`),
  gpgconf,
}
