// systemd-run(1): commands as units of their own.
import { done, failed, notInThisLab, type HostCommand } from '../shell/command.ts'
import { hexOf } from '../machine.ts'
import { fullUnitName, type UnitFile } from '../systemd/unit-file.ts'
import { readOptions } from './options.ts'

const known =
  'quiet q wait collect G unit: u: on-active: on-calendar: on-boot: timer-property: property: p: description: pipe P no-block uid: r remain-after-exit scope'

/** A word of a command line in a description, which is one line. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text))

/** `NAME=VALUE` as it would stand in a unit file. */
const property = (from: readonly string[], section: string): [string, string[]][] =>
  from.map((each) => [`${section}.${each.slice(0, each.indexOf('='))}`, [each.slice(each.indexOf('=') + 1)]])

export const systemdRun: HostCommand = async (call) => {
  const options = readOptions(call.args, known, true)
  const unsupported =
    options.unknown ?? (options.has('scope') ? '--scope' : options.has('pipe', 'P') ? '--pipe' : undefined)
  if (unsupported !== undefined) return notInThisLab(`systemd-run ${unsupported}`)
  if (call.account.uid !== 0)
    return failed('Failed to start transient service unit: Interactive authentication required.')
  const { systemd, machine } = call.world
  const given = options.value('unit', 'u') ?? `run-r${hexOf(machine.random(16))}`
  const service = fullUnitName(given)
  const timer = service.replace(/\.service$/, '.timer')
  const isTaken = (name: string): boolean =>
    systemd.loaded().includes(name) && systemd.state(name).active !== 'inactive'
  const onActive = options.values('on-active')
  const onCalendar = options.values('on-calendar')
  const isTimer = onActive.length + onCalendar.length > 0
  if (isTaken(service) || (isTimer && isTaken(timer))) {
    const name = isTimer ? timer : service
    return failed(
      `Failed to start transient ${isTimer ? 'timer' : 'service'} unit: Unit ${name} was already loaded or has a fragment file.`,
    )
  }
  const description = options.value('description') ?? options.rest.map(quoted).join(' ')
  const unit: UnitFile = {
    name: service,
    load: 'loaded',
    paths: [`/run/systemd/transient/${service}`],
    command: options.rest,
    values: new Map([
      ['Unit.Description', [description]],
      ...property(options.values('property', 'p'), 'Service'),
      ...(options.has('uid') ? ([['Service.User', [options.value('uid') ?? 'root']]] as [string, string[]][]) : []),
    ]),
  }
  systemd.addTransient(unit)
  if (isTimer) {
    systemd.addTransient({
      name: timer,
      load: 'loaded',
      paths: [`/run/systemd/transient/${timer}`],
      values: new Map([
        ['Unit.Description', [description]],
        ['Timer.OnActiveSec', [...onActive]],
        ['Timer.OnCalendar', [...onCalendar]],
        ['Timer.RemainAfterElapse', ['no']],
        ...property(options.values('timer-property'), 'Timer'),
      ]),
    })
    await systemd.start(timer)
    return {
      stdout: '',
      stderr: options.has('quiet', 'q')
        ? ''
        : `Running timer as unit: ${timer}\nWill run service as unit: ${service}\n`,
      exitCode: 0,
    }
  }
  const state = systemd.state(service)
  state.collect = options.has('collect', 'G')
  const started = await systemd.start(service)
  if (!options.has('wait')) {
    return started.kind === 'done'
      ? { ...done(), stderr: options.has('quiet', 'q') ? '' : `Running as unit: ${service}\n` }
      : failed(`Failed to start transient service unit: ${service}`)
  }
  await state.gone
  return { stdout: '', stderr: '', exitCode: state.exitCode }
}
