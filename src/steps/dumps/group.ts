// A listing of objects as dumps: one for each date, in a folder or as a file of its own.
import type { StoredObject } from '../../remote/aws/s3.ts'
import { dateIn, momentOf, settleOrders, type NamedDate } from './dated-name.ts'
import type { DumpKind } from './dump-answer.ts'
import { fileName, guessOf, guessOfAll, isCompanion, type Guess, type OwnKind } from './kinds.ts'
import { momentsOf } from './moments.ts'

export interface FoundDump {
  /** An object's key, or what all of its keys begin with: ends in a slash then, or is empty. */
  readonly prefix: string
  /** What was uploaded with it begins with this: the dated folder that a single object lies in, else the prefix. */
  readonly folder: string
  /** ISO UTC: the date in its name; of a dump without one, when its last object was written. */
  readonly at: string
  /** The other day that its name may mean; null where that is sure. */
  readonly orElse: string | null
  /** Where its name tells no date. */
  readonly undated: boolean
  readonly kind: Guess['kind']
  readonly why: string
  /** In the order of the listing. */
  readonly objects: readonly StoredObject[]
  readonly bytes: number
  /** When its last object was written, ISO UTC. */
  readonly writtenAt: string
  /** What all dumps have in common that can be compared with it. */
  readonly series: string
  /** The moment (ISO UTC) of which these are the versions, where it was written over or deleted since; null: as it is. */
  readonly asOf: string | null
  /** Which moment it is, of a folder of duplicity's; null of any other dump. */
  readonly point: { readonly label: string; readonly depth: number; readonly broken: string | null } | null
}

/** Objects that belong together, before it is settled what they are. */
interface Pile {
  readonly prefix: string
  readonly date: NamedDate | undefined
  readonly series: string
  readonly objects: StoredObject[]
}

/** When the last of them was written, ISO UTC. */
export const latest = (objects: readonly StoredObject[]): string =>
  objects.reduce((last, { modifiedAt }) => (modifiedAt > last ? modifiedAt : last), '')

/** What an object's key says of the dump it is part of. */
function placeOf(key: string, root: string, zone: string): Pick<Pile, 'prefix' | 'date' | 'series'> {
  const inside = (end: number): string => key.slice(0, end)
  const base = root.slice(0, root.lastIndexOf('/') + 1)
  // The folder that was asked for may bear the date itself.
  const top = /([^/]*)\/$/.exec(base)?.[1]
  const places = [
    ...(top === undefined ? [] : [{ name: top, start: base.length - top.length - 1, end: base.length }]),
    ...[...key.slice(base.length).matchAll(/([^/]*)\//g)].map(({ index, 0: whole, 1: name = '' }) => ({
      name,
      start: base.length + index,
      end: base.length + index + whole.length,
    })),
  ]
  const duplicity = guessOf(key)?.kind === 'duplicity'
  for (const { name, start, end } of places) {
    const date = dateIn(name, zone)
    if (date !== undefined) return { prefix: inside(end), date, series: `${inside(start)}${date.around}/` }
  }
  const folder = key.slice(0, key.length - fileName(key).length)
  if (duplicity) return { prefix: folder, date: undefined, series: folder }
  const date = dateIn(fileName(key), zone)
  if (date !== undefined) return { prefix: key, date, series: `${folder}${date.around}` }
  return { prefix: '', date: undefined, series: '' }
}

/** What has no date: the one dump of all of it, or each file that is a dump by itself. */
function undatedPiles(objects: readonly StoredObject[], { root, own }: Grouping): Pile[] {
  const main = objects.filter(({ key }) => !isCompanion(key))
  if (main.length === 0) return []
  const alone = main.every(({ key }) => guessOf(key, own) !== undefined)
  if (alone) return main.map((each) => ({ prefix: each.key, date: undefined, series: each.key, objects: [each] }))
  return [{ prefix: root, date: undefined, series: root, objects: [...objects] }]
}

