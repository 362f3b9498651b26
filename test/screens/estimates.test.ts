import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leftOf } from '../../src/screens/estimates.ts'
import { allStepIds, type StepId } from '../../src/steps/step.ts'

const steps = (...states: readonly ('ahead' | 'now' | 'done')[]) =>
  states.map((state, at) => ({ id: allStepIds[at] ?? 'prove', state, startedMs: state === 'now' ? 0 : null }))

const told = (ms: Partial<Record<StepId, number>>, runs = 3) => ({
  usualMs: (step: StepId) => ms[step],
  usualRuns: () => runs,
})

const minutes = (...ids: readonly StepId[]) => Object.fromEntries(ids.map((id) => [id, 60_000]))

const [first, second, third, fourth] = allStepIds

describe('what is left', () => {
  it('is the sum of what the coming steps usually take, less what the present one has taken', () => {
    const all = told({ ...minutes(first, second, third), [second]: 150_000 })
    expect(leftOf(steps('done', 'now', 'ahead'), 30_000, all)).toBe('about 3 m left, from 3 earlier runs')
  })

  it('counts a step that takes longer than usual no further', () => {
    const all = told(minutes(first, second), 1)
    expect(leftOf(steps('now', 'ahead'), 3_600_000, all)).toBe('about 1 m left, from 1 earlier run')
    expect(leftOf(steps('now', 'done'), 3_600_000, all)).toBeUndefined()
  })

  it('names the number of steps that it does not know, where they are few', () => {
    const some = told(minutes(first, second, third))
    expect(leftOf(steps('now', 'ahead', 'ahead', 'ahead'), 0, some)).toBe(
      'about 3 m left, 1 step not counted, from 3 earlier runs',
    )
    expect(leftOf(steps('done', 'now', 'ahead', 'ahead'), 0, some)).toBeUndefined()
    expect(leftOf(steps('done', 'done', 'done', 'now'), 0, some)).toBeUndefined()
    expect(leftOf(steps('ahead', 'ahead'), 0, told({}))).toBeUndefined()
  })

  it('is never less than nothing, and never not a number', () => {
    const state = fc.constantFrom('ahead' as const, 'now' as const, 'done' as const)
    const usual = fc.dictionary(fc.constantFrom(first, second, third, fourth), fc.nat(1e9))
    fc.assert(
      fc.property(fc.array(state, { maxLength: 6 }), usual, fc.integer(), (states, ms, now) => {
        expect(leftOf(steps(...states), now, told(ms)) ?? 'about').not.toMatch(/-|NaN|undefined| 0 /)
      }),
    )
  })
})
