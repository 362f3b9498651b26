// What a channel program can call: zfs-program(8).
import { EEXIST, EINVAL, ENOENT, ENOSPC, EPERM } from './destroy.ts'
import { LuaError, type LuaFunction, type LuaTable, type LuaValue } from './lua.ts'
import { badName, childrenOf, clonesOf, nameOf, placeName, placeOf, type Place } from './names.ts'
import { slop } from './pool-size.ts'
import { rootOf } from './places.ts'
import { tasksOf, type Context, type Task } from './program-tasks.ts'
import { properties, propertyNamed } from './property-table.ts'
import { userPropertiesOf, valueOf } from './property-values.ts'
import { available, measureAnew } from './space.ts'

/** The arguments as a list: they may come in a table, with names. */
function spread(args: readonly LuaValue[]): { list: LuaValue[]; named: LuaTable } {
  const [first] = args
  if (!(first instanceof Map)) return { list: [...args], named: new Map() }
  const list = Array.from({ length: first.size }, (_none, at) => first.get(String(at + 1)))
  return { list, named: first }
}

function nameFrom(args: readonly LuaValue[], at = 0): string {
  const name = spread(args).list[at]
  if (typeof name !== 'string')
    throw new LuaError(
      `bad argument #${at + 1} (string expected, got ${name === undefined ? 'no value' : typeof name})`,
    )
  return name
}

function found({ host, imported }: Context, name: string): Place {
  if (name.split(/[/@#]/)[0] !== imported.name)
    throw new LuaError(`dataset '${name}' is not in the target pool '${imported.name}'`)
  const place = placeOf(host, name)
  if (place === undefined) throw new LuaError(`bad argument #1 to 'get_prop' (no such dataset '${name}')`)
  return place
}

/** An iterator over names, as `for … in` takes it. */
function each(names: readonly string[]): LuaValue[] {
  let at = 0
  return [() => [names[at++]]]
}

const listing =
  (context: Context, names: (place: Place) => readonly string[]): LuaFunction =>
  (args) =>
    each(names(found(context, nameFrom(args))))

function getProp(context: Context, args: readonly LuaValue[]): LuaValue[] {
  const place = found(context, nameFrom(args))
  const name = nameFrom(args, 1)
  // The kernel's own, which zfs(8) doesn't know.
  if (name === 'prevsnap') {
    const newest = place.snapshot === undefined ? place.dataset.snapshots.at(-1) : undefined
    return newest === undefined ? [undefined] : [`${placeName(place)}@${newest.name}`, undefined]
  }
  const property = propertyNamed(name)
  // Only what the kernel knows: whether something is mounted is none of it.
  if (property?.name === 'mounted') return [undefined]
  const { exact, source } = valueOf(context.host, place, property?.name ?? name)
  if (exact === '-') return [undefined]
  const numeric = (property !== undefined && property.type !== 'text') || name.startsWith('written@')
  const from =
    source === '-'
      ? undefined
      : source.startsWith('inherited from ')
        ? source.slice(15)
        : source === 'default'
          ? 'default'
          : placeName(place)
  return [numeric ? Number(exact) : exact, from]
}

const EXDEV = 18

const poolOf = (name: string): string => name.split(/[/@#]/)[0] ?? ''

/** Whether it is a snapshot's name, of a dataset that is there. */
const isSnapshotOfOne = ({ host }: Context, name: string): boolean =>
  name.includes('@') && placeOf(host, name.split('@')[0] ?? '') !== undefined

/** What one change may take of a pool: three blocks of 16 KiB (zcp_synctask_wrapper). */
const spaceOfTask = 3 * 16_384

/** `zfs.check` and `zfs.sync`. Both return an errno; only the latter does it. */
function submodules(context: Context): { check: LuaTable; sync: LuaTable } {
  const { host, imported, txg } = context
  let taken = 0
  const run = (called: string, task: Task, args: readonly LuaValue[], sync: boolean): number => {
    const { list, named } = spread(args)
    const name = nameFrom(args)
    // A snapshot that is to be made isn't there yet.
    const place =
      placeOf(host, name) ??
      (task.takesSpace && name.includes('@') ? placeOf(host, name.split('@')[0] ?? '') : undefined)
    if (badName(name) !== undefined) return EINVAL
    if (poolOf(name) !== imported.name) return EXDEV
    // A snapshot that is not there counts as destroyed (dsl_destroy_snapshot_check).
    if (called === 'destroy' && place === undefined && isSnapshotOfOne(context, name)) return 0
    if (place === undefined || place.imported !== imported) return ENOENT
    measureAnew()
    if (task.takesSpace) {
      const room = available(imported, rootOf(imported).dataset) + slop(imported.pool) / 2
      if (taken + spaceOfTask > room) return ENOSPC
      taken += spaceOfTask
    }
    const errno = task.check(place, list, named)
    if (errno === 0 && sync && txg !== null) task.sync(place, list, named, txg)
    return errno
  }
  const tasks = Object.entries(tasksOf(context))
  return {
    check: new Map(tasks.map(([name, task]) => [name, (args: readonly LuaValue[]) => [run(name, task, args, false)]])),
    sync: new Map(
      tasks.map(([name, task]) => [
        name,
        (args: readonly LuaValue[]) => {
          if (txg === null)
            throw new LuaError(
              'running functions from the zfs.sync submodule requires passing sync=TRUE to lzc_channel_program() (i.e. do not specify the "-n" command line argument)',
            )
          return [run(name, task, args, true)]
        },
      ]),
    ),
  }
}

/** The `zfs` of a program, and the errnos that it knows by name. */
export function programLibrary(context: Context): LuaTable {
  const { host, imported } = context
  const { check, sync } = submodules(context)
  const list = new Map<string, LuaFunction>([
    [
      'snapshots',
      listing(context, ({ dataset }) =>
        dataset.snapshots.map((one) => `${nameOf(imported, dataset.path)}@${one.name}`),
      ),
    ],
    [
      'bookmarks',
      listing(context, ({ dataset }) =>
        dataset.bookmarks.map((one) => `${nameOf(imported, dataset.path)}#${one.name}`),
      ),
    ],
    [
      'children',
      listing(context, ({ dataset }) =>
        childrenOf(imported.pool.state, dataset).map((one) => nameOf(imported, one.path)),
      ),
    ],
    [
      'clones',
      listing(context, ({ snapshot }) =>
        snapshot === undefined ? [] : clonesOf(imported, snapshot).map((one) => nameOf(imported, one.path)),
      ),
    ],
    ['holds', listing(context, ({ snapshot }) => [...(snapshot?.holds.keys() ?? [])])],
    ['user_properties', listing(context, userPropertiesOf)],
    ['properties', listing(context, userPropertiesOf)],
    [
      'system_properties',
      listing(context, (place) =>
        properties.filter(({ name }) => valueOf(host, place, name).exact !== '-').map(({ name }) => name),
      ),
    ],
  ])
  const zfs = new Map<string, LuaValue>([
    ['debug', () => []],
    ['exists', (args) => [placeOf(host, nameFrom(args)) !== undefined]],
    ['get_prop', (args) => getProp(context, args)],
    ['list', list],
    ['check', check],
    ['sync', sync],
  ])
  const errnos = { EPERM, ENOENT, EEXIST, EINVAL, ENOSPC, EBUSY: 16, ENODEV: 19, EDQUOT: 122, EIO: 5, ENOMEM: 12 }
  return new Map<string, LuaValue>([['zfs', zfs], ...Object.entries(errnos)])
}
