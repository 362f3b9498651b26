// The properties of units, as `systemctl show` prints them.
import { strftime } from '../local-clock.ts'
import { activates } from '../systemd/timers.ts'
import type { Systemd } from '../systemd/systemd.ts'
import { last, words } from '../systemd/unit-file.ts'

/** All that there is here, in one order. */
export function properties(systemd: Systemd, name: string): Readonly<Record<string, string>> {
  const zone = systemd.machine.timeZone()
  const timestamp = (date: Date | null): string => (date === null ? '' : strftime('%a %F %T %Z', date, zone))
  const unit = systemd.file(name)
  const state = systemd.state(name)
  const [fragment = '', ...dropIns] = unit.paths
  const isEnabled = ['multi-user.target', 'timers.target'].some((target) => systemd.wantedBy(target).includes(name))
  return {
    ...(name.endsWith('.timer')
      ? {
          Unit: activates(unit),
          NextElapseUSecRealtime: timestamp(state.nextAt),
          LastTriggerUSec: timestamp(state.lastAt),
          Result: state.result,
        }
      : {}),
    ...(name.endsWith('.service')
      ? {
          Type: last(unit, 'Service.Type') ?? 'simple',
          Restart: last(unit, 'Service.Restart') ?? 'no',
          MainPID: String(state.mainPid),
          StatusText: state.statusText,
          Result: state.result,
          NRestarts: String(state.restarts),
          ExecMainStatus: String(state.exitCode),
          User: last(unit, 'Service.User') ?? '',
          Group: last(unit, 'Service.Group') ?? '',
          DynamicUser: last(unit, 'Service.DynamicUser') ?? 'no',
          WorkingDirectory: last(unit, 'Service.WorkingDirectory') ?? '',
        }
      : {}),
    Id: name,
    Names: name,
    Requires: words(unit, 'Unit.Requires').join(' '),
    Wants: words(unit, 'Unit.Wants').join(' '),
    After: words(unit, 'Unit.After').join(' '),
    Before: words(unit, 'Unit.Before').join(' '),
    RequiresMountsFor: words(unit, 'Unit.RequiresMountsFor').join(' '),
    Description: systemd.description(name),
    LoadState: unit.load,
    ActiveState: state.active,
    SubState: state.sub,
    FragmentPath: fragment,
    DropInPaths: dropIns.join(' '),
    UnitFileState:
      unit.load === 'masked' ? 'masked' : unit.load === 'not-found' ? '' : isEnabled ? 'enabled' : 'static',
    ActiveEnterTimestamp: timestamp(state.activeAt),
    StateChangeTimestamp: timestamp(state.changedAt),
    ConditionResult: state.conditionMet === true ? 'yes' : 'no',
    InvocationID: state.invocation,
  }
}
