import { describe, expect, it } from 'vitest'
import { withdrawAnswers } from '../../src/run/withdraw.ts'
import type { Flags } from '../../src/steps/flags.ts'
import type { StepId } from '../../src/steps/step.ts'
import { fakeSession, someFlags, type FakeSession } from './fake-session.ts'

/** A session with these questions answered and these actions begun. */
function standing(answered: readonly StepId[], begun: readonly StepId[] = []): FakeSession {
  const session = fakeSession()
  for (const step of answered) session.record({ type: 'answered', at: '', step, value: {}, by: 'flag' })
  for (const step of begun) session.record({ type: 'intended', at: '', step, attempt: 1, before: {}, commands: [] })
  return session
}

const firstLeg: readonly StepId[] = ['target', 'snapshot', 'review']
const both: readonly StepId[] = [...firstLeg, 'point', 'review-rollback']

describe('flags given on resume', () => {
  it.each<[string, Partial<Flags>, readonly StepId[], readonly StepId[], readonly StepId[]]>([
    [
      'take back the answer they give anew, and those that needed it',
      { snapshot: 'x' },
      firstLeg,
      [],
      ['snapshot', 'review'],
    ],
    ['take back all that followed from it', { host: 'db' }, firstLeg, [], ['target', 'snapshot', 'review']],
    ['take back nothing where they answer nothing', { confirm: ['web'], yes: true }, both, [], []],
    ['take back nothing of a leg whose actions have begun', { snapshot: 'x' }, firstLeg, ['create-volume'], []],
    [
      'take back answers of the second leg while the first is done',
      { at: 'head' },
      both,
      ['create-volume'],
      ['point', 'review-rollback'],
    ],
    ['take back nothing of the second leg once it has begun', { at: 'head' }, both, ['create-volume', 'roll-back'], []],
    ['take back no answer that was not given yet', { snapshot: 'x', at: 'head' }, ['target'], [], []],
  ])('%s', (_, added, answered, begun, dropped) => {
    const session = standing(answered, begun)
    expect(withdrawAnswers(session, someFlags(added))).toEqual(dropped)
    expect([...session.state.answers.keys()]).toEqual(answered.filter((step) => !dropped.includes(step)))
  })

  it('that take back nothing leave no record', () => {
    const session = standing(firstLeg)
    withdrawAnswers(session, someFlags())
    expect(session.journal.records.map((record) => record.type)).not.toContain('withdrawn')
  })
})
