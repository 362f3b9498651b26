import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { profileDigest, readPlan, writePlan, type Plan } from '../../src/run/plan.ts'
import type { BindingPlan } from '../../src/run/record.ts'
import { walk, walkToReview } from '../../src/run/walk.ts'
import { hostProfile } from '../../src/steps/profile.ts'
import type { Route } from '../../src/steps/step.ts'
import { UsageError } from '../../src/text/errors.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { choice, fakeRoute } from './fake-route.ts'
import { FakeJournal, fakeSession, someFlags, started } from './fake-session.ts'

const profile = hostProfile.parse({ name: 'web' })

const plan: Plan = {
  v: 1,
  lifeboat: '0.1.0',
  madeAt: '2026-11-21T19:00:00.000Z',
  route: 'ebs',
  host: 'web',
  region: 'eu-central-1',
  config: null,
  profile: profileDigest(profile),
  steps: [{ id: 'target', version: 1 }],
  flags: someFlags({ at: 'head' }),
  answers: [{ step: 'target', value: { value: 'target' }, by: 'suggestion' }],
  mayDestroy: { datasets: [], snapshotsSince: null },
  commands: ['aws ec2 create-volume'],
}

describe('a plan in a file', () => {
  it('is read back as it was written, and nobody else can read it', async () => {
    const folder = await temporaryFolder()
    writePlan(join(folder, 'plan.json'), plan)
    expect(readPlan(join(folder, 'plan.json'))).toEqual(plan)
    expect(await readdir(folder)).toEqual(['plan.json'])
  })

  it('is not written over another', async () => {
    const path = join(await temporaryFolder(), 'plan.json')
    await writeFile(path, 'mine')
    expect(() => writePlan(path, plan)).toThrow(/is there already, and is not written over/)
    expect(await readFile(path, 'utf8')).toBe('mine')
  })

  it.each([
    ['', /not JSON/],
    ['{}', /no plan of Lifeboat's/],
    [JSON.stringify({ ...plan, v: 2 }), /is of version 2, made by Lifeboat 0\.1\.0/],
    [JSON.stringify({ ...plan, mayDestroy: { datasets: 'all' } }), /is wrong: mayDestroy\.datasets/],
    [JSON.stringify({ ...plan, answers: [{ step: 'nowhere', value: 1, by: 'flag' }] }), /is wrong: answers/],
  ])('that can’t be read is refused: %s', async (text, message) => {
    const path = join(await temporaryFolder(), 'plan.json')
    await writeFile(path, text)
    expect(() => readPlan(path)).toThrow(UsageError)
    expect(() => readPlan(path)).toThrow(message)
  })

  it('that is missing is refused', () => {
    expect(() => readPlan('/nowhere/plan.json')).toThrow(/ENOENT/)
  })
})

describe('planning', () => {
  it('answers every question before the first change, reads the review, and makes nothing', async () => {
    const session = fakeSession({ flags: { yes: true } })
    expect(await walkToReview(session)).toEqual({ error: null, exitCode: 0 })
    expect([...session.state.answers.keys()]).toEqual(['target', 'snapshot'])
    expect(session.world.changes).toEqual([])
    expect(session.state.changed).toBe(false)
    const asked = session.events.flatMap((event) => (event.type === 'question' ? [event.step] : []))
    expect(asked).toEqual(['target', 'snapshot', 'review'])
  })

  it('is refused by what the review finds out', async () => {
    const route = fakeRoute()
    const [first] = route.legs
    const refusing = choice('review', { check: () => Promise.reject(new UsageError('not permitted')) })
    const choices = [...(first?.choices.slice(0, -1) ?? []), refusing]
    const session = fakeSession({ flags: { yes: true }, route: { ...route, legs: [{ choices, actions: [] }] } })
    expect(await walkToReview(session)).toMatchObject({ exitCode: 2 })
    expect(session.world.changes).toEqual([])
  })
})

/** Applies a plan with these answers of the first questions. */
async function applied(answers: BindingPlan['answers'], flags = {}) {
  const all = { yes: true, confirm: ['web'], ...flags }
  const first = { ...started(all), plan: { answers, mayDestroy: { datasets: null, snapshotsSince: null } } }
  const session = fakeSession({ flags: all, journal: new FakeJournal([first]) })
  return { session, ...(await walk(session, false)) }
}

const target = { step: 'target', value: { value: 'target' }, by: 'suggestion' } as const

describe('applying a plan', () => {
  it('takes anew what of an answer is of its moment', async () => {
    let moment = 0
    const snapshot = choice('snapshot', {
      answer: z.looseObject({ value: z.string() }),
      async *options() {
        yield { kind: 'option', value: { value: 'newest', at: `moment ${++moment}` }, label: 'newest' }
      },
      lasting: ({ value }) => value,
    })
    const route: Route = { id: 'ebs', legs: [{ choices: [snapshot], actions: [] }] }
    const planned = { step: 'snapshot', value: { value: 'newest', at: 'then' }, by: 'suggestion' } as const
    const binding = { answers: [planned], mayDestroy: { datasets: [], snapshotsSince: null } }
    const first = { ...started({ yes: true }, route), plan: binding }
    const session = fakeSession({ route, flags: { yes: true }, journal: new FakeJournal([first]) })
    expect((await walk(session, false)).error).toBeNull()
    expect(session.state.answers.get('snapshot')?.value).toEqual({ value: 'newest', at: 'moment 1' })
  })

  it('takes its answers, also one that an operator had chosen', async () => {
    const older = { step: 'snapshot', value: { value: 'older' }, by: 'operator' } as const
    const { session, error } = await applied([target, older])
    expect(error).toBeNull()
    expect(session.state.answers.get('snapshot')).toEqual({ value: { value: 'older' }, by: 'operator' })
  })

  it('takes what an operator had typed, which is on no list, and looks whether it fits', async () => {
    const place = choice('snapshot', {
      typed: { what: 'a name', read: async (_run, text) => ({ value: text }) },
      check: async (_run, { value }) => {
        if (value === 'unfit') throw new UsageError('it does not fit')
        return []
      },
    })
    const route: Route = { id: 'ebs', legs: [{ choices: [place], actions: [] }] }
    const applying = async (value: string) => {
      const planned = { step: 'snapshot', value: { value }, by: 'operator' } as const
      const binding = { answers: [planned], mayDestroy: { datasets: [], snapshotsSince: null } }
      const first = { ...started({ yes: true }, route), plan: binding }
      const session = fakeSession({ route, flags: { yes: true }, journal: new FakeJournal([first]) })
      const { error } = await walk(session, false)
      return [error?.message, session.state.answers.get('snapshot')?.value]
    }
    expect(await applying('typed')).toEqual([undefined, { value: 'typed' }])
    expect(await applying('unfit')).toEqual(['it does not fit', undefined])
  })

  it.each([
    [{ step: 'snapshot', value: { value: 'gone' }, by: 'operator' } as const, /not offered any more/],
    [{ step: 'snapshot', value: { value: 'older' }, by: 'suggestion' } as const, /value was "older" and is "newest"/],
  ])('is refused where the world has changed', async (answer, message) => {
    const { session, error, exitCode } = await applied([target, answer])
    expect(error).toMatchObject({ code: 'stale-plan', message: expect.stringMatching(message) as unknown })
    expect(exitCode).toBe(5)
    expect(session.world.changes).toEqual([])
  })
})
