// find(1), as far as a restore looks for something.
import { FsError, reason } from '../files/fs-error.ts'
import { nameOf, namesIn, type Found } from '../files/host-files.ts'
import { joined } from '../files/namespace.ts'
import { word } from '../../../../text/quote.ts'
import { sizeOf } from '../shell/shell-fs.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { globToRegExp } from './glob.ts'
import { notInThisLab, type Call, type HostCommand } from '../shell/command.ts'

/** Something that was found: as it is named, below which start, and how deep. */
interface Hit extends Found {
  readonly shown: string
  readonly start: string
  readonly depth: number
}

type Test = (hit: Hit) => boolean | Promise<boolean>

class NotKnown extends Error {}

const letterOf = ({ inode, mount }: Found): string =>
  inode.kind === 'directory' ? 'd' : inode.kind === 'link' ? 'l' : mount.fstype === 'devtmpfs' ? 'b' : 'f'

function nameById(call: Call) {
  const accounts = accountsIn(call.world.machine.text('/etc/passwd') ?? '')
  const groups = groupsIn(call.world.machine.text('/etc/group') ?? '')
  return {
    user: (uid: number) => accounts.find((each) => each.uid === uid)?.name,
    group: (gid: number) => groups.find((each) => each.gid === gid)?.name,
  }
}

