// What is left: processes, the host's power, help.
import { done, failed, notInThisLab, type Call, type HostCommand } from '../shell/command.ts'
import { isBelow } from '../files/namespace.ts'
import { tabular } from './findmnt.ts'
import { readOptions } from './options.ts'

const logger: HostCommand = ({ args, world, account, process }) => {
  const options = readOptions(args, 't: p: s')
  world.systemd.log('', options.rest.join(' '), options.value('t') ?? account.name, process.pid)
  return done()
}

const ps: HostCommand = ({ args, world }) => {
  const options = readOptions(
    args.map((arg) => (arg === 'aux' || arg === 'ax' ? '-e' : arg)),
    'e f A o: p: no-headers C:',
  )
  if (options.unknown !== undefined) return notInThisLab(`ps ${options.unknown}`)
  const columns = (options.value('o') ?? 'pid,user,unit,args').split(',').map((each) => each.replace(/=$/, ''))
  const wanted = options.value('p')?.split(',')
  const rows = world.machine.table
    .all()
    .filter(
      (each) =>
        (wanted === undefined || wanted.includes(String(each.pid))) &&
        (options.value('C') === undefined || each.comm === options.value('C')),
    )
    .map((each) => {
      const all: Readonly<Record<string, string>> = {
        pid: String(each.pid),
        user: String(each.uid),
        unit: each.unit ?? '-',
        args: each.command,
        cmd: each.command,
        comm: each.comm,
      }
      return Object.fromEntries(columns.map((name) => [name.toUpperCase(), all[name] ?? '-']))
    })
  const bare = options.has('no-headers') || (options.value('o') ?? '').endsWith('=')
  return {
    ...done(
      tabular(
        columns.map((name) => name.toUpperCase()),
        rows,
        !bare,
        ['PID'],
      ),
    ),
    exitCode: rows.length === 0 ? 1 : 0,
  }
}

const usersOf = ({ world, files }: Call, path: string) => {
  const found = files.find(path)
  return world.machine.table
    .all()
    .filter((each) => found !== undefined && each.open.some((open) => isBelow(open, found.path)))
}

const fuser: HostCommand = (call) => {
  const options = readOptions(call.args, 'm v M')
  const pids = options.rest.flatMap((path) => usersOf(call, call.path(path)).map(({ pid }) => pid))
  return {
    ...done(pids.length === 0 ? '' : ` ${pids.join(' ')}`),
    stderr: pids.length === 0 ? '' : `${options.rest.join(' ')}:`,
    exitCode: pids.length === 0 ? 1 : 0,
  }
}

const lsof: HostCommand = (call) => {
  const options = readOptions(call.args, 't n P D')
  const rows = options.rest.flatMap((path) =>
    usersOf(call, call.path(path)).flatMap((each) =>
      each.open.map((name) => ({ COMMAND: each.comm, PID: String(each.pid), USER: String(each.uid), NAME: name })),
    ),
  )
  if (rows.length === 0) return failed('')
  return done(
    options.has('t')
      ? `${[...new Set(rows.map(({ PID }) => PID))].join('\n')}\n`
      : tabular(['COMMAND', 'PID', 'USER', 'NAME'], rows, true, ['PID']),
  )
}

const ss: HostCommand = ({ args, world }) => {
  if (!args.every((arg) => /^-[tlnpH46]+$/.test(arg))) return notInThisLab(`ss ${args.join(' ')}`)
  const ports = [22, ...world.machine.services.keys()]
  return done(
    `State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n${ports.map((port) => `LISTEN 0      128          0.0.0.0:${port}       0.0.0.0:*\n`).join('')}`,
  )
}

const crontab: HostCommand = (call) => {
  const options = readOptions(call.args, 'l u:')
  const name = options.value('u') ?? call.account.name
  if (!options.has('l')) return notInThisLab('crontab, but for crontab -l,')
  const text = call.world.machine.text(`/var/spool/cron/crontabs/${name}`)
  return text === undefined ? failed(`no crontab for ${name}`) : done(text)
}

const powers =
  (what: 'reboot' | 'poweroff'): HostCommand =>
  ({ account, world }) => {
    if (account.uid !== 0)
      return failed(`Call to ${what === 'reboot' ? 'Reboot' : 'PowerOff'} failed: Interactive authentication required.`)
    world.machine.power(what)
    return done()
  }

const udevadm: HostCommand = ({ args }) =>
  ['settle', 'trigger', 'control', 'wait'].includes(args[0] ?? '') ? done() : notInThisLab(`udevadm ${args[0] ?? ''}`)

const help: HostCommand = (call) => {
  const own = call.world.machine
    .files()
    .list('/usr/sbin')
    .concat(
      'systemctl, journalctl, systemd-run, crontab, lsblk, findmnt, mount, umount, df, curl, id, date, sudo, ps, ss'.split(
        ', ',
      ),
    )
  return done(
    `This is a host of the lab: a model in a program, not a machine. What is here answers as a real host would:\n\n` +
      `  ZFS        zfs list · zpool status · zpool import · zfs list -t snapshot · ls /tank/chat/.zfs/snapshot\n` +
      `  services   systemctl status chat · journalctl -u chat · systemctl list-timers · curl 127.0.0.1:6680\n` +
      `  disks      lsblk · findmnt · mount · df -h\n` +
      `  files      ls, cat, cp, mv, rm, find, grep, sed, awk, sort, tar and others\n\n` +
      `All of it: ${own.toSorted().join(', ')}.\n` +
      `What is not here says that it is "not in this lab".\n`,
  )
}

export const systemCommands: Readonly<Record<string, HostCommand>> = {
  logger,
  ps,
  fuser,
  lsof,
  ss,
  crontab,
  udevadm,
  'lab-help': help,
  reboot: powers('reboot'),
  poweroff: powers('poweroff'),
}
