import * as fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { asciiOnly } from '../../src/screens/ascii-only.ts'
import { cut } from '../../src/screens/parts/cut.ts'
import { wrapped } from '../../src/screens/parts/scroll.tsx'
import { mark, scrollTo, textRows, type Window } from '../../src/screens/parts/window.ts'
import { fitting, rowText } from '../../src/screens/table.ts'
import { after, beginning, type View } from '../../src/screens/view.ts'
import { allStepIds, type StepId } from '../../src/steps/step.ts'
import { oneLine } from '../../src/text/display.ts'
import { fakeRoute } from '../run/fake-route.ts'

const runs = { numRuns: 300 }

/** As it comes to a screen: cleaned, with wide letters, pictures and long words. */
const shown = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom('日本語', '👩‍👩‍👧', '🇩🇪', 'e\u0301', 'a b', "it's", 'x'.repeat(100), '--flag=value'),
    ),
    { maxLength: 12 },
  )
  .map((words) => oneLine(words.join(' ')))

/** What of a text has to be there, wherever lines are broken. */
const letters = (text: string): string => text.normalize().replaceAll(/\s/gu, '')

const stepIn = (view: View, id: StepId) => view.steps.find((each) => each.id === id)

const columns = fc.integer({ min: 10, max: 120 })

describe('a list of any length', () => {
  const move = fc.record({
    row: fc.integer({ min: -50, max: 300 }),
    length: fc.nat({ max: 200 }),
    rows: fc.integer({ min: 1, max: 40 }),
  })

  it('has its mark among the rows that are shown, and no row is left empty, however it is moved and resized', () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 20 }), (moves) => {
        let window: Window = { cursor: 0, top: 0 }
        for (const { row, length, rows } of moves) {
          window = mark(window, row, length, rows)
          const { cursor, top } = window
          expect(cursor).toBe(Math.max(0, Math.min(row, length - 1)))
          expect(top).toBeGreaterThanOrEqual(0)
          expect(top).toBeLessThanOrEqual(cursor)
          expect(cursor).toBeLessThan(top + rows)
          expect(top).toBeLessThanOrEqual(Math.max(0, length - rows))
        }
      }),
      runs,
    )
  })

  it('of text shows every line to who scrolls through it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 40 }), (length, rows) => {
        const page = textRows(length, rows)
        expect(page).toBeLessThanOrEqual(rows)
        const seen = new Set<number>()
        for (let top = 0; ; top = scrollTo(top + page, length, page)) {
          for (let line = top; line < Math.min(length, top + page); line++) seen.add(line)
          if (top + page >= length) break
        }
        expect(seen.size).toBe(length)
      }),
      runs,
    )
  })
})

describe('a table', () => {
  const table = fc.integer({ min: 1, max: 5 }).chain((count) =>
    fc.record({
      columns: fc.array(fc.record({ title: shown, rank: fc.nat({ max: 9 }) }), { minLength: count, maxLength: count }),
      rows: fc.array(fc.array(shown, { minLength: count, maxLength: count }), { maxLength: 5 }),
    }),
  )

  it('is never wider than its room, and keeps what ranks highest', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 200 }), (its, room) => {
        const fit = fitting(its, room)
        const titles = its.columns.map(({ title }) => title)
        for (const row of [titles, ...its.rows]) expect(stringWidth(rowText(row, fit))).toBeLessThanOrEqual(room)
        const kept = fit.map(({ at }) => its.columns[at]?.rank ?? -1)
        const gone = its.columns.filter((_each, at) => fit.every((one) => one.at !== at)).map(({ rank }) => rank)
        expect(fit.length).toBeGreaterThan(0)
        expect(Math.max(-1, ...gone)).toBeLessThanOrEqual(Math.min(...kept))
      }),
      runs,
    )
  })

  it('loses no letter of a cell where all columns fit', () => {
    fc.assert(
      fc.property(table, (its) => {
        const fit = fitting(its, 100_000)
        for (const row of its.rows) for (const cell of row) expect(rowText(row, fit)).toContain(cell)
      }),
      runs,
    )
  })
})