function pilesOf(objects: readonly StoredObject[], grouping: Grouping): Pile[] {
  const { root, zone = 'UTC' } = grouping
  const piles = new Map<string, Pile>()
  const loose: StoredObject[] = []
  const places = new Map<string, ReturnType<typeof placeOf>>()
  for (const object of objects) {
    // A folder made by hand is an object of its own, and holds nothing.
    if (object.key.endsWith('/') && object.sizeBytes === 0) continue
    const place = placeIn(places, object.key, root, zone)
    const isFile = place.prefix === object.key
    if (place.prefix === '' && place.date === undefined) loose.push(object)
    else if (!isFile || !isCompanion(object.key)) {
      const pile = piles.get(place.prefix) ?? { ...place, objects: [] }
      pile.objects.push(object)
      piles.set(place.prefix, pile)
    }
  }
  // Beside dated dumps, what has no date is a stray file.
  return piles.size > 0 ? [...piles.values()] : undatedPiles(loose, grouping)
}

/** All objects of a folder are in the same place: of a hundred thousand only the folders are looked at. */
function placeIn(
  known: Map<string, ReturnType<typeof placeOf>>,
  key: string,
  root: string,
  zone: string,
): ReturnType<typeof placeOf> {
  const folder = key.slice(0, key.lastIndexOf('/') + 1)
  const before = known.get(folder)
  if (before !== undefined) return before
  const place = placeOf(key, root, zone)
  if (place.date !== undefined && place.prefix !== key) known.set(folder, place)
  return place
}

/** Where only one object of the wanted kind is in a folder, that object is the dump. */
function narrowed({ prefix, objects }: Pile, { root, kind: wanted, own }: Grouping) {
  const main = objects.filter(({ key }) => !isCompanion(key))
  const likely = main.filter(({ key }) => guessOf(key, own)?.kind === wanted)
  const fitting = likely.length > 0 ? likely : main
  const [only] = fitting
  const guess = guessOfAll(
    objects.map(({ key }) => key),
    own,
  )
  const single = fitting.length === 1 && only !== undefined && (wanted ?? guess.kind) !== 'folder'
  if (only?.key === root && objects.length === 1) return { prefix: root, objects, guess: guessOf(root, own) ?? guess }
  return single
    ? { prefix: only.key, objects: [only], guess: guessOf(only.key, own) ?? guess }
    : { prefix, objects, guess }
}

function dumpOf(pile: Pile, date: NamedDate | undefined, grouping: Grouping): FoundDump {
  const { prefix, objects, guess } = narrowed(pile, grouping)
  const wanted = grouping.kind
  const writtenAt = latest(objects)
  return {
    prefix,
    folder: pile.prefix,
    at: date === undefined ? writtenAt : momentOf(date, writtenAt),
    orElse: date?.orElse ?? null,
    undated: date === undefined,
    kind: wanted ?? guess.kind,
    why: wanted === undefined ? guess.why : 'so it was said',
    objects,
    bytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    writtenAt,
    series: pile.series,
    asOf: null,
    point: null,
  }
}

const dumpsOfPile = (pile: Pile, date: NamedDate | undefined, grouping: Grouping): FoundDump[] =>
  (grouping.kind ??
    guessOfAll(
      pile.objects.map(({ key }) => key),
      grouping.own,
    ).kind) === 'duplicity'
    ? momentsOf(pile, grouping.root)
    : [dumpOf(pile, date, grouping)]

const byTime = (a: FoundDump, b: FoundDump): number =>
  b.at.localeCompare(a.at) || b.writtenAt.localeCompare(a.writtenAt) || (a.prefix < b.prefix ? -1 : 1)

export interface Grouping {
  /** What was listed: the one object's key, or a folder: it ends in a slash then, or is empty. */
  readonly root: string
  /** The host's zone, for times in names. */
  readonly zone?: string
  /** The kind, where it is known; else it is guessed. */
  readonly kind?: DumpKind | undefined
  /** The recipes of the config. */
  readonly own?: readonly OwnKind[]
}

/** The dumps in a listing, newest first. */
export function dumpsIn(objects: readonly StoredObject[], grouping: Grouping): FoundDump[] {
  const piles = pilesOf(objects, grouping)
  const bySeries = Map.groupBy(
    piles.filter((pile) => pile.date !== undefined),
    ({ series }) => series,
  )
  const settled = new Map<Pile, NamedDate>()
  for (const series of bySeries.values()) {
    const dated = series.flatMap((pile) =>
      pile.date === undefined ? [] : [{ pile, date: pile.date, writtenAt: latest(pile.objects) }],
    )
    for (const [at, date] of settleOrders(dated).entries()) {
      const pile = dated[at]?.pile
      if (pile !== undefined) settled.set(pile, date)
    }
  }
  return piles.flatMap((pile) => dumpsOfPile(pile, settled.get(pile), grouping)).toSorted(byTime)
}
