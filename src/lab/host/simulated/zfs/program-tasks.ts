// What a channel program can change, with the checks that go before: errnos, as the kernel has them.
import { checkPromote, promote } from './clone-command.ts'
import { settingsFrom } from './create-command.ts'
import {
  checkDestroyDataset,
  checkDestroySnapshot,
  EEXIST,
  EINVAL,
  ENOENT,
  removeDataset,
  removeSnapshot,
} from './destroy.ts'
import { Failure } from './failure.ts'
import type { LuaTable, LuaValue } from './lua.ts'
import type { Host, Imported } from './model.ts'
import { nameOf, type Place } from './names.ts'
import { propertyNamed } from './property-table.ts'
import { checkRollback, rollBackHead } from './rollback.ts'
import { addSnapshot } from './snapshot-command.ts'

export interface Context {
  readonly host: Host
  readonly imported: Imported
  /** The transaction group that all changes of the program are in; null with `-n`: it may change nothing. */
  readonly txg: number | null
}

export interface Task {
  /** An errno; 0: it can be done. */
  check(place: Place, list: readonly LuaValue[], named: LuaTable): number
  sync(place: Place, list: readonly LuaValue[], named: LuaTable, txg: number): void
  /** Counts against what is free in the pool. */
  readonly takesSpace: boolean
}

const text = (value: LuaValue): string => (typeof value === 'string' ? value : '')

export function tasksOf({ host, imported }: Context): Readonly<Record<string, Task>> {
  return {
    destroy: {
      takesSpace: false,
      check(place, _list, named) {
        if (place.bookmark !== undefined) return ENOENT
        if (place.snapshot === undefined) return checkDestroyDataset(host, place)
        return named.get('defer') === true
          ? 0
          : checkDestroySnapshot(host, { ...place, snapshot: place.snapshot }, true)
      },
      sync(place) {
        if (place.snapshot === undefined) return removeDataset(place)
        const one = { ...place, snapshot: place.snapshot }
        if (checkDestroySnapshot(host, one, true) === 0) removeSnapshot(one)
        else place.snapshot.deferred = true
      },
    },
    rollback: {
      takesSpace: true,
      check: (place) => (place.snapshot === undefined ? checkRollback(host, place, false) : EINVAL),
      sync: ({ dataset }) => rollBackHead(dataset),
    },
    promote: {
      takesSpace: true,
      check: (place) => checkPromote(place).errno,
      sync: (place) => promote(place),
    },
    set_prop: {
      takesSpace: true,
      check(place, [, property, value]) {
        // Only user properties can be set by a program.
        if (propertyNamed(text(property)) !== undefined) return EINVAL
        try {
          return settingsFrom([`${text(property)}=${text(value)}`], place.dataset.type, '').size === 1 ? 0 : EINVAL
        } catch (error) {
          if (error instanceof Failure) return EINVAL
          throw error
        }
      },
      sync: (place, [, property, value]) =>
        void (place.snapshot ?? place.dataset).settings.set(text(property), { value: text(value), source: 'local' }),
    },
    inherit: {
      takesSpace: true,
      check: (_place, [, property]) => (text(property).includes(':') ? 0 : EINVAL),
      sync: (place, [, property]) => void (place.snapshot ?? place.dataset).settings.delete(text(property)),
    },
    snapshot: {
      takesSpace: true,
      check: (place, [name]) =>
        place.dataset.snapshots.some((one) => one.name === text(name).split('@')[1]) ? EEXIST : 0,
      sync: (place, [name], _named, txg) =>
        void addSnapshot(host, place, { name: text(name).split('@')[1] ?? '', txg }),
    },
    bookmark: {
      takesSpace: true,
      check(place, [, name]) {
        if (place.snapshot === undefined) return EINVAL
        const [of, own] = text(name).split('#')
        if (own === undefined || of !== nameOf(imported, place.dataset.path)) return EINVAL
        return place.dataset.bookmarks.some((one) => one.name === own) ? EEXIST : 0
      },
      sync({ dataset, snapshot }, [, name]) {
        if (snapshot === undefined) return
        const { guid, createtxg, createdMs } = snapshot
        dataset.bookmarks.push({ name: text(name).split('#')[1] ?? '', guid, createtxg, createdMs })
      },
    },
  }
}