describe('any text', () => {
  it('that is wrapped is no wider than asked, and nothing of it is lost', () => {
    const indent = fc.nat({ max: 150 }).map((count) => ' '.repeat(count))
    fc.assert(
      fc.property(indent, shown, columns, (before, text, room) => {
        const lines = wrapped([{ text: before + text, tone: 'dim' }], room)
        for (const line of lines) expect(stringWidth(line.text)).toBeLessThanOrEqual(room)
        expect(letters(lines.map((line) => line.text).join(''))).toBe(letters(text))
        expect(lines.every(({ tone }) => tone === 'dim')).toBe(true)
      }),
      runs,
    )
  })

  it('that is cut is no wider than asked, and its beginning', () => {
    fc.assert(
      fc.property(shown, fc.nat({ max: 60 }), (text, room) => {
        const short = cut(text, room)
        expect(stringWidth(short)).toBeLessThanOrEqual(room)
        expect(short === text || text.startsWith(short.replace(/…$/, ''))).toBe(true)
      }),
      runs,
    )
  })

  it('in ASCII is ASCII, as wide as before', () => {
    fc.assert(
      fc.property(shown, (text) => {
        const plain = asciiOnly(text)
        // oxlint-disable-next-line no-control-regex
        expect(plain).toMatch(/^[\u0000-\u007f]*$/)
        expect(stringWidth(plain)).toBe(stringWidth(text))
      }),
      runs,
    )
  })
})

describe('the view', () => {
  const ids = beginning(fakeRoute(), [], [], 0).steps.map(({ id }) => id)
  /** Also steps that the route does not have. */
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...ids) },
    { weight: 1, arbitrary: fc.constantFrom(...allStepIds) },
  )
  const count = fc.option(fc.nat({ max: 100 }))
  const text = fc.string({ unit: 'grapheme', maxLength: 10 })
  const flag = fc.boolean()
  const event: fc.Arbitrary<RunEvent> = fc.oneof(
    fc.record({ type: fc.constant('question' as const), step, question: text, danger: fc.constant('none' as const), options: fc.constant([]), suggested: fc.constant(null) }),
    fc.record({ type: fc.constant('answer' as const), step, value: fc.oneof(text, fc.constant(null), fc.record({ secret: text })), by: fc.constant('operator' as const) }),
    fc.record({ type: fc.constant('withdrawn' as const), step, steps: fc.array(step, { maxLength: 4 }) }),
    fc.record({ type: fc.constant('step-started' as const), step, title: text }),
    fc.record({ type: fc.constant('command' as const), step, kind: fc.constant('shell' as const), text, redacted: flag, reads: flag }),
    fc.record({ type: fc.constant('progress' as const), step, done: count, total: count, unit: fc.option(text), waitingFor: fc.option(text) }),
    fc.record({ type: fc.constant('step-finished' as const), step, effect: fc.constant(null), durationMs: fc.nat() }),
    fc.record({
      type: fc.constant('step-failed' as const),
      step,
      error: fc.record({ code: text, message: text, notChanged: fc.constant([]), exists: fc.constant([]), next: fc.constant([]) }),
    }),
    fc.record({
      type: fc.constant('finding' as const),
      step,
      level: fc.constantFrom('info' as const, 'warn' as const, 'error' as const),
      message: text,
      part: fc.constantFrom(undefined, 'summary' as const, 'command' as const),
    }),
  ) // prettier-ignore

  const began = beginning(fakeRoute(), [], [], 0)

  it('takes events in any order, has the same steps ever after, and leaves the one before it as it was', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const before = structuredClone(began)
        const last = events.reduce((view, each, at) => after(view, each, at * 1000, ['said']), began)
        expect(last.steps.map(({ id }) => id)).toEqual(ids)
        expect(last.log).toHaveLength(events.length)
        expect(began).toEqual(before)
        for (const each of last.steps) {
          expect(each.waitingSinceMs === null).toBe((each.progress?.waitingFor ?? null) === null)
          expect(each.state === 'failed' && each.error === null).toBe(false)
        }
      }),
      runs,
    )
  })

  it('has no answer of what was withdrawn, nor what was found out for it', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), step, fc.array(step, { maxLength: 5 }), (events, to, steps) => {
        const asked = events.reduce((view, each) => after(view, each, 0, []), began)
        const view = after(asked, { type: 'withdrawn', step: to, steps }, 0, [])
        for (const id of steps) {
          expect([undefined, 'ahead']).toContain(stepIn(view, id)?.state)
          expect(stepIn(view, id)?.findings ?? []).toEqual([])
          expect(stepIn(view, id)?.by ?? null).toBeNull()
        }
        expect(view.now).toBe(to)
      }),
      runs,
    )
  })
})
