import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clonesFor } from '../../src/steps/clone-plan.ts'
import { cloneSteps, stillToDo, uncloneSteps, type DatasetsNow } from '../../src/steps/clone-steps.ts'
import type { ShellCommand } from '../../src/remote/command.ts'
import type { Dataset, SnapshotRef } from '../../src/remote/zfs/dataset.ts'

/** A dataset of a pool that knows of ZFS only what zfs-clone(8), zfs-promote(8) and zfs-rename(8) say of names. */
interface Entry {
  readonly guid: string
  readonly type: 'filesystem' | 'volume'
  canmount: string
  /** The guid of the dataset that has the snapshot it was cloned from. */
  origin: { readonly guid: string; readonly snapshot: string } | null
}

class Pool {
  readonly entries = new Map<string, Entry>()
  #made = 0

  constructor(names: readonly (readonly [string, Entry['type'], string])[]) {
    for (const [name, type, canmount] of names) this.entries.set(name, { ...this.#fresh(type), canmount })
  }

  #fresh(type: Entry['type']): Entry {
    this.#made += 1
    return { guid: `${this.#made}`, type, canmount: type === 'volume' ? '-' : 'on', origin: null }
  }

  #named(name: string): Entry {
    const found = this.entries.get(name)
    if (found === undefined) throw new Error(`dataset does not exist: ${name}`)
    return found
  }

  #nameOf(guid: string): string {
    return [...this.entries].find(([, entry]) => entry.guid === guid)?.[0] ?? ''
  }

  run({ line }: ShellCommand<string>): void {
    for (const each of line.split(' && ')) this.#one(words(each))
  }

  #one([, verb = '', ...given]: string[]): void {
    const args = given.filter((each, at) => !each.startsWith('-') && given[at - 1] !== '-o')
    const last = args.at(-1) ?? ''
    if (verb === 'clone') {
      const [dataset = '', snapshot = ''] = (args[0] ?? '').split('@')
      if (this.entries.has(last)) throw new Error(`dataset already exists: ${last}`)
      const parent = last.slice(0, last.lastIndexOf('/'))
      this.#named(parent)
      const from = this.#named(dataset)
      const canmount = from.type === 'volume' ? '-' : 'noauto'
      this.entries.set(last, { ...this.#fresh(from.type), canmount, origin: { guid: from.guid, snapshot } })
    } else if (verb === 'promote') {
      const clone = this.#named(last)
      if (clone.origin === null) throw new Error(`not a cloned filesystem: ${last}`)
      const from = this.#named(this.#nameOf(clone.origin.guid))
      const origin = { guid: clone.guid, snapshot: clone.origin.snapshot }
      clone.origin = from.origin
      from.origin = origin
    } else if (verb === 'rename') {
      const [from = '', to = ''] = args
      this.#named(from)
      if (this.entries.has(to)) throw new Error(`dataset already exists: ${to}`)
      this.#named(to.slice(0, to.lastIndexOf('/')))
      for (const [name, entry] of Array.from(this.entries))
        if (name === from || name.startsWith(`${from}/`)) {
          this.entries.delete(name)
          this.entries.set(`${to}${name.slice(from.length)}`, entry)
        }
    } else if (verb === 'destroy') {
      const { guid } = this.#named(last)
      if ([...this.entries.keys()].some((name) => name.startsWith(`${last}/`))) throw new Error(`${last} has children`)
      if ([...this.entries.values()].some((each) => each.origin?.guid === guid)) throw new Error(`${last} has clones`)
      this.entries.delete(last)
    } else if (verb === 'set') {
      const value = args.find((each) => each.startsWith('canmount='))?.slice('canmount='.length)
      const entry = this.#named(last)
      if (value !== undefined) entry.canmount = value
      // Since 2.3, and where it is shared before that too (changelist_postfix): its parent may not be mounted yet.
      const mountpoint = args.find((each) => each.startsWith('mountpoint='))?.slice('mountpoint='.length) ?? 'none'
      if (mountpoint !== 'none' && entry.canmount === 'on') throw new Error(`${last} is mounted by its mountpoint`)
    } else throw new Error(`what is ${verb}?`)
  }

  datasets(): Dataset[] {
    return [...this.entries]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { guid, type, canmount, origin }]) => ({
        name,
        type,
        guid,
        canmount,
        origin: origin === null ? null : `${this.#nameOf(origin.guid)}@${origin.snapshot}`,
        createtxg: 1,
        mountpoint: `/${name}`,
        mounted: false,
        usedBytes: 0,
        writtenBytes: 0,
        keyStatus: null,
        encryptionRoot: null,
        keyLocation: null,
      }))
  }

  now(): DatasetsNow {
    const all = this.datasets()
    return {
      byName: new Map(all.map((each) => [each.name, each])),
      byGuid: new Map(all.map((each) => [each.guid, each])),
    }
  }

  /** Which dataset is where, from what, and whether it is mounted by itself. */
  state(): string[] {
    return this.datasets().map(({ name, guid, canmount, origin }) => [name, guid, canmount, origin].join('  '))
  }
}

