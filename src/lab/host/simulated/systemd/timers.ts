// Timers (systemd.timer(5)): by the calendar, or so long after they or the host were started.
import { nextDue } from './calendar.ts'
import type { Systemd } from './systemd.ts'
import { last, spanMs, type UnitFile } from './unit-file.ts'
import type { UnitState } from './unit-state.ts'

/** What a timer starts. */
export const activates = (unit: UnitFile): string =>
  last(unit, 'Timer.Unit') ?? unit.name.replace(/\.timer$/, '.service')

const stampOf = (name: string): string => `/var/lib/systemd/timers/stamp-${name}`

export function startTimer(systemd: Systemd, unit: UnitFile, state: UnitState): void {
  const { clock } = systemd.machine
  const startedMs = clock.monotonicMs()
  systemd.setActive(state, 'active', 'waiting')
  catchUp(systemd, unit, state)
  const spans = [
    { key: 'Timer.OnActiveSec', fromMs: startedMs },
    { key: 'Timer.OnBootSec', fromMs: startedMs - systemd.machine.upMs() },
    { key: 'Timer.OnStartupSec', fromMs: startedMs - systemd.machine.upMs() },
  ].flatMap(({ key, fromMs }) =>
    (unit.values.get(key) ?? []).flatMap((text) => {
      const ms = spanMs(text)
      return ms === undefined ? [] : [fromMs + ms]
    }),
  )
  arm(
    systemd,
    unit,
    state,
    spans.toSorted((a, b) => a - b),
  )
}

/** @param dueMs the times that come once, in the clock that nobody sets */
function arm(systemd: Systemd, unit: UnitFile, state: UnitState, dueMs: readonly number[]): void {
  const { machine } = systemd
  const { clock } = machine
  const now = clock.now()
  const calendar = (unit.values.get('Timer.OnCalendar') ?? [])
    .flatMap((expression) => nextDue(expression, now, machine.timeZone()) ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime())[0]
  const [span, ...later] = dueMs
  const inMs = span === undefined ? undefined : Math.max(0, span - clock.monotonicMs())
  const spanFirst = inMs !== undefined && (calendar === undefined || inMs <= calendar.getTime() - now.getTime())
  const { invocation } = state
  const elapse = async (left: readonly number[]): Promise<void> => {
    if (state.invocation !== invocation || state.active !== 'active') return
    state.lastAt = clock.now()
    stamp(systemd, unit)
    const started = systemd.start(activates(unit))
    arm(systemd, unit, state, left)
    await started
  }
  if (spanFirst) {
    state.nextAt = new Date(now.getTime() + inMs)
    state.alarm = clock.after(inMs, () => elapse(later))
  } else if (calendar !== undefined) {
    state.nextAt = calendar
    state.alarm = clock.at(calendar, () => elapse(dueMs))
  } else {
    state.nextAt = null
    // Nothing is left to wait for.
    if (last(unit, 'Timer.RemainAfterElapse') === 'no') {
      systemd.setActive(state, 'inactive', 'dead')
      systemd.forget(unit.name)
    } else systemd.setActive(state, 'active', 'elapsed')
  }
}

/** A persistent timer that missed a time while it was not active makes up for it at once. */
function catchUp(systemd: Systemd, unit: UnitFile, state: UnitState): void {
  if (last(unit, 'Timer.Persistent') !== 'true' && last(unit, 'Timer.Persistent') !== 'yes') return
  const { machine } = systemd
  const stamped = machine.files().find(stampOf(unit.name))
  if (stamped === undefined) {
    stamp(systemd, unit)
    return
  }
  const lastAt = new Date(stamped.inode.mtimeMs)
  state.lastAt = lastAt
  const missed = (unit.values.get('Timer.OnCalendar') ?? []).some(
    (expression) =>
      (nextDue(expression, lastAt, machine.timeZone())?.getTime() ?? Number.POSITIVE_INFINITY) <=
      machine.now().getTime(),
  )
  if (!missed) return
  stamp(systemd, unit)
  void systemd.start(activates(unit))
}

function stamp({ machine }: Systemd, unit: UnitFile): void {
  if (unit.values.has('Timer.Persistent')) machine.files().write(stampOf(unit.name), new Uint8Array())
}
