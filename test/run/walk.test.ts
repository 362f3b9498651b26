import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { nobody, type Back, type Question } from '../../src/run/asking.ts'
import { walk } from '../../src/run/walk.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import type { AnyAction, Option, StepId } from '../../src/steps/step.ts'
import { Refused, RemoteCommandError } from '../../src/text/errors.ts'
import { attachVolume, choice, fakeRoute, makeVolume, rollBack } from './fake-route.ts'
import { Agreeing, FakeJournal, fakeSession, someFlags, type FakeSession, type Surroundings } from './fake-session.ts'
import { beginning, FakeWorld, look, type Standing } from './fake-world.ts'

const typesOf = (session: FakeSession): string[] =>
  session.journal.records.map((record) => ('step' in record ? `${record.type} ${record.step}` : record.type))

/** Walks to the end or to the first error, with the host's name confirmed. */
async function walked(surroundings: Surroundings = {}) {
  const session = fakeSession({ flags: { yes: true, confirm: ['web'] }, ...surroundings })
  return { session, ...(await walk(session, false)) }
}

/** Another process goes on with what is in the journal. */
async function resumed(before: FakeSession, surroundings: Surroundings = {}) {
  const session = fakeSession({
    world: before.world,
    journal: new FakeJournal(before.journal.records),
    route: before.route,
    ...surroundings,
  })
  session.record({ type: 'resumed', at: session.at(), lifeboat: '0.1.0', pid: 2, flags: someFlags() })
  return { session, ...(await walk(session, true)) }
}

const goal: Standing = {
  volumes: [{ id: 'vol-1', token: expect.stringMatching(/^id-/) }],
  attached: 'vol-1',
  snapshots: ['tank@a'],
  head: 'tank@a and more',
  started: true,
  owned: false,
}

/** The records of an action that went well. */
const done = (step: string): string[] => [`intended ${step}`, `done ${step}`, `verified ${step}`]

const broken = () => Promise.reject(new TypeError('a bug in a watch'))

/** Goes back from one question to another once, and takes every other suggestion. */
class GoingBack extends Agreeing {
  #left: boolean
  readonly #from: string
  readonly #to: StepId

  constructor(from: string, to: StepId) {
    super()
    this.#left = true
    this.#from = from
    this.#to = to
  }

