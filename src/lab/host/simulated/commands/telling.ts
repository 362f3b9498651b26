// What is told of files: stat and du of coreutils.
import { joined } from '../files/namespace.ts'
import { strftime } from '../local-clock.ts'
import { notInThisLab, zoneOf, type HostCommand } from '../shell/command.ts'
import { sizeOf } from '../shell/shell-fs.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { forEach } from './for-each.ts'
import { readOptions } from './options.ts'

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

export const tellingCommands: Readonly<Record<string, HostCommand>> = { stat, du }
