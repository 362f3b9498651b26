// snap(1), as far as Rocket.Chat's snap is looked at, started and stopped, and its tools are run.
import { done, failed, notInThisLab, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { backupdb } from '../snap/backup.ts'
import { installed, snapName, snapServices, unitOf } from '../snap/installed.ts'
import { restoredb } from '../snap/restore.ts'

type Verb = (call: Call, names: readonly string[]) => Result | Promise<Result>

/** As snapd's columns stand: two spaces apart. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_name, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

const list: Verb = ({ world }, names) => {
  const found = installed(world.machine)
  if (found === undefined && names.length === 0)
    return failed("No snaps are installed yet. Try 'snap install hello-world'.", 0)
  if (found === undefined || names.some((name) => name !== snapName))
    return failed('error: no matching snaps installed')
  return done(
    columns([
      ['Name', 'Version', 'Rev', 'Tracking', 'Publisher', 'Notes'],
      [snapName, found.version, found.revision, 'latest/stable', 'rocketchat✓', '-'],
    ]),
  )
}

/** The services that are meant by names such as `rocketchat-server` and `rocketchat-server.rocketchat-mongo`. */
function servicesOf({ world }: Call, names: readonly string[]): { services: string[]; unknown?: string } {
  const services: string[] = []
  for (const name of names) {
    const [snap = '', service] = name.split('.')
    if (snap !== snapName || installed(world.machine) === undefined)
      return { services, unknown: `error: snap "${snap}" not found` }
    const meant = snapServices.filter((each) => service === undefined || service === each)
    if (meant.length === 0) return { services, unknown: `error: snap "${snap}" has no service "${service}"` }
    services.push(...meant)
  }
  return { services: [...new Set(services)] }
}

const services: Verb = (call, names) => {
  const { machine, systemd } = call.world
  if (names.length === 0 && installed(machine) === undefined)
    return failed('There are no services provided by installed snaps.', 0)
  const meant = servicesOf(call, names.length === 0 ? [snapName] : names)
  if (meant.unknown !== undefined) return failed(meant.unknown)
  const atBoot = systemd.wantedBy('multi-user.target')
  return done(
    columns([
      ['Service', 'Startup', 'Current', 'Notes'],
      ...meant.services.map((service) => [
        `${snapName}.${service}`,
        atBoot.includes(unitOf(service)) ? 'enabled' : 'disabled',
        systemd.state(unitOf(service)).active === 'active' ? 'active' : 'inactive',
        '-',
      ]),
    ]),
  )
}

const job =
  (verb: 'start' | 'stop' | 'restart', ended: string): Verb =>
  async (call, names) => {
    if (names.length === 0)
      return failed('error: the required argument `<service> (at least 1 argument)` was not provided')
    if (call.account.uid !== 0) return failed('error: access denied (try with sudo)')
    const meant = servicesOf(call, names)
    if (meant.unknown !== undefined) return failed(meant.unknown)
    for (const service of meant.services) {
      const { kind } = await call.world.systemd[verb](unitOf(service))
      if (kind !== 'done')
        return failed(`error: cannot perform the following tasks:\n- ${verb} of [${snapName}.${service}] (${kind})`)
    }
    return done(`${ended}\n`)
  }

const run: Verb = (call, [app = '', ...args]) => {
  const [snap = '', name = ''] = app.split('.')
  if (snap !== snapName || installed(call.world.machine) === undefined)
    return failed(
      `error: cannot find current revision for snap ${snap}: readlink /snap/${snap}/current: no such file or directory`,
    )
  if (name === 'backupdb') return backupdb(call)
  if (name === 'restoredb') return restoredb(call, args[0])
  if (snapServices.some((service) => service === name)) return notInThisLab(`snap run ${app}`)
  return failed(`error: cannot find app "${name}" in "${snap}"`)
}

const verbs: Readonly<Record<string, Verb>> = {
  list,
  services,
  start: job('start', 'Started.'),
  stop: job('stop', 'Stopped.'),
  restart: job('restart', 'Restarted.'),
  run,
}

export const snap: HostCommand = (call) => {
  const [given = '', ...names] = call.args
  const verb = verbs[given]
  const option = given === 'run' ? names[0] : names.find((name) => name.startsWith('-'))
  if (verb === undefined) return notInThisLab(`snap ${given}`.trim())
  return option?.startsWith('-') === true ? notInThisLab(`snap ${given} ${option}`) : verb(call, names)
}
