// mount(8), umount(8), mountpoint(1).
import { FsError, reason } from '../files/fs-error.ts'
import { emptyTree } from '../file-tree.ts'
import { isBelow, type HostMount } from '../files/namespace.ts'
import { done, failed, notInThisLab, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { readOptions } from './options.ts'

/** How a bind mount's source is shown: the filesystem, and where in it. */
export const shownSource = ({ source, root }: HostMount): string => (root === '/' ? source : `${source}[${root}]`)

const listed = (call: Call): Result =>
  done(
    call.files.namespace
      .list()
      .map((each) => `${each.source} on ${each.target} type ${each.fstype} (${each.options.join(',')})\n`)
      .join(''),
  )

function bind(call: Call, from: string, target: string): Result {
  const source = call.files.find(call.path(from))
  if (source === undefined) return failed(`mount: ${target}: special device ${from} does not exist.`, 32)
  const over = call.files.find(call.path(target))
  if (over === undefined) return failed(`mount: ${target}: mount point does not exist.`, 32)
  const { mount, inner, tree } = source
  // A mount of the same files, seen from further down.
  const shared = {
    target: over.path,
    get fstype() {
      return mount.fstype
    },
    get source() {
      return mount.source
    },
    get options() {
      return mount.options
    },
    get files() {
      return tree === mount.files || mount.fstype === 'proc' ? mount.files : tree
    },
  }
  call.files.namespace.add(shared, inner)
  return done()
}

function ofZfs(call: Call, source: string, target: string, options: readonly string[]): Result {
  const { machine } = call.world
  const over = call.files.find(call.path(target))
  if (over === undefined) return failed(`mount: ${target}: mount point does not exist.`, 32)
  return machine.within(call.files.namespace, () => machine.zfs.mount(source, over.path, options))
}

/** A line of fstab(5) for a target. */
function fromFstab(call: Call, target: string): readonly string[] | undefined {
  const lines = (call.world.machine.text('/etc/fstab') ?? '').split('\n').map((line) => line.trim().split(/\s+/))
  return lines.find((fields) => fields[1] === target && !(fields[0] ?? '#').startsWith('#'))
}

const mount: HostCommand = (call) => {
  const given = readOptions(call.args, 't: types: o: options: bind r B')
  if (given.unknown !== undefined) return notInThisLab(`mount ${given.unknown}`)
  if (given.rest.length === 0) return listed(call)
  if (call.account.uid !== 0) return failed(`mount: ${given.rest.at(-1) ?? ''}: must be superuser to use mount.`)
  const options = given
    .values('o', 'options')
    .flatMap((each) => each.split(','))
    .concat(given.has('r') ? ['ro'] : [])
  const [source = '', target] = given.rest
  if (target === undefined) {
    const [device, at, type, more = ''] = fromFstab(call, source) ?? []
    if (device === undefined || at === undefined) return failed(`mount: ${source}: can't find in /etc/fstab.`)
    return type === 'zfs' ? ofZfs(call, device, at, more.split(',')) : notInThisLab(`mount -t ${type ?? ''}`)
  }
  if (given.has('bind', 'B') || options.includes('bind')) return bind(call, source, target)
  const type = given.value('t', 'types')
  if (type === 'zfs') return ofZfs(call, source, target, options)
  if (type === 'tmpfs') {
    const at = call.files.find(call.path(target))
    if (at === undefined) return failed(`mount: ${target}: mount point does not exist.`, 32)
    const tree = emptyTree(call.world.machine.now().getTime())
    call.files.namespace.add({ fstype: 'tmpfs', source, target: at.path, options: ['rw', 'relatime'], files: tree })
    return done()
  }
  return notInThisLab(`mount -t ${type ?? 'auto'}`, 32)
}

const umount: HostCommand = (call) => {
  const options = readOptions(call.args, 'l f R v q')
  if (options.unknown !== undefined) return notInThisLab(`umount ${options.unknown}`)
  if (call.account.uid !== 0) return failed(`umount: ${options.rest[0] ?? ''}: must be superuser to unmount.`, 32)
  for (const given of options.rest) {
    const { namespace } = call.files
    const found = call.files.find(call.path(given))
    const target = found?.path ?? call.path(given)
    const at = namespace.mountedAt(target) ?? namespace.list().findLast((each) => each.source === given)
    if (at === undefined)
      return failed(`umount: ${given}: ${found === undefined ? 'no mount point specified' : 'not mounted'}.`, 32)
    if (options.has('R')) {
      const below = namespace.list().filter((each) => each !== at && isBelow(each.target, at.target))
      for (const each of below.toReversed()) call.world.machine.unmountIn(namespace, each.target)
    }
    if (options.has('l')) namespace.remove(at)
    else if (call.world.machine.unmountIn(namespace, at.target) === 'busy')
      return failed(`umount: ${given}: target is busy.`, 32)
  }
  return done()
}

const mountpoint: HostCommand = (call) => {
  const options = readOptions(call.args, 'q quiet d x')
  const [given = ''] = options.rest
  const say = (text: string): string => (options.has('q', 'quiet') ? '' : text)
  try {
    const found = call.files.find(call.path(given))
    if (found === undefined) return failed(say(`mountpoint: ${given}: No such file or directory`))
    if (call.files.namespace.mountedAt(found.path) !== undefined) return done(say(`${given} is a mountpoint\n`))
    return failed('', 32, say(`${given} is not a mountpoint\n`))
  } catch (error) {
    if (error instanceof FsError) return failed(say(`mountpoint: ${given}: ${reason(error)}`))
    throw error
  }
}

export const mountCommands: Readonly<Record<string, HostCommand>> = { mount, umount, mountpoint }
