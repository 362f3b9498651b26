// zfs, zpool and zdb, and zfsnap's script, which is made of them.
import { earliestInstant } from '../../../../text/time.ts'
import { zfsnapName } from '../local-clock.ts'
import { done, failed, notInThisLab, zoneOf, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { zstreamDump } from '../zfs/send-command.ts'
import { readOptions } from './options.ts'

const asRoot =
  (run: HostCommand): HostCommand =>
  (call) =>
    call.account.uid === 0 || ['list', 'get', 'status', 'version', 'holds', 'iostat'].includes(call.args[0] ?? '')
      ? run(call)
      : failed('Permission denied the ZFS utilities must be run as root.')

const changed = (call: Call, result: Result): Result => {
  call.world.machine.changed()
  return result
}

const zfs: HostCommand = asRoot((call) => changed(call, call.world.machine.zfs.zfs(call.args, call.stdinBytes)))

const zpool: HostCommand = asRoot((call) => changed(call, call.world.machine.zfs.zpool(call.args, call.stdinBytes)))

const zdb: HostCommand = ({ args, world }) => world.machine.zfs.zdb(args)

/** `zstream dump [FILE]`: it needs no pool. */
const zstream: HostCommand = (call) => {
  const [what, file] = call.args
  if (what !== 'dump' || file?.startsWith('-') === true) return notInThisLab(`zstream ${call.args.join(' ')}`)
  const found = file === undefined ? undefined : call.files.find(call.path(file))?.inode
  if (file !== undefined && found?.kind !== 'file')
    return failed(`Error while opening file '${file}': No such file or directory`)
  return zstreamDump(found?.kind === 'file' ? Buffer.from(found.content).toString('latin1') : call.stdinBytes)
}

const day = 86_400
const ttlUnits: Readonly<Record<string, number>> = {
  y: 365 * day,
  m: 30 * day,
  w: 7 * day,
  d: day,
  h: 3600,
  M: 60,
  s: 1,
}

/** When zfsnap lets go of a snapshot, in milliseconds; undefined for one that is not its own. */
function endOf(name: string, zone: string): number | undefined {
  const [, date = '', time = '', ttl = ''] =
    /^(\d{4}-\d\d-\d\d)_(\d\d\.\d\d\.\d\d)--((?:\d+[ymwdhMs])+)$/.exec(name) ?? []
  if (date === '') return undefined
  const seconds = [...ttl.matchAll(/(\d+)([ymwdhMs])/g)].reduce(
    (sum, [, n, unit = '']) => sum + Number(n) * (ttlUnits[unit] ?? 0),
    0,
  )
  return earliestInstant(`${date}T${time.replaceAll('.', ':')}`, zone).getTime() + seconds * 1000
}

/** zfSnap 1.11, as far as `-e -z -a TTL -r FS` and `-d` go. */
const zfSnap: HostCommand = (call) => {
  const options = readOptions(call.args, 'e z v d a: r R:')
  if (options.unknown !== undefined) return notInThisLab(`zfSnap ${options.unknown}`)
  const { machine } = call.world
  const zone = zoneOf(call)
  const output: Result[] = []
  const run = (...args: string[]): void => {
    output.push(machine.zfs.zfs(args, ''))
  }
  if (options.has('d')) {
    const listed = machine.zfs.zfs(['list', '-H', '-t', 'snapshot', '-o', 'name'], '')
    for (const name of listed.stdout.split('\n')) {
      const end = endOf(name.split('@')[1] ?? '', zone)
      if (end !== undefined && end < machine.now().getTime()) run('destroy', name)
    }
  }
  const now = machine.now().getTime()
  const name = zfsnapName(new Date(options.has('z') ? now - (now % 60_000) : now), zone, options.value('a') ?? '1m')
  for (const dataset of options.rest) run('snapshot', ...(options.has('r') ? ['-r'] : []), `${dataset}@${name}`)
  machine.changed()
  return {
    stdout: output.map((each) => each.stdout).join(''),
    stderr: output.map((each) => each.stderr).join(''),
    exitCode: output.some((each) => each.exitCode !== 0) ? 1 : 0,
  }
}

const modinfo: HostCommand = ({ args, files }) =>
  args.at(-1) === 'zfs' && files.find('/sys/module/zfs/version') !== undefined
    ? done('2.1.11-1+deb12u1\n')
    : failed(`modinfo: ERROR: Module ${args.at(-1) ?? ''} not found.`)

export const zfsCommands: Readonly<Record<string, HostCommand>> = { zfs, zpool, zdb, zstream, zfSnap, modinfo }
