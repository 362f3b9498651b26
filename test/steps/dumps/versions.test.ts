import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { objectsAsOf, pastDumps, type History } from '../../../src/steps/dumps/versions.ts'
import { object } from './objects.ts'

interface Event {
  readonly key: string
  readonly deletes: boolean
}

/** An event each hour, as S3 would list what they leave: of each key the newest first. */
function historyOf(events: readonly Event[]): History {
  const all = events.map((each, n) => ({ ...each, n, at: timeOf(n) })).toReversed()
  const isLatest = (key: string, n: number): boolean => !all.some((each) => each.key === key && each.n > n)
  return {
    versions: all
      .filter(({ deletes }) => !deletes)
      .map(({ key, n, at }) => ({
        ...object(key, { modifiedAt: at, etag: `e${n}` }),
        versionId: `v${n}`,
        isLatest: isLatest(key, n),
      })),
    markers: all
      .filter(({ deletes }) => deletes)
      .map(({ key, n, at }) => ({ key, versionId: `v${n}`, isLatest: isLatest(key, n), at })),
  }
}

const timeOf = (n: number): string => new Date(Date.UTC(2026, 10, 1) + n * 7_200_000).toISOString()

const events = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c/d'), deletes: fc.boolean() }), { maxLength: 20 })

const standing = (some: readonly Event[]): string[] => {
  const there = new Map<string, number>()
  for (const [n, { key, deletes }] of some.entries()) {
    if (deletes) there.delete(key)
    else there.set(key, n)
  }
  return [...there].map(([key, n]) => `${key} v${n}`).toSorted()
}

it('what was there at a moment is what all events until then had left', () => {
  fc.assert(
    fc.property(events, fc.nat(20), (some, n) => {
      const found = objectsAsOf(historyOf(some), timeOf(n)).map(({ key, versionId }) => `${key} ${versionId}`)
      expect(found.toSorted()).toEqual(standing(some.slice(0, n + 1)))
    }),
    { numRuns: 2000 },
  )
})

it('what is no more is offered, each state once, and none that is there now', () => {
  fc.assert(
    fc.property(events, (some) => {
      const history = historyOf(some)
      const live = objectsAsOf(history, '9999')
      const past = pastDumps(live, history, { root: '', kind: 'folder' })
      const states = past.map(({ objects }) => objects.map(({ key, etag }) => `${key} ${etag}`).join(', '))
      expect(new Set(states).size).toBe(states.length)
      expect(states).not.toContain(live.map(({ key, etag }) => `${key} ${etag}`).join(', '))
      // What was all deleted can be had again.
      expect(live.length + past.length > 0).toBe(history.versions.length > 0)
    }),
    { numRuns: 500 },
  )
})

const files = (which: string) => ['vol1.difftar', 'manifest'].map((end) => `mail/duplicity-${which}.${end}`)

it('a moment of duplicity that was removed can be had again, and one that still is there is not told twice', () => {
  const [old, full] = [files('full.20261101T030000Z'), files('full.20261108T030000Z')]
  const inc = files('inc.20261108T030000Z.to.20261109T030000Z')
  const history = historyOf([
    ...[...old, ...full, ...inc].map((key) => ({ key, deletes: false })),
    ...old.map((key) => ({ key, deletes: true })),
  ])
  const live = objectsAsOf(history, '9999')
  expect(live.map(({ key }) => key).toSorted()).toEqual([...full, ...inc].toSorted())
  const past = pastDumps(live, history, { root: 'mail/' })
  expect(past.map(({ prefix, at, objects }) => [prefix, at, objects.length])).toEqual([
    [old[1], '2026-11-01T03:00:00.000Z', 2],
  ])
})
