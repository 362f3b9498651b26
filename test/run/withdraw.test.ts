import { describe, expect, it } from 'vitest'
import { walk } from '../../src/run/walk.ts'
import { refuseLateFlags, withdrawAnswers } from '../../src/run/withdraw.ts'
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

async function late(): Promise<FakeSession> {
  const session = fakeSession({ flags: { yes: true, confirm: ['web'] } })
  await walk(session, false)
  return session
}

describe('a flag given on resume', () => {
  it('that answers anew what was begun is refused, with both ways on', async () => {
    const session = await late()
    const [choice] = session.route.legs[0]?.choices ?? []
    const key = choice?.answeredBy[0]
    expect(key).toBeDefined()
    const added = someFlags({ [key ?? '']: 'something-else' })
    expect(() => refuseLateFlags(session.route, session.state, added)).toThrow(/comes too late/)
  })

  it('that says the same again, or nothing of it, is fine', async () => {
    const session = await late()
    expect(() => refuseLateFlags(session.route, session.state, someFlags({ yes: true }))).not.toThrow()
    expect(() => refuseLateFlags(session.route, session.state, session.state.flags)).not.toThrow()
  })
})
