// zfs set and zfs inherit: zfs-set(8).
import { settingsFrom } from './create-command.ts'
import { Failure, misused, Out } from './failure.ts'
import { beginTxg, checkWritable, commit, isMounted } from './host-state.ts'
import type { Dataset, Host, Settings } from './model.ts'
import { keyMissing, mountDataset, ownMountpoint, exact, unmountDataset } from './mounting.ts'
import { descendantsOf, openPlace, placeName, type DatasetPlace, type Place } from './names.ts'
import { isUserProperty, propertyNamed } from './property-table.ts'
import { referenced, usedByDataset, available, used } from './space.ts'
import { wordsOf } from './words.ts'

const setUsage = 'set <property=value> ... <filesystem|volume|snapshot> ...'
const inheritUsage = 'inherit [-rS] <property> <filesystem|volume|snapshot> ...'

const withBelow = ({ imported, dataset }: DatasetPlace): DatasetPlace[] => [
  { imported, dataset },
  ...descendantsOf(imported.pool.state, dataset).map((each) => ({ imported, dataset: each })),
]

/**
 * Does what moves mountpoints: what is mounted is unmounted before, children first, and mounted again where it belongs
 * then. What had no mountpoint of its own is mounted where it has one now.
 */
export function moveMounts(host: Host, top: DatasetPlace, change: () => void): void {
  const all = withBelow(top).filter(({ dataset }) => dataset.type === 'filesystem')
  const before = all.map((place) => ({
    place,
    mounted: isMounted(host, place.dataset),
    at: exact(host, place, 'mountpoint'),
    own: ownMountpoint(host, place),
  }))
  for (const { place, mounted } of before.toReversed()) if (mounted) unmountDataset(host, place)
  change()
  const out = new Out()
  for (const { place, mounted, own } of before) {
    if (isMounted(host, place.dataset) || keyMissing(place) || ownMountpoint(host, place) === undefined) continue
    const can = exact(host, place, 'canmount')
    if (can !== 'off' && (mounted || (own === undefined && can === 'on'))) out.attempt(() => mountDataset(host, place))
  }
  if (out.exitCode !== 0) throw new Failure(`${out.stderr}property may be set but unable to remount filesystem`)
}

/** Why a size can't be what is asked for (dsl_dir_set_quota_sync and the like). */
function checkSizes(place: DatasetPlace, settings: Settings, doing: string): void {
  const { imported, dataset } = place
  const value = (name: string): number => Number(settings.get(name)?.value ?? 0)
  if (value('quota') > 0 && value('quota') < used(imported.pool.state, dataset))
    throw new Failure(`${doing}: size is less than current used or reserved space`)
  if (value('refquota') > 0 && value('refquota') < referenced(dataset))
    throw new Failure(`${doing}: size is less than current used or reserved space`)
  const room = available(imported, dataset)
  if (value('refreservation') > usedByDataset(imported.pool.state, dataset) + room)
    throw new Failure(`${doing}: size is greater than available space`)
  if (value('reservation') > used(imported.pool.state, dataset) + room)
    throw new Failure(`${doing}: size is greater than available space`)
}

function set(host: Host, place: Place, given: readonly string[]): void {
  const name = placeName(place)
  const doing = `cannot set property for '${name}'`
  const { imported, dataset, snapshot } = place
  if (place.bookmark !== undefined) throw new Failure(`${doing}: operation not applicable to datasets of this type`)
  const settings = settingsFrom(given, dataset.type, doing, 'later')
  checkWritable(imported, doing)
  if (snapshot !== undefined) {
    const native = [...settings.keys()].find((each) => !isUserProperty(each))
    if (native !== undefined) throw new Failure(`${doing}: '${native}' does not apply to datasets of this type`)
    beginTxg(host, imported)
    for (const [property, setting] of settings) snapshot.settings.set(property, setting)
    return commit(host, imported)
  }
  if (settings.has('keylocation') && dataset.key === null)
    throw new Failure(`${doing}: keylocation may only be set on encryption roots`)
  checkSizes(place, settings, doing)
  if (settings.get('refreservation')?.value === 'auto')
    settings.set('refreservation', { value: dataset.settings.get('volsize')?.value ?? '0', source: 'local' })
  const apply = (): void => {
    beginTxg(host, imported)
    for (const [property, setting] of settings) dataset.settings.set(property, setting)
    commit(host, imported)
  }
  changing(host, { imported, dataset }, settings.has('mountpoint'), settings.get('canmount')?.value === 'off', apply)
}

function changing(host: Host, place: DatasetPlace, moves: boolean, off: boolean, apply: () => void): void {
  if (moves) return moveMounts(host, place, apply)
  if (off) unmountDataset(host, place)
  apply()
}

export function setCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, '', setUsage)
  // Names of datasets have no `=` in them.
  const given = words.rest.filter((each) => each.includes('='))
  const names = words.rest.filter((each) => !each.includes('='))
  if (given.length === 0) throw misused('missing property=value argument(s)', setUsage)
  if (names.length === 0) throw misused('missing dataset name(s)', setUsage)
  for (const name of names) out.attempt(() => set(host, openPlace(host, name), given))
}

const notInherited = ['quota', 'refquota', 'reservation', 'refreservation', 'canmount', 'volsize', 'version']

export function inheritCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'rS', inheritUsage)
  const [asked, ...names] = words.rest
  if (asked === undefined) throw misused('missing property argument', inheritUsage)
  if (names.length === 0) throw misused('missing dataset argument', inheritUsage)
  const property = propertyNamed(asked)
  const name = property?.name ?? asked
  if (property === undefined && !isUserProperty(asked)) throw misused(`invalid property '${asked}'`, inheritUsage)
  if (property !== undefined && (property.readonly || property.once))
    throw misused(`${name} property is read-only`, inheritUsage)
  if (property?.inherits === false && !words.has('S')) {
    const use =
      notInherited.includes(name) && /quota|reserv/.test(name) ? `\nuse 'zfs set ${name}=none' to clear\n` : ''
    throw new Failure(`'${name}' property cannot be inherited${use}`, 1)
  }
  for (const each of names) {
    out.attempt(() => {
      const place = openPlace(host, each)
      checkWritable(place.imported, `cannot inherit ${name} for '${each}'`)
      const { imported, dataset } = place
      const targets: { settings: Dataset['settings'] }[] = [
        place.snapshot ?? dataset,
        ...(words.has('r') && place.snapshot === undefined ? descendantsOf(imported.pool.state, dataset) : []),
      ]
      changing(host, { imported, dataset }, name === 'mountpoint' && place.snapshot === undefined, false, () => {
        beginTxg(host, imported)
        for (const target of targets) target.settings.delete(name)
        commit(host, imported)
      })
    })
  }
}
