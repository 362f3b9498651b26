// systemctl(1).
import { FsError } from '../files/fs-error.ts'
import { strftime } from '../local-clock.ts'
import { mkdirs } from '../machine.ts'
import { done, failed, notInThisLab, zoneOf, type Call, type HostCommand, type Result } from '../shell/command.ts'
import type { JobResult } from '../systemd/systemd.ts'
import { fullUnitName, words } from '../systemd/unit-file.ts'
import { globToRegExp } from './glob.ts'
import { journalLines } from './journalctl.ts'
import { tabular } from './findmnt.ts'
import { readOptions, type Options } from './options.ts'
import { properties } from './systemctl-show.ts'

type Verb = (call: Call, names: readonly string[], options: Options) => Result | Promise<Result>

const unitsOf = (call: Call, names: readonly string[]): string[] =>
  names.flatMap((name) =>
    /[*?[]/.test(name)
      ? call.world.systemd.loaded().filter((each) => globToRegExp(name).test(each))
      : [fullUnitName(name)],
  )

function told(verb: string, name: string, result: JobResult): string | undefined {
  if (result.kind === 'done') return undefined
  if (result.kind === 'not-found')
    return `Failed to ${verb} ${name}: Unit ${name} not ${verb === 'stop' ? 'loaded' : 'found'}.`
  if (result.kind === 'masked') return `Failed to ${verb} ${name}: Unit ${name} is masked.`
  if (result.why === 'dependency') return `A dependency job for ${name} failed. See 'journalctl -xe' for details.`
  return `Job for ${name} failed${result.why === '' ? '' : ` ${result.why}`}.\nSee "systemctl status ${name}" and "journalctl -xeu ${name}" for details.`
}

const asRoot =
  (verb: Verb): Verb =>
  (call, names, options) =>
    call.account.uid === 0
      ? verb(call, names, options)
      : failed(
          `Failed to ${call.args[0] ?? 'act'}: Interactive authentication required.\nSee system logs and 'systemctl status' for details.`,
        )

const job = (verb: 'start' | 'stop' | 'restart'): Verb =>
  asRoot(async (call, names, options) => {
    const { systemd } = call.world
    const jobs = unitsOf(call, names).map(async (name) => {
      const act = {
        start: () => systemd.start(name),
        stop: () => systemd.stop(name),
        restart: () => systemd.restart(name),
      }[verb]
      const running = act()
      return { name, result: options.has('no-block') ? ({ kind: 'done' } as const) : await running }
    })
    const ended = await Promise.all(jobs)
    const said = ended.flatMap(({ name, result }) => told(verb === 'restart' ? 'restart' : verb, name, result) ?? [])
    const missing = ended.some(({ result }) => result.kind === 'not-found')
    return said.length === 0 ? done() : failed(said.join('\n'), missing ? 5 : 1)
  })

const show: Verb = (call, names, options) => {
  const asked = options.values('p', 'property').flatMap((each) => each.split(','))
  const blocks = unitsOf(call, names).map((name) => {
    const all = properties(call.world.systemd, name)
    // In the order that systemd keeps, not in that of the question.
    const shown = Object.entries(all).filter(([key]) => asked.length === 0 || asked.includes(key))
    return shown.map(([key, value]) => (options.has('value') ? `${value}\n` : `${key}=${value}\n`)).join('')
  })
  return done(blocks.join('\n'))
}

const isOne =
  (good: readonly string[], of: (call: Call, name: string) => string, otherwise: number): Verb =>
  (call, names, options) => {
    const states = unitsOf(call, names).map((name) => of(call, name))
    const text = options.has('q', 'quiet') ? '' : states.map((each) => `${each}\n`).join('')
    return { stdout: text, stderr: '', exitCode: states.some((each) => good.includes(each)) ? 0 : otherwise }
  }

const active = (call: Call, name: string): string => call.world.systemd.state(name).active

const enabled = (call: Call, name: string): string => properties(call.world.systemd, name)['UnitFileState'] ?? ''

const status: Verb = (call, names) => {
  const { systemd, machine } = call.world
  const found = unitsOf(call, names)
  const blocks = found.map((name) => {
    const unit = systemd.file(name)
    if (unit.load === 'not-found' && systemd.state(name).active === 'inactive')
      return { text: '', said: `Unit ${name} could not be found.`, code: 4 }
    const state = systemd.state(name)
    const all = properties(systemd, name)
    const mark = { active: '●', failed: '×', inactive: '○', activating: '●', deactivating: '●' }[state.active]
    const since = state.changedAt === null ? '' : ` since ${all['StateChangeTimestamp'] ?? ''}`
    const why = `${state.active === 'failed' ? '' : ` (${state.sub})`}${state.result === 'success' ? '' : ` (Result: ${state.result})`}`
    const loaded =
      unit.load === 'masked'
        ? `masked (Reason: Unit ${name} is masked.)`
        : `loaded (${unit.paths[0] ?? 'transient'}; ${all['UnitFileState'] ?? ''}; preset: enabled)`
    const members = machine.table.all().filter((each) => each.unit === name)
    const lines = [
      `${mark} ${systemd.titled(name)}`,
      `     Loaded: ${loaded}`,
      ...(unit.paths.length > 1 ? [`    Drop-In: ${unit.paths.slice(1).join(', ')}`] : []),
      `     Active: ${state.active}${why}${since}`,
      ...(state.conditionMet === false ? ['  Condition: start condition failed'] : []),
      ...(state.nextAt === null
        ? []
        : [
            `    Trigger: ${strftime('%a %F %T %Z', state.nextAt, zoneOf(call))}; ${strftime('%Hh %Mmin', new Date(state.nextAt.getTime() - machine.now().getTime()), 'UTC')} left`,
          ]),
      ...(name.endsWith('.timer') ? [`   Triggers: ● ${all['Unit'] ?? ''}`] : []),
      ...(state.mainPid === 0
        ? []
        : [
            `   Main PID: ${state.mainPid} (${machine.table.all().find((each) => each.pid === state.mainPid)?.comm ?? ''})`,
          ]),
      ...(state.statusText === '' ? [] : [`     Status: "${state.statusText}"`]),
      ...(members.length === 0 ? [] : [`     CGroup: ${members[0]?.cgroup ?? ''}`]),
      ...members.map(
        ({ pid, command }, at) => `             ${at === members.length - 1 ? '└' : '├'}─${pid} ${command}`,
      ),
      '',
      ...journalLines(call, { units: [name], most: 10, format: 'short', since: state.begunAt ?? undefined }),
    ]
    return {
      text: `${lines.join('\n')}\n`,
      said: '',
      code: state.active === 'active' || state.active === 'activating' ? 0 : 3,
    }
  })
  return {
    stdout: blocks
      .map(({ text }) => text)
      .filter((text) => text !== '')
      .join('\n'),
    stderr: blocks.flatMap(({ said }) => (said === '' ? [] : [`${said}\n`])).join(''),
    exitCode: blocks.find(({ code }) => code !== 0)?.code ?? 0,
  }
}

const listUnits: Verb = (call, names, options) => {
  const { systemd } = call.world
  const type = options.value('t', 'type')
  const states = options.value('state')?.split(',')
  const rows = systemd.loaded().flatMap((name) => {
    const { active: is, sub } = systemd.state(name)
    const fits =
      (type === undefined || type.split(',').some((each) => name.endsWith(`.${each}`))) &&
      (names.length === 0 || names.some((pattern) => globToRegExp(pattern).test(name))) &&
      (states === undefined
        ? options.has('a', 'all') || is !== 'inactive'
        : states.includes(is) || states.includes(sub))
    return fits
      ? [{ UNIT: name, LOAD: systemd.file(name).load, ACTIVE: is, SUB: sub, DESCRIPTION: systemd.description(name) }]
      : []
  })
  const legend = !options.has('no-legend')
  const text = tabular(['UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION'], rows, legend)
  return done(legend ? `${text}\n${rows.length} loaded units listed.\n` : rows.length === 0 ? '' : text)
}

const listTimers: Verb = (call, _names, options) => {
  const { systemd } = call.world
  const zone = zoneOf(call)
  const time = (date: Date | null): string => (date === null ? '-' : strftime('%F %T %Z', date, zone))
  const rows = systemd
    .loaded()
    .filter((name) => name.endsWith('.timer') && (options.has('a', 'all') || systemd.state(name).active === 'active'))
    .map((name) => {
      const { nextAt, lastAt } = systemd.state(name)
      return { NEXT: time(nextAt), LAST: time(lastAt), UNIT: name, ACTIVATES: properties(systemd, name)['Unit'] ?? '' }
    })
  return done(tabular(['NEXT', 'LAST', 'UNIT', 'ACTIVATES'], rows, !options.has('no-legend')))
}

const cat: Verb = (call, names) => {
  const { systemd, machine } = call.world
  const missing = unitsOf(call, names).find((name) => systemd.file(name).load === 'not-found')
  if (missing !== undefined) return failed(`No files found for ${missing}.`)
  const paths = unitsOf(call, names).flatMap((name) => systemd.file(name).paths)
  return done(paths.map((path) => `# ${path}\n${machine.text(path) ?? ''}`).join('\n'))
}

const linkIn = (call: Call, name: string): string[] =>
  words(call.world.systemd.file(name), 'Install.WantedBy').map(
    (target) => `/etc/systemd/system/${target}.wants/${name}`,
  )

const enable: Verb = asRoot(async (call, names, options) => {
  const said: string[] = []
  for (const name of unitsOf(call, names)) {
    const unit = call.world.systemd.file(name)
    if (unit.load !== 'loaded')
      return failed(
        `Failed to enable unit: Unit file ${name} ${unit.load === 'masked' ? 'is masked' : 'does not exist'}.`,
      )
    for (const link of linkIn(call, name)) {
      if (call.files.find(link, false) !== undefined) continue
      mkdirs(call.files, link.slice(0, link.lastIndexOf('/')))
      call.files.symlink(unit.paths[0] ?? '', link)
      said.push(`Created symlink ${link} → ${unit.paths[0] ?? ''}.`)
    }
    if (options.has('now')) await call.world.systemd.start(name)
  }
  return { stdout: '', stderr: said.map((each) => `${each}\n`).join(''), exitCode: 0 }
})

const disable: Verb = asRoot(async (call, names, options) => {
  const said: string[] = []
  for (const name of unitsOf(call, names)) {
    for (const link of linkIn(call, name)) {
      if (call.files.find(link, false) === undefined) continue
      call.files.remove(link)
      said.push(`Removed "${link}".`)
    }
    if (options.has('now')) await call.world.systemd.stop(name)
  }
  return { stdout: '', stderr: said.map((each) => `${each}\n`).join(''), exitCode: 0 }
})

const mask: Verb = asRoot((call, names) => {
  for (const name of unitsOf(call, names)) {
    const at = `/etc/systemd/system/${name}`
    const found = call.files.find(at, false)
    if (found?.inode.kind === 'file') return failed(`Failed to mask unit: File ${at} already exists.`)
    if (found === undefined) call.files.symlink('/dev/null', at)
  }
  call.world.systemd.reload()
  return done()
})

const unmask: Verb = asRoot((call, names) => {
  for (const name of unitsOf(call, names)) {
    const at = `/etc/systemd/system/${name}`
    const found = call.files.find(at, false)
    if (found?.inode.kind === 'link' && call.files.readlink(at) === '/dev/null') call.files.remove(at)
  }
  call.world.systemd.reload()
  return done()
})

const power = (what: 'reboot' | 'poweroff'): Verb =>
  asRoot((call) => {
    call.world.machine.power(what)
    return done()
  })

const verbs: Readonly<Record<string, Verb>> = {
  start: job('start'),
  stop: job('stop'),
  restart: job('restart'),
  show,
  status,
  cat,
  enable,
  disable,
  mask,
  unmask,
  reboot: power('reboot'),
  poweroff: power('poweroff'),
  halt: power('poweroff'),
  'is-active': isOne(['active'], active, 3),
  'is-failed': isOne(['failed'], active, 1),
  'is-enabled': isOne(['enabled', 'static'], enabled, 1),
  'is-system-running': () => done('running\n'),
  'list-units': listUnits,
  'list-timers': listTimers,
  'daemon-reload': asRoot((call) => {
    call.world.systemd.reload()
    return done()
  }),
  'reset-failed': asRoot((call, names) => {
    const { systemd } = call.world
    const all = names.length === 0 ? systemd.loaded() : unitsOf(call, names)
    const missing = all.filter(
      (name) => systemd.file(name).load === 'not-found' && systemd.state(name).active === 'inactive',
    )
    for (const name of all) if (!missing.includes(name)) systemd.resetFailed(name)
    return missing.length === 0
      ? done()
      : failed(
          missing.map((name) => `Failed to reset failed state of unit ${name}: Unit ${name} not loaded.`).join('\n'),
        )
  }),
  kill: asRoot((call, names) => {
    for (const name of unitsOf(call, names)) call.world.systemd.kill(name)
    return done()
  }),
}

const known =
  'p: property: value q quiet t: type: state: a all plain no-legend full l no-pager n: lines: now no-block s: signal: kill-whom: system f force'

export const systemctl: HostCommand = (call) => {
  const options = readOptions(call.args, known)
  if (options.unknown !== undefined) return failed(`systemctl: unrecognized option '${options.unknown}'`)
  const [given = 'list-units', ...names] = options.rest
  const verb = verbs[given]
  if (verb === undefined) return notInThisLab(`systemctl ${given}`)
  try {
    return verb(call, names, options)
  } catch (error) {
    if (error instanceof FsError) return failed(`Failed: ${error.message}`)
    throw error
  }
}