  override ask(question: Question): Promise<Option<unknown> | Back> {
    const answer = super.ask(question)
    if (question.step.id !== this.#from || !this.#left) return answer
    this.#left = false
    return Promise.resolve({ kind: 'back', to: this.#to })
  }
}

const askedOf = (asker: Agreeing): string[] => asker.asked.map((each) => each.step.id)

describe('going back', () => {
  it('asks again from there on, also what a flag has answered, and forgets only what depends on it', async () => {
    const asker = new GoingBack('review', 'target')
    const flags = { snapshot: 'given' }
    const route = fakeRoute()
    const [first, ...others] = route.legs
    const target = choice('target', { danger: () => 'low', fromFlags: () => ({ value: 'target' }) })
    const snapshot = choice('snapshot', { danger: () => 'low' })
    const review = choice('review', { danger: () => 'low', needs: ['target'] })
    const legs = [{ choices: [target, snapshot, review], actions: first?.actions ?? [] }, ...others]
    const { session, error } = await walked({ asker, flags, route: { ...route, legs } })
    expect(error).toBeNull()
    expect(askedOf(asker).slice(0, 4)).toEqual(['snapshot', 'review', 'target', 'review'])
    expect(typesOf(session).slice(0, 6)).toEqual([
      'run-started',
      'answered target',
      'answered snapshot',
      'withdrawn',
      'answered target',
      'answered review',
    ])
    expect(session.world.standing).toEqual(goal)
  })

  it('passes over questions that the answers before leave nothing of, and never leads back to one', async () => {
    const asker = new Agreeing()
    const route = fakeRoute()
    const [first, ...others] = route.legs
    const choices = [
      choice('target', { danger: () => 'low' }),
      choice('way', { settled: () => ({ value: 'the only one' }) }),
      choice('path', { applies: () => false }),
      choice('review', { danger: () => 'low' }),
    ]
    const legs = [{ choices, actions: first?.actions ?? [] }, ...others]
    const { session, error } = await walked({ asker, flags: {}, route: { ...route, legs } })
    expect(error).toBeNull()
    expect(askedOf(asker)).toEqual(expect.not.arrayContaining(['way', 'path']))
    expect(asker.asked.find((each) => each.step.id === 'review')?.earlier).toEqual(['target'])
    expect(session.state.answers.get('way')).toEqual({ value: { value: 'the only one' }, by: 'suggestion' })
    expect(session.state.answers.has('path')).toBe(false)
  })

  it('is possible only to questions of which nothing was made yet', async () => {
    const asker = new Agreeing()
    await walked({ asker, flags: {} })
    const earlier = Object.fromEntries(asker.asked.map((each) => [each.step.id, each.earlier]))
    expect(earlier).toMatchObject({ review: ['target', 'snapshot'], 'review-rollback': ['point'] })
  })
})

describe('a watch', () => {
  it('that breaks, for whatever reason, neither ends nor fails the walk', async () => {
    const watch = { id: 'broken', from: makeVolume.id, everyMs: 1, poll: broken, lastWord: broken }
    const { error, session } = await walked({ route: { ...fakeRoute(), watches: [watch] } })
    expect(error).toBeNull()
    expect(session.world.standing).toEqual(goal)
  })
})

describe('a walk', () => {
  it('answers, acts and records everything in order', async () => {
    const { session, error, exitCode } = await walked()
    expect({ error, exitCode }).toEqual({ error: null, exitCode: 0 })
    expect(session.world.standing).toEqual(goal)
    expect(typesOf(session)).toEqual([
      'run-started',
      'answered target',
      'answered snapshot',
      'answered review',
      ...done('create-volume'),
      ...done('attach-volume'),
      'answered point',
      'answered review-rollback',
      ...done('roll-back'),
      ...done('start-services'),
      ...done('hand-over'),
      'finished',
    ])
  })

  it('has the intent on the disk before the world is touched, with the commands and what stood before', async () => {
    const world = new FakeWorld()
    const journal = new FakeJournal()
    const seen: (JournalRecord | undefined)[] = []
    world.happens = (when, line) => {
      if (when === 'before' && line.startsWith('make ')) seen.push(journal.records.at(-1))
    }
    await walked({ world, journal })
    const { token } = world.standing.volumes[0] ?? { token: 'none' }
    expect(seen).toEqual([
      expect.objectContaining({
        type: 'intended',
        step: 'create-volume',
        attempt: 1,
        before: { token },
        commands: [`make ${token}`],
      }),
    ])
  })

  it('tells of each step as it goes', async () => {
    const { session } = await walked()
    const told = session.events.filter((event) => 'step' in event && event.step === 'create-volume')
    expect(told.map((event) => event.type)).toEqual(['step-started', 'command', 'command', 'step-finished', 'command'])
    expect(told[3]).toMatchObject({ effect: { id: 'vol-1' }, durationMs: expect.any(Number) as number })
  })

  it('shows a question with its options before its answer', async () => {
    const { session } = await walked()
    const told = session.events.filter((event) => 'step' in event && event.step === 'snapshot')
    expect(told).toEqual([
      {
        type: 'question',
        step: 'snapshot',
        question: 'Which snapshot?',
        danger: 'none',
        options: [
          { value: { value: 'newest' }, label: 'newest' },
          { value: { value: 'older' }, label: 'older' },
        ],
        suggested: { value: 'newest' },
      },
      { type: 'answer', step: 'snapshot', value: { value: 'newest' }, by: 'suggestion' },
    ])
  })

  it.each([
    ['what the question says', 'tank', { confirmation: () => 'tank' }],
    ["the host's name where it says nothing", 'web', {}],
  ])('asks to type %s before anything is destroyed', async (_, word, more) => {
    const asker = new Agreeing()
    const choices = [choice('target', { danger: () => 'destructive', ...more })]
    await walk(fakeSession({ asker, route: { id: 'ebs', legs: [{ choices, actions: [] }] } }), false)
    expect(asker.asked.map((each) => each.confirmation)).toEqual([word])
  })

  it('leaves no trace where it fails before the first answer', async () => {
    const route = fakeRoute()
    const choices = [
      choice('target', {
        options: () => {
          throw new Refused({ code: 'no', message: 'no' })
        },
      }),
    ]
    const { session, exitCode } = await walked({ route: { ...route, legs: [{ choices, actions: [] }] } })
    expect(exitCode).toBe(5)
    expect(session.journal.records).toEqual([])
    expect(session.events).toEqual([
      { type: 'step-failed', step: 'target', error: expect.objectContaining({ code: 'no' }) as unknown },
    ])
  })

  it('records a failure with its step, and what it answers with', async () => {
    const world = new FakeWorld({ ...beginning, attached: 'vol-other' })
    const { session, error, exitCode } = await walked({ world })
    expect(error).toMatchObject({ code: 'remote-command-failed' })
    expect(exitCode).toBe(3)
    expect(session.journal.records.at(-1)).toMatchObject({ type: 'failed', step: 'attach-volume' })
    expect(session.state.actions.get('attach-volume')?.status).toBe('failed')
  })

  it('begins no further step once it is told to stop', async () => {
    const session = fakeSession({ flags: { yes: true } })
    session.world.happens = (when, line) => {
      if (when === 'after' && line.startsWith('make ')) session.stop.request('SIGTERM')
    }
    const { exitCode } = await walk(session, false)
    expect(exitCode).toBe(143)
    expect(session.world.changes).toEqual([expect.stringMatching(/^make /)])
    expect(session.state.actions.get('create-volume')?.status).toBe('done')
    expect(session.journal.records.at(-1)).toMatchObject({ type: 'cancelled', signal: 'SIGTERM' })
  })

  it('verifies what it did, and fails where the world disagrees', async () => {
    const route = fakeRoute({
      'create-volume': { verify: async () => [{ level: 'error', message: 'it is somewhere else' }] },
    })
    const { session, error, exitCode } = await walked({ route })
    expect(error).toMatchObject({
      code: 'not-verified',
      message: '"make a volume" is not as it should be: it is somewhere else',
    })
    expect(exitCode).toBe(3)
    expect(session.world.changes).toHaveLength(1)
  })

  it('goes on where verifying only warns', async () => {
    const route = fakeRoute({ 'create-volume': { verify: async () => [{ level: 'warn', message: 'slow' }] } })
    const { session, exitCode } = await walked({ route })
    expect(exitCode).toBe(0)
    expect(session.events).toContainEqual({ type: 'finding', step: 'create-volume', level: 'warn', message: 'slow' })
  })
})

describe('a resumed walk', () => {
  it('asks nothing that was answered', async () => {
    const asker = new Agreeing()
    const first = fakeSession({ asker })
    first.world.happens = (when, line) => {
      if (when === 'before' && line.startsWith('attach')) throw new Refused({ code: 'no', message: 'no' })
    }
    await walk(first, false)
    expect(asker.asked.map((each) => each.step.id)).toEqual(['target', 'snapshot', 'review'])
    first.world.happens = () => {}
    const again = new Agreeing()
    await resumed(first, { asker: again })
    expect(again.asked.map((each) => each.step.id)).toEqual(['point', 'review-rollback'])
  })

  it('of a finished run changes nothing in the world', async () => {
    const { session } = await walked()
    const before = session.world.changes.length
    const { exitCode } = await resumed(session)
    expect(exitCode).toBe(0)
    expect(session.world.changes).toHaveLength(before)
  })

  it('stops where an effect is gone that must not be made again', async () => {
    const { session } = await walked({ world: stopping('attach') })
    session.world.happens = () => {}
    session.world.standing = { ...session.world.standing, volumes: [] }
    const { error } = await resumed(session)
    expect(error).toMatchObject({ code: 'not-verified', message: expect.stringContaining('vol-1 is gone') as string })
    expect(session.world.standing.volumes).toEqual([])
  })

  it('makes a step again whose effect is gone, where that destroys nothing', async () => {
    const { session } = await walked({ world: stopping('rollback') })
    session.world.happens = () => {}
    session.world.standing = { ...session.world.standing, attached: null }
    const after = await resumed(session)
    expect(after.exitCode).toBe(0)
    expect(after.session.state.actions.get('attach-volume')).toMatchObject({ status: 'done', attempt: 2 })
    expect(session.world.standing).toEqual(goal)
  })

  it('demands nothing more of a step once the step has begun that ends what it stood for', async () => {
    const { session } = await walked({ world: stopping('disown') })
    expect(session.world.standing.head).toBe('tank@a and more')
    session.world.happens = () => {}
    const { exitCode } = await resumed(session)
    expect(exitCode).toBe(0)
    expect(session.world.changes.filter((line) => line.startsWith('rollback'))).toHaveLength(1)
  })

  it('demands it still where that step has not begun', async () => {
    const { session } = await walked({ world: stopping('start') })
    session.world.happens = () => {}
    // Its intent is not in the journal: the crash was before it.
    const journal = new FakeJournal(
      session.journal.records.filter((record) => !('step' in record && record.step === 'start-services')),
    )
    session.world.standing = { ...session.world.standing, head: 'something wrote' }
    const { error } = await resumed(session, { journal })
    expect(error).toMatchObject({ code: 'not-verified', message: expect.stringContaining('something wrote') as string })
  })

  it('demands it again where that step was undone', async () => {
    const { session } = await walked({ world: stopping('disown') })
    session.world.happens = () => {}
    session.record({ type: 'undone', at: session.at(), step: 'start-services' })
    const { error } = await resumed(session)
    expect(error).toMatchObject({
      code: 'not-verified',
      message: '"roll back" is not as it should be: the head is tank@a and more',
    })
  })

  it('takes for done what was done when the run was interrupted, and says so', async () => {
    const { session } = await walked({ world: stopping('attach', 'after') })
    session.world.happens = () => {}
    const after = await resumed(session)
    expect(after.exitCode).toBe(0)
    expect(session.world.changes.filter((line) => line.startsWith('attach'))).toHaveLength(1)
    expect(after.session.events).toContainEqual({
      type: 'finding',
      step: 'attach-volume',
      level: 'info',
      message: 'it had been done when the run was interrupted',
    })
  })

  it('refuses to go on over what somebody else did', async () => {
    const { session } = await walked({ world: stopping('attach') })
    session.world.happens = () => {}
    session.world.standing = { ...session.world.standing, attached: 'vol-other' }
    const { error, exitCode } = await resumed(session)
    expect(error).toBeInstanceOf(Refused)
    expect(error).toMatchObject({ code: 'not-ours' })
    expect(exitCode).toBe(3)
    expect(session.world.standing.attached).toBe('vol-other')
  })

  it('gives what had been found before to a step that is half done', async () => {
    const survey = vi.fn<(run: unknown, previous?: unknown) => Promise<{ token: string }>>(async () => ({
      token: 'second',
    }))
    const route = fakeRoute({
      'create-volume': { find: async () => ({ state: 'partial', what: 'half of it' }), survey },
    })
    const { session } = await walked({ route, world: stopping('make') })
    session.world.happens = () => {}
    survey.mockClear()
    const after = await resumed(session)
    expect(survey.mock.calls.map(([, previous]) => previous)).toEqual([{ token: 'second' }])
    expect(after.session.events).toContainEqual(
      expect.objectContaining({ message: 'it was half done when the run was interrupted: half of it' }),
    )
  })

  it('waits for the end of what is still under way', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    let looks = 0
    const find: AnyAction['find'] = async (run, before) =>
      ++looks < 3
        ? { state: 'underway', what: 'the volume to be made' }
        : makeVolume.find(run, before as { token: string })
    const route = fakeRoute({ 'create-volume': { find } })
    const { session } = await walked({ route, world: stopping('make', 'after') })
    session.world.happens = () => {}
    const going = resumed(session)
    await vi.runAllTimersAsync()
    const after = await going
    expect(after.exitCode).toBe(0)
    expect(looks).toBe(3)
    expect(session.world.changes.filter((line) => line.startsWith('make'))).toHaveLength(1)
    expect(after.session.events).toContainEqual(
      expect.objectContaining({ type: 'progress', step: 'create-volume', waitingFor: 'the volume to be made' }),
    )
  })
})

/** A world that refuses a command, before it does it or after. */
function stopping(verb: string, when: 'before' | 'after' = 'before'): FakeWorld {
  const world = new FakeWorld()
  world.happens = (moment, line) => {
    if (moment === when && line.startsWith(verb)) throw new Refused({ code: 'stopped', message: 'stopped' })
  }
  return world
}

class Crash extends Error {}

/**
 * Walks until the moment of that number, where the process dies: nothing more is written, sent or read.
 * Moments are just before and just after each record and each command.
 * @returns whether it died, or came to an end before
 */
async function until(moment: number, session: FakeSession, resuming: boolean): Promise<boolean> {
  let passed = 0
  let dead = false
  const happens = (): void => {
    if (dead || passed++ === moment) {
      dead = true
      throw new Crash()
    }
  }
  session.journal.happens = happens
  session.world.happens = happens
  try {
    if (resuming) session.record({ type: 'resumed', at: session.at(), lifeboat: '0.1.0', pid: 2, flags: someFlags() })
    const { error } = await walk(session, resuming)
    if (!dead) expect(error).toBeNull()
  } catch (error) {
    if (!dead) throw error
  }
  session.journal.happens = () => {}
  session.world.happens = () => {}
  return dead
}

const answeredIn = (records: readonly JournalRecord[]): string[] =>
  records.flatMap((record) => (record.type === 'answered' ? [record.step] : []))

/** What is left after processes of which each crashed at its moment, and a last one that didn't. */
async function through(moments: readonly number[]) {
  const world = new FakeWorld()
  let journal = new FakeJournal()
  let processes = 0
  const askedAgain: string[] = []
  for (const moment of [...moments, Number.POSITIVE_INFINITY]) {
    if (journal.records.at(-1)?.type === 'finished') break
    const answered = answeredIn(journal.records)
    journal = new FakeJournal(journal.records)
    const session = fakeSession({ world, journal, flags: { yes: true, confirm: ['web'] } })
    await until(moment, session, journal.records.length > 0)
    processes += 1
    const asked = session.events.flatMap((event) => (event.type === 'question' ? [event.step] : []))
    askedAgain.push(...asked.filter((step) => answered.includes(step)))
  }
  const count = (verb: string): number => world.changes.filter((line) => line.startsWith(verb)).length
  return {
    processes,
    moments: 2 * (journal.records.length + world.asked.length),
    standing: world.standing,
    tokens: new Set(world.changes.filter((line) => line.startsWith('make '))).size,
    attached: count('attach'),
    rolledBack: count('rollback'),
    startedUp: count('start'),
    answered: answeredIn(journal.records),
    askedAgain,
    last: journal.records.at(-1)?.type,
  }
}

/** What must be so however often it crashed: nothing is made, destroyed or asked twice. */
const whole = {
  standing: goal,
  tokens: 1,
  attached: 1,
  rolledBack: 1,
  startedUp: 1,
  answered: ['target', 'snapshot', 'review', 'point', 'review-rollback'],
  askedAgain: [],
  last: 'finished',
}

describe('a process that dies at any moment', () => {
  it('leaves a run that another brings to the same end', async () => {
    const undisturbed = await through([])
    expect(undisturbed).toMatchObject({ ...whole, processes: 1 })
    expect(undisturbed.moments).toBeGreaterThan(60)
    for (let moment = 0; moment < undisturbed.moments; moment++) {
      expect(await through([moment]), `moment ${moment}`).toMatchObject(whole)
    }
  })

  it('may die again and again', async () => {
    const crashes = fc.array(fc.nat({ max: 80 }), { minLength: 2, maxLength: 6 })
    const holds = fc.asyncProperty(crashes, async (moments) => {
      expect(await through(moments)).toMatchObject(whole)
    })
    await expect(fc.assert(holds, { numRuns: 300 })).resolves.toBeUndefined()
  })

  it('uses the token that was written down, not a new one', async () => {
    const first = fakeSession({ flags: { yes: true } })
    // Between the intent and the call.
    first.world.happens = (when, line) => {
      if (when === 'before' && line.startsWith('make ')) throw new Crash()
    }
    first.journal.happens = (when, type) => {
      if (when === 'before' && type === 'failed') throw new Crash()
    }
    await expect(walk(first, false)).rejects.toThrow(Crash)
    const intended = first.journal.records.at(-1)
    first.world.happens = () => {}
    const after = await resumed(first, { asker: nobody })
    expect(intended).toMatchObject({ type: 'intended', step: 'create-volume', attempt: 1 })
    expect(after.session.state.actions.get('create-volume')).toMatchObject({
      attempt: 2,
      before: intended?.type === 'intended' ? intended.before : 'nothing',
    })
  })
})

const lost = (line: string): RemoteCommandError =>
  new RemoteCommandError({
    host: 'web',
    command: line,
    exitCode: null,
    signal: null,
    stderrTail: '',
    timedOut: false,
  })

describe('a connection that is lost for good in the middle of a step', () => {
  it('before or after any command is taken up again by the same process, which makes nothing twice', async () => {
    const undisturbed = await walked()
    for (const [at, line] of undisturbed.session.world.asked.entries()) {
      // What only reads is run again by whoever holds the connection.
      if (line === 'look') continue
      for (const when of ['before', 'after'] as const) {
        const world = new FakeWorld()
        let passed = 0
        world.happens = (moment) => {
          if (moment === when && passed++ === at) throw lost(line)
        }
        const { session, error } = await walked({ world })
        expect(error, `${when} ${line}`).toBeNull()
        expect(world.standing, `${when} ${line}`).toEqual(goal)
        expect(session.events.some((event) => event.type === 'finding' && /was lost/.test(event.message))).toBe(true)
      }
    }
  })

  it('again and again ends the run, which can be resumed', async () => {
    const world = new FakeWorld()
    world.happens = (when, line) => {
      if (when === 'before' && line.startsWith('attach')) throw lost(line)
    }
    const { session, error } = await walked({ world })
    expect(error).toMatchObject({ code: 'connection-lost' })
    world.happens = () => {}
    expect((await resumed(session)).error).toBeNull()
    expect(world.standing).toEqual(goal)
  })
})

describe('a step that failed', () => {
  it('is surveyed anew, with what the first attempt had found', async () => {
    const survey = vi.fn<typeof makeVolume.survey>(async (run, previous) => previous ?? { token: run.newId() })
    const route = fakeRoute({ 'create-volume': { survey } })
    const { session } = await walked({ route, world: stopping('make') })
    expect(session.state.actions.get('create-volume')?.status).toBe('failed')
    session.world.happens = () => {}
    const after = await resumed(session)
    expect(survey.mock.calls.map(([, previous]) => previous)).toEqual([
      undefined,
      session.state.actions.get('create-volume')?.before,
    ])
    expect(after.session.state.actions.get('create-volume')).toMatchObject({ attempt: 2, status: 'done' })
  })
})

it('the fake route’s own steps see what they did', async () => {
  const { session } = await walked()
  expect(await session.remote.run(look())).toEqual(goal)
  expect([attachVolume.renews, rollBack.holdsUntil]).toEqual([true, 'start-services'])
})