/** Words of a line in which only single quotes quote. */
const words = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s'\\]|'[^']*'|\\')+/g)].map(([each]) => each.replaceAll(/'([^']*)'|\\(')/g, '$1$2'))

const part = fc.constantFrom('chat', 'my home', "it's", 'a.b', 'x', 'né')

/** A tree below `tank`, and which of its datasets have the chosen snapshot: from some tops down, with some left out. */
const trees = fc
  .uniqueArray(fc.array(part, { minLength: 1, maxLength: 4 }), {
    selector: (path) => path.join('/'),
    minLength: 1,
    maxLength: 8,
  })
  .chain((paths) => {
    const names = [
      ...new Set(paths.flatMap((path) => path.map((_, at) => `tank/${path.slice(0, at + 1).join('/')}`))),
    ].toSorted()
    return fc.record({
      names: fc.tuple(
        ...names.map((name) =>
          fc.record({
            name: fc.constant(name),
            chosen: fc.boolean(),
            canmount: fc.constantFrom('on', 'off', 'noauto'),
            volume: fc.boolean(),
          }),
        ),
      ),
      stop: fc.nat(200),
      again: fc.nat(200),
    })
  })
  .map(({ names, ...rest }) => {
    const leaf = (name: string): boolean => !names.some((each) => each.name.startsWith(`${name}/`))
    // Below one that keeps its data nothing is replaced: the choice of such is refused.
    const kept = names.filter((each) => !each.chosen).map((each) => each.name)
    const free = names.filter(({ name, chosen }) => chosen && !kept.some((top) => name.startsWith(`${top}/`)))
    const all = names.map(({ name, volume, canmount }) =>
      volume && leaf(name) ? ([name, 'volume', '-'] as const) : ([name, 'filesystem', canmount] as const),
    )
    const chosen: SnapshotRef[] = free.map(({ name }) => ({ dataset: name, snapshot: 'hour' }))
    return { ...rest, all: [['tank', 'filesystem', 'on'] as const, ...all], chosen }
  })

const prepared = (all: readonly (readonly [string, Entry['type'], string])[], chosen: readonly SnapshotRef[]) => {
  const pool = new Pool(all)
  const own = new Map(chosen.map(({ dataset }) => [dataset, [{ property: 'mountpoint', value: `/srv/${dataset}` }]]))
  const plan = clonesFor('20260101-000000-abcd', pool.datasets(), chosen, own)
  return { pool, plan, begin: pool.state() }
}

/** Runs what is left to do, but no more than so many commands of it. */
function go(pool: Pool, steps: Parameters<typeof stillToDo>[0], most = Number.POSITIVE_INFINITY): void {
  for (const [at, command] of stillToDo(steps, pool.now()).entries()) if (at < most) pool.run(command)
}

const cases = { numRuns: 10_000 }

describe('clones in the place of datasets', () => {
  it('stand where the datasets stood, those beside them, and what has no snapshot is where it was', () => {
    fc.assert(
      fc.property(trees, ({ all, chosen }) => {
        const { pool, plan } = prepared(all, chosen)
        const before = new Map(pool.datasets().map((each) => [each.name, each]))
        go(pool, cloneSteps(plan))
        const { byName } = pool.now()
        const places = new Set(chosen.map((each) => each.dataset))
        for (const [name, each] of before) {
          expect(byName.get(name)?.guid === each.guid).toBe(!places.has(name))
          expect(byName.get(name)?.canmount).toBe(each.canmount)
        }
        for (const each of plan.replaced)
          expect(byName.get(each.aside)).toMatchObject({ guid: each.guid, origin: `${each.name}@hour` })
        expect(pool.entries.size).toBe(before.size + places.size)
        expect(stillToDo(cloneSteps(plan), pool.now())).toEqual([])
      }),
      cases,
    )
  })

  it('come to the same after an end in the middle, twice', () => {
    fc.assert(
      fc.property(trees, ({ all, chosen, stop, again }) => {
        const whole = prepared(all, chosen)
        go(whole.pool, cloneSteps(whole.plan))
        const { pool, plan } = prepared(all, chosen)
        go(pool, cloneSteps(plan), stop % (cloneSteps(plan).length + 1))
        go(pool, cloneSteps(plan), again % (cloneSteps(plan).length + 1))
        go(pool, cloneSteps(plan))
        expect(pool.state()).toEqual(whole.pool.state())
      }),
      cases,
    )
  })

  it('are taken back from wherever they ended, also by an undo that ended in the middle itself', () => {
    fc.assert(
      fc.property(trees, ({ all, chosen, stop, again }) => {
        const { pool, plan, begin } = prepared(all, chosen)
        go(pool, cloneSteps(plan), stop % (cloneSteps(plan).length + 1))
        const undoing = uncloneSteps(plan, true)
        go(pool, undoing, again % (undoing.length + 1))
        go(pool, undoing)
        expect(pool.state()).toEqual(begin)
      }),
      cases,
    )
  })
})
