// Who and where: users, names, times.
import { earliestInstant } from '../../../../text/time.ts'
import { strftime } from '../local-clock.ts'
import { accountsIn, groupsIn } from '../users.ts'
import { done, failed, notInThisLab, zoneOf, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { readOptions } from './options.ts'

const accounts = ({ world }: Call) => accountsIn(world.machine.text('/etc/passwd') ?? '')
const groups = ({ world }: Call) => groupsIn(world.machine.text('/etc/group') ?? '')

const id: HostCommand = (call) => {
  const options = readOptions(call.args, 'u g n G r')
  const name = options.rest[0] ?? call.account.name
  const account = accounts(call).find((each) => each.name === name)
  if (account === undefined) return failed(`id: ‘${name}’: no such user`)
  const groupName = groups(call).find((each) => each.gid === account.gid)?.name ?? String(account.gid)
  if (options.has('u')) return done(`${options.has('n') ? account.name : account.uid}\n`)
  if (options.has('g', 'G')) return done(`${options.has('n') ? groupName : account.gid}\n`)
  const own = `${account.gid}(${groupName})`
  return done(`uid=${account.uid}(${account.name}) gid=${own} groups=${own}\n`)
}

const getent: HostCommand = (call) => {
  const [database = '', ...keys] = call.args
  const lines =
    database === 'passwd'
      ? accounts(call).map((each) => ({ names: [each.name, String(each.uid)], line: each.line }))
      : database === 'group'
        ? groups(call).map((each) => ({ names: [each.name, String(each.gid)], line: each.line }))
        : database === 'hosts'
          ? (call.world.machine.text('/etc/hosts') ?? '')
              .split('\n')
              .map((line) => ({ names: line.split(/\s+/).slice(1), line }))
          : undefined
  if (lines === undefined) return notInThisLab(`getent ${database}`)
  const found = keys.length === 0 ? lines : keys.flatMap((key) => lines.find(({ names }) => names.includes(key)) ?? [])
  const text = found.map(({ line }) => `${line}\n`).join('')
  return found.length < keys.length ? { stdout: text, stderr: '', exitCode: 2 } : done(text)
}

/** useradd and groupadd, as an operator adds an owner that is unknown. */
const useradd: HostCommand = (call) => {
  const options = readOptions(
    call.args,
    'm create-home M no-create-home s: shell: u: uid: r system d: home-dir: g: gid: U',
  )
  const [name] = options.rest
  if (options.unknown !== undefined || name === undefined)
    return notInThisLab(`useradd ${options.unknown ?? ''}`.trim())
  if (call.account.uid !== 0) return failed('useradd: Permission denied.')
  if (accounts(call).some((each) => each.name === name)) return failed(`useradd: user '${name}' already exists`, 9)
  const free = (from: number): number =>
    Array.from({ length: 9000 }, (_none, at) => from + at).find((each) =>
      accounts(call).every(({ uid }) => uid !== each),
    ) ?? from
  const uid = Number(options.value('u', 'uid') ?? free(1000))
  const home = options.value('d', 'home-dir') ?? `/home/${name}`
  const append = (path: string, line: string): void =>
    call.files.write(path, new TextEncoder().encode(`${line}\n`), true)
  append('/etc/passwd', `${name}:x:${uid}:${uid}::${home}:${options.value('s', 'shell') ?? '/bin/sh'}`)
  append('/etc/group', `${name}:x:${uid}:`)
  if (options.has('m', 'create-home') && call.files.find(home) === undefined) {
    call.files.mkdir(home)
    call.files.change(home, { uid, gid: uid })
  }
  return done()
}

const groupadd: HostCommand = (call) => {
  const options = readOptions(call.args, 'g: gid: r system')
  const [name] = options.rest
  if (options.unknown !== undefined || name === undefined)
    return notInThisLab(`groupadd ${options.unknown ?? ''}`.trim())
  if (groups(call).some((each) => each.name === name)) return failed(`groupadd: group '${name}' already exists`, 9)
  call.files.write('/etc/group', new TextEncoder().encode(`${name}:x:${options.value('g', 'gid') ?? '1100'}:\n`), true)
  return done()
}

const hostname: HostCommand = ({ world }) => done(`${(world.machine.text('/etc/hostname') ?? 'localhost').trim()}\n`)

const uname: HostCommand = (call) => {
  const release = '6.1.0-41-cloud-amd64'
  const options = readOptions(call.args, 'a r s n m v o')
  if (options.has('a'))
    return done(
      `Linux ${(call.world.machine.text('/etc/hostname') ?? '').trim()} ${release} #1 SMP PREEMPT_DYNAMIC Debian x86_64 GNU/Linux\n`,
    )
  return done(`${options.has('r') ? release : options.has('m') ? 'x86_64' : 'Linux'}\n`)
}

const timedatectl: HostCommand = ({ args, world: { machine } }) => {
  const zone = machine.timeZone()
  const options = readOptions(args, 'p: property: value')
  if (options.rest[0] === 'show') return done(options.has('value') ? `${zone}\n` : `Timezone=${zone}\n`)
  if (options.rest.length > 0) return notInThisLab(`timedatectl ${options.rest.join(' ')}`)
  const now = machine.now()
  return done(
    [
      `               Local time: ${strftime('%a %F %T %Z', now, zone)}`,
      `           Universal time: ${strftime('%a %F %T UTC', now, 'UTC')}`,
      `                Time zone: ${zone} (${strftime('%Z, %z', now, zone)})`,
      '',
    ].join('\n'),
  )
}

/** `@SECONDS`, an ISO time, `now`. */
function given(text: string, now: Date, zone: string): Date {
  if (text === 'now') return now
  if (text.startsWith('@')) return new Date(Number(text.slice(1)) * 1000)
  if (/[zZ]|[+-]\d\d:?\d\d$/.test(text)) return new Date(text)
  const local = new Date(`${text.replace(' ', 'T')}${text.includes(':') ? '' : 'T00:00:00'}Z`)
  return Number.isNaN(local.getTime()) ? local : earliestInstant(local.toISOString().slice(0, 19), zone)
}

const date: HostCommand = (call) => {
  const { args, world, account, files, path } = call
  const options = readOptions(args, 'u utc d: date: s: set: r: R I?')
  if (options.unknown !== undefined) return notInThisLab(`date ${options.unknown}`)
  const zone = options.has('u', 'utc') ? 'UTC' : zoneOf(call)
  const now = world.machine.now()
  const set = options.value('s', 'set')
  const reference = options.value('r')
  const at =
    reference === undefined
      ? given(set ?? options.value('d', 'date') ?? 'now', now, zone)
      : new Date(files.must(path(reference)).inode.mtimeMs)
  if (Number.isNaN(at.getTime())) return failed(`date: invalid date ‘${set ?? options.value('d', 'date') ?? ''}’`)
  if (set !== undefined) {
    if (account.uid !== 0) return failed('date: cannot set date: Operation not permitted')
    world.machine.clock.set(at)
  }
  const [format] = options.rest
  const shown = (pattern: string): Result => done(`${strftime(pattern, at, zone)}\n`)
  if (format?.startsWith('+') === true) return shown(format.slice(1))
  if (options.has('I')) return shown(options.value('I')?.startsWith('s') === true ? '%FT%T%:z' : '%F')
  return shown(options.has('R') ? '%a, %d %b %Y %T %z' : '%a %b %e %T %Z %Y')
}

const uptime: HostCommand = (call) =>
  done(
    ` ${strftime('%T', call.world.machine.now(), zoneOf(call))} up ${Math.floor(call.world.machine.upMs() / 60_000)} min,  1 user,  load average: 0.00, 0.00, 0.00\n`,
  )

const zgenhostid: HostCommand = ({ args, account, files }) => {
  const options = readOptions(args, 'f')
  const [wanted = ''] = options.rest
  if (!options.has('f') || !/^[0-9a-f]{8}$/.test(wanted))
    return notInThisLab('zgenhostid, but for zgenhostid -f HOSTID,')
  if (account.uid !== 0) return failed('zgenhostid: failed to open /etc/hostid: Permission denied')
  files.write('/etc/hostid', new Uint8Array(Buffer.from(wanted, 'hex')).toReversed())
  return done()
}

export const identityCommands: Readonly<Record<string, HostCommand>> = {
  id,
  getent,
  useradd,
  groupadd,
  hostname,
  uname,
  timedatectl,
  date,
  uptime,
  whoami: ({ account }) => done(`${account.name}\n`),
  zgenhostid,
  hostid: ({ world }) => done(`${world.machine.hostid}\n`),
  nproc: () => done('2\n'),
}