/** The text of -printf for one. */
function printed(call: Call, format: string, hit: Hit): string {
  const names = nameById(call)
  const { inode, shown, start } = hit
  const ms = inode.mtimeMs
  const stamp = `${Math.floor(ms / 1000)}.${String(Math.round((ms - Math.floor(ms / 1000) * 1000) * 1e6)).padStart(9, '0')}0`
  const parts: Readonly<Record<string, () => string>> = {
    p: () => shown,
    P: () => (shown === start ? '' : shown.slice(start.length).replace(/^\//, '')),
    f: () => nameOf(shown) || shown,
    h: () => (shown.includes('/') ? shown.slice(0, shown.lastIndexOf('/')) : '.'),
    l: () => (inode.kind === 'link' ? call.files.readlink(hit.path) : ''),
    y: () => letterOf(hit),
    s: () => String(sizeOf(inode)),
    m: () => inode.mode.toString(8),
    u: () => names.user(inode.uid) ?? String(inode.uid),
    g: () => names.group(inode.gid) ?? String(inode.gid),
    U: () => String(inode.uid),
    G: () => String(inode.gid),
    d: () => String(hit.depth),
    'T@': () => stamp,
    '%': () => '%',
  }
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0', '\\': '\\' }
  return format.replaceAll(/%(T@|.)|\\(.)/g, (whole, key: string | undefined, escape: string | undefined) => {
    if (escape !== undefined) return escapes[escape] ?? whole
    const part = parts[key ?? '']
    if (part === undefined) throw new NotKnown(`-printf ${whole}`)
    return part()
  })
}

interface Plan {
  readonly test: Test
  readonly minDepth: number
  readonly maxDepth: number
  readonly oneFileSystem: boolean
}

/** Reads the expression. What it prints goes to `out`; `pruned` is told where not to go further. */
function plan(call: Call, words: readonly string[], out: string[], pruned: (hit: Hit) => void): Plan {
  let at = 0
  let minDepth = 0
  let maxDepth = Number.POSITIVE_INFINITY
  let oneFileSystem = false
  let acts = false
  const names = nameById(call)
  const next = (): string => words[at++] ?? ''
  const print = (text: (hit: Hit) => string): Test => {
    acts = true
    return (hit) => {
      out.push(text(hit))
      return true
    }
  }
  const primaries: Readonly<Record<string, () => Test>> = {
    '-maxdepth': () => ((maxDepth = Number(next())), () => true),
    '-mindepth': () => ((minDepth = Number(next())), () => true),
    '-xdev': () => ((oneFileSystem = true), () => true),
    '-mount': () => ((oneFileSystem = true), () => true),
    '-type': () => {
      const kinds = next().split(',')
      return (hit) => kinds.includes(letterOf(hit))
    },
    '-empty':
      () =>
      ({ inode, tree, inner }) =>
        inode.kind === 'directory'
          ? namesIn(tree, inner).length === 0
          : inode.kind === 'file' && inode.content.length === 0,
    '-nouser':
      () =>
      ({ inode }) =>
        names.user(inode.uid) === undefined,
    '-nogroup':
      () =>
      ({ inode }) =>
        names.group(inode.gid) === undefined,
    '-lname': () => {
      const pattern = globToRegExp(next())
      return (hit) => hit.inode.kind === 'link' && pattern.test(call.files.readlink(hit.path))
    },
    '-name': () => {
      const pattern = globToRegExp(next())
      return ({ shown }) => pattern.test(nameOf(shown))
    },
    '-path': () => {
      const pattern = globToRegExp(next())
      return ({ shown }) => pattern.test(shown)
    },
    '-prune': () => (hit) => (pruned(hit), true),
    '-true': () => () => true,
    '-print': () => print(({ shown }) => `${shown}\n`),
    '-print0': () => print(({ shown }) => `${shown}\0`),
    '-printf': () => {
      const format = next()
      return print((hit) => printed(call, format, hit))
    },
    '-delete': () => {
      acts = true
      return ({ path }) => (call.files.remove(path), true)
    },
    '-exec': () => {
      acts = true
      const end = words.findIndex((each, index) => index >= at && (each === ';' || each === '+'))
      const command = words.slice(at, end)
      at = end + 1
      return async ({ shown }) => {
        const result = await call.run(command.map((each) => word(each === '{}' ? shown : each)).join(' '))
        out.push(result.stdout)
        return result.exitCode === 0
      }
    },
  }
  function primary(): Test {
    const given = next()
    if (given === '!' || given === '-not') {
      const inner = primary()
      return async (hit) => !(await inner(hit))
    }
    if (given === '(') {
      const inner = list()
      if (next() !== ')') throw new NotKnown('(')
      return inner
    }
    const known = primaries[given]
    if (known === undefined) throw new NotKnown(given)
    return known()
  }
  function conjunction(): Test {
    let left = primary()
    while (at < words.length && ![')', ',', '-o', '-or'].includes(words[at] ?? '')) {
      if (['-a', '-and'].includes(words[at] ?? '')) at += 1
      const [one, other] = [left, primary()]
      left = async (hit) => (await one(hit)) && other(hit)
    }
    return left
  }
  function disjunction(): Test {
    let left = conjunction()
    while (['-o', '-or'].includes(words[at] ?? '')) {
      at += 1
      const [one, other] = [left, conjunction()]
      left = async (hit) => (await one(hit)) || other(hit)
    }
    return left
  }
  function list(): Test {
    let left = disjunction()
    while (words[at] === ',') {
      at += 1
      const [one, other] = [left, disjunction()]
      left = async (hit) => (await one(hit), other(hit))
    }
    return left
  }
  const test: Test = words.length === 0 ? () => true : list()
  const shownByDefault: Test = async (hit) => {
    const good = await test(hit)
    if (good) out.push(`${hit.shown}\n`)
    return good
  }
  return { test: acts ? test : shownByDefault, minDepth, maxDepth, oneFileSystem }
}

export const find: HostCommand = async (call) => {
  const words = call.args.filter((arg) => !['-P', '-noleaf'].includes(arg))
  const follows = words[0] === '-H' || words[0] === '-L'
  if (follows) words.shift()
  const begins = words.findIndex((arg) => arg.startsWith('-') || ['(', '!', ','].includes(arg))
  const starts = words.slice(0, begins === -1 ? words.length : begins)
  const out: string[] = []
  const complaints: string[] = []
  const pruned = new Set<string>()
  try {
    const { test, minDepth, maxDepth, oneFileSystem } = plan(call, words.slice(starts.length), out, ({ path }) =>
      pruned.add(path),
    )
    const visit = async (shown: string, path: string, start: string, depth: number, found: Found): Promise<void> => {
      pruned.delete(found.path)
      if (depth >= minDepth) await test({ ...found, shown, start, depth })
      if (found.inode.kind !== 'directory' || depth >= maxDepth || pruned.has(found.path)) return
      const names = call.files.list(found.path)
      for (const name of names) {
        const below = call.files.find(joined(found.path, name), false)
        if (below === undefined) continue
        // The top of another filesystem is shown, what is in it not.
        const other = oneFileSystem && below.mount !== found.mount
        const at = shown.endsWith('/') ? `${shown}${name}` : `${shown}/${name}`
        if (other) {
          if (depth + 1 >= minDepth) await test({ ...below, shown: at, start, depth: depth + 1 })
        } else await visit(at, joined(path, name), start, depth + 1, below)
      }
    }
    for (const start of starts.length === 0 ? ['.'] : starts) {
      try {
        const path = call.path(start)
        const found = call.files.find(path, follows)
        if (found === undefined) complaints.push(`find: ‘${start}’: No such file or directory`)
        else await visit(start, path, start, 0, found)
      } catch (error) {
        if (!(error instanceof FsError)) throw error
        complaints.push(`find: ‘${start}’: ${reason(error)}`)
      }
    }
  } catch (error) {
    if (error instanceof NotKnown) return notInThisLab(`find ${error.message}`)
    throw error
  }
  return {
    stdout: out.join(''),
    stderr: complaints.map((each) => `${each}\n`).join(''),
    exitCode: complaints.length > 0 ? 1 : 0,
  }
}
