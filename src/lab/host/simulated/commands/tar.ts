// tar(1) of GNU, as far as backups use it: -c, -t and -x, with owners, which just-bash's own knows nothing of.
import { gunzipSync, gzipSync } from 'node:zlib'
import { packTar, unpackTar, type TarHeader } from 'modern-tar'
import { FsError, reason } from '../files/fs-error.ts'
import { parentOf } from '../files/host-files.ts'
import { joined } from '../files/namespace.ts'
import { strftime } from '../local-clock.ts'
import { mkdirs } from '../machine.ts'
import { failed, notInThisLab, zoneOf, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { readOptions, type Options } from './options.ts'

interface Member {
  readonly header: TarHeader
  readonly data?: Uint8Array | undefined
}

const known =
  'c create x extract get t list f: file: z gzip C: directory: v verbose p preserve-permissions acls xattrs same-owner delay-directory-restore numeric-owner quoting-style: strip-components: one-file-system'

/** What ends it with 2: GNU tar tells of it in its own name. */
class TarError extends Error {}

const unrecoverable = 'Error is not recoverable: exiting now'
const withFailures = 'Exiting with failure status due to previous errors'

const said = (...lines: readonly string[]): string => lines.map((line) => `tar: ${line}`).join('\n')

/** What is at a path as members, with all below it. @throws FsError */
function membersOf(call: Call, path: string, name: string): Member[] {
  const { inode } = call.files.must(path, false)
  const meta = { mode: inode.mode, uid: inode.uid, gid: inode.gid, mtime: new Date(inode.mtimeMs) }
  if (inode.kind === 'link')
    return [{ header: { name, type: 'symlink', size: 0, linkname: call.files.readlink(path), ...meta } }]
  if (inode.kind === 'file')
    return [{ header: { name, type: 'file', size: inode.content.length, ...meta }, data: call.files.read(path) }]
  const folder = name.replace(/\/?$/, '/')
  return [
    { header: { name: folder, type: 'directory', size: 0, ...meta } },
    ...call.files.list(path).flatMap((each) => membersOf(call, joined(path, each), `${folder}${each}`)),
  ]
}

async function create(call: Call, options: Options, folder: string, archive: string): Promise<Result> {
  const complaints: string[] = []
  const members = options.rest.flatMap((given) => {
    if (given.startsWith('/')) complaints.push("Removing leading `/' from member names")
    try {
      return membersOf(call, joined(folder, given), given.replace(/^\/+/, ''))
    } catch (error) {
      complaints.push(`${given}: Cannot stat: ${reason(error)}`, withFailures)
      return []
    }
  })
  const packed = await packTar(members)
  const bytes = options.has('z', 'gzip') ? gzipSync(packed) : packed
  if (archive !== '-') call.files.write(call.path(archive), bytes)
  return {
    stdout: archive === '-' ? Buffer.from(bytes).toString('latin1') : '',
    stderr: complaints.length === 0 ? '' : `${said(...complaints)}\n`,
    exitCode: complaints.includes(withFailures) ? 2 : 0,
    isBytes: true,
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const blockBytes = 512

/**
 * What comes through a pipe. just-bash makes characters of the bytes that a function or a group of commands puts out: what
 * has become longer than blocks are, and has them when its characters are taken for bytes, was bytes.
 */
function piped(call: Call): Uint8Array {
  const bytes = Buffer.from(call.stdinBytes, 'latin1')
  const isChars = bytes.length % blockBytes !== 0 && /^[\0-\u00ff]*$/.test(call.stdin)
  return isChars && call.stdin.length % blockBytes === 0 ? Buffer.from(call.stdin, 'latin1') : bytes
}

/** The archive's bytes, decompressed. From a pipe it is only with -z: what it begins with can't be looked at twice. */
function opened(call: Call, options: Options, archive: string): Uint8Array {
  const bytes = archive === '-' ? piped(call) : call.files.read(call.path(archive))
  if (isGzip(bytes) && archive === '-' && !options.has('z', 'gzip'))
    throw new TarError(said('Archive is compressed. Use -z option', unrecoverable))
  if (!isGzip(bytes)) return bytes
  try {
    return gunzipSync(bytes)
  } catch {
    throw new TarError(`\ngzip: stdin: unexpected end of file\n${said('Child returned status 1', unrecoverable)}`)
  }
}

interface Contents {
  readonly members: readonly Member[]
  /** What is wrong with the end of it; undefined where nothing is. As GNU tar's, an end between two members is none. */
  readonly broken?: string
}

async function contentsOf(bytes: Uint8Array): Promise<Contents> {
  try {
    return { members: await unpackTar(bytes, { strict: true }) }
  } catch (error) {
    const isCut = error instanceof Error && error.message.includes('truncated')
    const members = isCut ? await unpackTar(bytes) : []
    if (members.length === 0) throw new TarError(said('This does not look like a tar archive', withFailures))
    const isShort = members.some(({ header, data }) => header.type === 'file' && (data?.length ?? 0) < header.size)
    return isShort ? { members, broken: said('Unexpected EOF in archive', unrecoverable) } : { members }
  }
}

const typeLetters: Readonly<Record<string, string>> = { directory: 'd', symlink: 'l', link: 'h' }

const modeText = (mode: number): string =>
  [6, 3, 0]
    .map((shift) => ['r', 'w', 'x'].map((letter, at) => (((mode >> shift) & (4 >> at)) === 0 ? '-' : letter)).join(''))
    .join('')

/** `-rw-r--r-- alice/alice     12 2026-03-28 11:00 notes.txt` */
function lineOf(call: Call, options: Options, { header }: Member): string {
  const { name, type = 'file', mode = 0, uid = 0, gid = 0, size, mtime = new Date(0), linkname = '' } = header
  if (!options.has('v', 'verbose')) return name
  const { machine } = call.world
  const numeric = options.has('numeric-owner')
  const user = numeric ? undefined : accountsIn(machine.text('/etc/passwd') ?? '').find((each) => each.uid === uid)
  const group = numeric ? undefined : groupsIn(machine.text('/etc/group') ?? '').find((each) => each.gid === gid)
  const owner = `${user?.name ?? uid}/${group?.name ?? gid}`
  const leads = type === 'symlink' ? ` -> ${linkname}` : type === 'link' ? ` link to ${linkname}` : ''
  // List_archive of GNU tar: owner and size share 19 columns.
  const sized = `${owner} ${String(size).padStart(Math.max(0, 18 - owner.length))}`
  return `${typeLetters[type] ?? '-'}${modeText(mode)} ${sized} ${strftime('%F %H:%M', mtime, zoneOf(call))} ${name}${leads}`
}

/** Puts one member below a folder. @throws FsError */
function put({ files }: Call, { header, data }: Member, folder: string, name: string): void {
  const path = joined(folder, name)
  const there = files.find(path, false)
  if (there === undefined) mkdirs(files, parentOf(path))
  else if (header.type !== 'directory') files.remove(path)
  const from = joined(folder, header.linkname ?? '')
  if (header.type === 'directory' && there === undefined) files.mkdir(path)
  else if (header.type === 'symlink') files.symlink(header.linkname ?? '', path)
  else if (header.type !== 'directory')
    files.write(path, header.type === 'link' ? files.read(from) : (data ?? new Uint8Array()))
}

/** Owner and bits as they were: only root gives files away, and only root keeps the bits without -p. */
function likeBefore({ files }: Call, options: Options, { header }: Member, path: string): void {
  const { uid = 0, gid = 0, mode = 0o644, mtime = new Date(0), type } = header
  const isRoot = files.viewer.uid === 0
  const bits = isRoot || options.has('p', 'preserve-permissions') ? mode : mode & ~files.umask
  const owner = isRoot ? { uid, gid } : {}
  files.change(path, { mtimeMs: mtime.getTime(), ...owner, ...(type === 'symlink' ? {} : { mode: bits }) }, false)
}

function extract(call: Call, options: Options, folder: string, { members, broken }: Contents): Result {
  if (call.files.find(folder)?.inode.kind !== 'directory')
    throw new TarError(said(`${folder}: Cannot open: No such file or directory`, unrecoverable))
  const strip = Number(options.value('strip-components') ?? 0)
  const complaints: string[] = []
  const placed: { readonly member: Member; readonly path: string }[] = []
  for (const member of members) {
    const parts = member.header.name.split('/').filter((part) => part !== '')
    const left = parts.slice(strip)
    const name = left.filter((part) => part !== '.').join('/')
    if (parts.includes('..')) complaints.push(`${member.header.name}: Member name contains '..'`)
    else if (left.length > 0) {
      try {
        if (name !== '') put(call, member, folder, name)
        placed.push({ member, path: joined(folder, name) })
      } catch (error) {
        complaints.push(`${member.header.name}: Cannot open: ${reason(error)}`)
      }
    }
  }
  // Folders last, and the innermost first: what is put into one changes its time.
  for (const { member, path } of placed.toReversed()) likeBefore(call, options, member, path)
  const lines = [...complaints.map((each) => said(each)), ...(broken === undefined ? [] : [broken])]
  if (complaints.length > 0) lines.push(said(withFailures))
  const shown = options.has('v', 'verbose') ? members.map(({ header }) => `${header.name}\n`).join('') : ''
  return failed(lines.join('\n'), lines.length > 0 ? 2 : 0, shown)
}

export const tar: HostCommand = async (call) => {
  const [first = '', ...others] = call.args
  // The letters may stand without their dash.
  const options = readOptions([/^[a-zA-Z]+$/.test(first) ? `-${first}` : first, ...others], known)
  if (options.unknown !== undefined) return notInThisLab(`tar ${options.unknown}`, 2)
  const archive = options.value('f', 'file') ?? '-'
  const folder = call.path(options.value('C', 'directory') ?? '.')
  try {
    if (options.has('c', 'create')) return await create(call, options, folder, archive)
    if (!options.has('t', 'list') && !options.has('x', 'extract', 'get'))
      return failed(said("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options"), 2)
    const contents = await contentsOf(opened(call, options, archive))
    if (options.has('x', 'extract', 'get')) return extract(call, options, folder, contents)
    const listed = contents.members.map((each) => `${lineOf(call, options, each)}\n`).join('')
    return failed(contents.broken ?? '', contents.broken === undefined ? 0 : 2, listed)
  } catch (error) {
    if (error instanceof TarError) return failed(error.message, 2)
    if (!(error instanceof FsError)) throw error
    return failed(said(`${archive}: Cannot open: ${reason(error)}`, unrecoverable), 2)
  }
}
