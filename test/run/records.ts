// Random records of a run, as a runner could have written them.
import * as fc from 'fast-check'
import type { JournalRecord } from '../../src/run/record.ts'
import type { StepId } from '../../src/steps/step.ts'
import { someFlags, started } from './fake-session.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 20 })

const at = fc
  .date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())

const step = fc.constantFrom<StepId>('target', 'create-volume', 'roll-back', 'prove')

// As a file gives it back: JSON has no -0.
const value = fc.json({ maxDepth: 2 }).map((json) => JSON.parse(JSON.stringify(JSON.parse(json))) as unknown)

const error = fc.record({
  code: text,
  message: text,
  notChanged: fc.array(text, { maxLength: 2 }),
  exists: fc.constant([]),
  next: fc.array(fc.record({ why: text, command: text }), { maxLength: 2 }),
})

const later: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({
    type: fc.constant('resumed' as const),
    at,
    lifeboat: text,
    pid: fc.nat(),
    flags: fc.constantFrom(someFlags(), someFlags({ at: 'latest', yes: true }), someFlags({ confirm: ['web'] })),
  }),
  fc.record({ type: fc.constant('answered' as const), at, step, value, by: fc.constantFrom('operator', 'flag') }),
  fc.record({ type: fc.constant('withdrawn' as const), at, steps: fc.uniqueArray(step) }),
  fc.record({
    type: fc.constant('intended' as const),
    at,
    step,
    attempt: fc.integer({ min: 1, max: 9 }),
    before: value,
    commands: fc.array(text, { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('done' as const), at, step, attempt: fc.integer({ min: 1, max: 9 }), effect: value }),
  fc.record({
    type: fc.constant('verified' as const),
    at,
    step,
    findings: fc.array(fc.record({ level: fc.constantFrom('info', 'warn', 'error'), message: text }), { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('failed' as const), at, step, error }),
  fc.record({ type: fc.constant('cancelled' as const), at, step: fc.option(step), signal: text }),
  fc.record({ type: fc.constant('undoing' as const), at, step, commands: fc.array(text, { maxLength: 2 }) }),
  fc.record({ type: fc.constant('undone' as const), at, step }),
  fc.record({
    type: fc.constant('finished' as const),
    at,
    outcome: fc.constantFrom('restored', 'undone'),
    exitCode: fc.nat({ max: 5 }),
  }),
)

/** The records of a run, of that many at most: none ends an action that was not begun before. */
export const runs = (maxLength: number): fc.Arbitrary<JournalRecord[]> =>
  fc.array(later, { maxLength }).map((records) => {
    const begun = new Set<StepId>()
    return [
      started(),
      ...records.filter((record) => {
        if (record.type === 'intended') begun.add(record.step)
        return !(record.type === 'done' || record.type === 'undone') || begun.has(record.step)
      }),
    ]
  })
