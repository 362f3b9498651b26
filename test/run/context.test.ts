import { setTimeout as later } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { changeLine, readLine, type Command } from '../../src/remote/command.ts'
import { contextFor } from '../../src/run/context.ts'
import type { Glance } from '../../src/steps/step.ts'
import { Bug, Cancelled, LifeboatError, Refused } from '../../src/text/errors.ts'
import { attachVolume, choice, makeVolume } from './fake-route.ts'
import { fakeSession, type FakeSession, type Surroundings } from './fake-session.ts'
import { look } from './fake-world.ts'

interface Given extends Surroundings {
  readonly shown?: readonly string[] | null
  readonly ignoresStopping?: boolean
}

function given({ shown = null, ignoresStopping = false, ...surroundings }: Given = {}) {
  const session = fakeSession(surroundings)
  const run = contextFor(session, {
    step: 'create-volume',
    attempt: 1,
    shown: shown === null ? null : new Set(shown),
    ignoresStopping,
  })
  return { session, run }
}

const commandsOf = (session: FakeSession): string[] =>
  session.events.flatMap((event) => (event.type === 'command' ? [event.text] : []))

/** What was reported as seen, in order. */
const seen = (session: FakeSession) =>
  session.events.flatMap((event) => (event.type === 'progress' ? [event.lines?.join('|')] : []))

const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )

const destroying: Command<string> = { ...changeLine('rollback tank@a tank@b'), destroys: ['tank@b', 'tank'] }

describe('a command that changes something', () => {
  it('runs when it was shown, and is announced before', async () => {
    const { session, run } = given({ shown: ['make x'] })
    const order: string[] = []
    session.world.happens = (when, line) => void order.push(`${when} ${line}: ${session.events.length} events`)
    await run.do(changeLine('make x'))
    expect(order).toEqual(['before make x: 1 events', 'after make x: 1 events'])
    expect(session.events).toEqual([
      { type: 'command', step: 'create-volume', kind: 'shell', text: 'make x', redacted: false, reads: false },
    ])
  })

  it.each([
    ['another was', ['make y']],
    ['it differs in one character', ['make x ']],
    ['none was', []],
    ['the step may only read', null],
  ])('never runs where it was not shown: %s', async (_, shown) => {
    const { session, run } = given({ shown })
    const error = await thrownBy(run.do(changeLine('make x')))
    expect(error).toBeInstanceOf(Bug)
    expect(error).toMatchObject({ message: expect.stringContaining('what it had not shown: make x') as unknown })
    expect(session.world.asked).toEqual([])
  })

  it('never runs where it destroys what was not confirmed, shown or not', async () => {
    const { session, run } = given({ shown: ['rollback tank@a tank@b'] })
    session.confirmed = new Set(['tank@b'])
    expect(await thrownBy(run.do(destroying))).toBeInstanceOf(Refused)
    expect(session.world.asked).toEqual([])
    expect(session.events).toEqual([])
  })

  it('runs where all that it destroys was confirmed', async () => {
    const { session, run } = given({ shown: ['rollback tank@a tank@b'] })
    session.confirmed = new Set(['tank@b', 'tank'])
    await run.do(destroying)
    expect(session.world.standing.head).toBe('tank@a')
  })

  it('does not begin to destroy once it was asked to stop, and goes on to the end when it had begun', async () => {
    const session = fakeSession()
    session.confirmed = new Set(['tank@b', 'tank'])
    const text = 'rollback tank@a tank@b'
    const place = { step: 'create-volume', attempt: 1, shown: new Set([text]), ignoresStopping: true } as const
    const begun = contextFor(session, { ...place, stopsBeforeDestroying: true })
    await begun.do(destroying)
    session.stop.request('SIGINT')
    // The fake world has nothing left to roll back; what counts is that it was asked.
    expect(await thrownBy(begun.do(destroying))).not.toBeInstanceOf(Cancelled)
    const late = contextFor(session, { ...place, stopsBeforeDestroying: true })
    expect(await thrownBy(late.do(destroying))).toBeInstanceOf(Cancelled)
    expect(commandsOf(session)).toEqual([text, text])
  })

  it('is told from one of the same line that is only marked as reading', async () => {
    const { session, run } = given({ shown: [] })
    await run.do(readLine('look', () => 0))
    expect(session.world.asked).toEqual(['look'])
  })

  it('is announced without its secrets, and says that they were taken out', async () => {
    const { session, run } = given({ shown: ['make x'], clean: (text) => text.replace('x', '[redacted]') })
    await run.do(changeLine('make x'))
    expect(session.world.asked).toEqual(['make x'])
    expect(session.events).toMatchObject([{ text: 'make [redacted]', redacted: true }])
  })

  it('does not run once the operator has left', async () => {
    const { session, run } = given({ shown: ['make x'], ignoresStopping: true })
    session.stop.request('SIGINT')
    session.stop.request('SIGINT')
    expect(await thrownBy(run.do(changeLine('make x')))).toBeInstanceOf(Cancelled)
    expect(session.world.asked).toEqual([])
  })

  it('still runs after the first wish to stop: what is begun is brought to its end', async () => {
    const { session, run } = given({ shown: ['make x'] })
    session.stop.request('SIGINT')
    await run.do(changeLine('make x'))
    expect(session.world.asked).toEqual(['make x'])
  })
})

describe('looking again and again', () => {
  it('gives what was found', async () => {
    const { session, run } = given()
    const found = await run.until(
      'it',
      async () => (session.world.asked.length < 3 ? void (await run.do(look())) : 'found'),
      {
        everyMs: 1,
      },
    )
    expect(found).toBe('found')
  })

  it('announces a command once, however often it looks', async () => {
    const { session, run } = given()
    let looks = 0
    await run.until(
      'it',
      async () => {
        await run.do(look())
        return ++looks === 4 ? true : undefined
      },
      { everyMs: 1 },
    )
    expect(session.world.asked).toHaveLength(4)
    expect(commandsOf(session)).toEqual(['look'])
  })

  it('announces it again when it is done again afterwards', async () => {
    const { session, run } = given()
    await run.until('it', async () => (await run.do(look())) && true, { everyMs: 1 })
    await run.do(look())
    expect(commandsOf(session)).toEqual(['look', 'look'])
  })

  it('announces it once also around another wait', async () => {
    const { session, run } = given()
    let looks = 0
    await run.until(
      'the outer',
      async () => {
        await run.do(look())
        await run.until('the inner', async () => true, { everyMs: 1 })
        return ++looks === 3 ? true : undefined
      },
      { everyMs: 1 },
    )
    expect(commandsOf(session)).toEqual(['look'])
  })

  it('announces each change, even of the same text', async () => {
    const { session, run } = given({ shown: ['detach'] })
    let looks = 0
    await run.until(
      'it',
      async () => {
        await run.do(changeLine('detach'))
        return ++looks === 2 ? true : undefined
      },
      { everyMs: 1 },
    )
    expect(commandsOf(session)).toEqual(['detach', 'detach'])
  })

  it('says once what it waits for, and nothing where it need not wait', async () => {
    const { session, run } = given()
    await run.until('nothing', async () => true)
    expect(session.events).toEqual([])
    let looks = 0
    await run.until('the volume', async () => (++looks === 3 ? true : undefined), { everyMs: 1 })
    expect(session.events).toEqual([
      { type: 'progress', step: 'create-volume', done: null, total: null, unit: null, waitingFor: 'the volume' },
    ])
  })

  it('is given up when its time is over, and says what it waited for', async () => {
    const { run } = given()
    const error = await thrownBy(run.until('the volume', async () => undefined, { everyMs: 1, withinMs: 5000 }))
    expect(error).toBeInstanceOf(LifeboatError)
    expect(error).toMatchObject({ code: 'waited-in-vain', message: 'waited 5 s for the volume' })
  })

  it('looks at least once, however little time there is', async () => {
    const { run } = given()
    expect(await run.until('it', async () => 'there', { withinMs: 0 })).toBe('there')
  })

  it('passes on what a look throws', async () => {
    const { run } = given()
    expect(await thrownBy(run.until('it', () => Promise.reject(new TypeError('x'))))).toBeInstanceOf(TypeError)
  })

  it('ends at the first wish to stop', async () => {
    const { session, run } = given()
    const waiting = thrownBy(run.until('it', async () => undefined, { everyMs: 60_000 }))
    await later(0)
    session.stop.request('SIGTERM')
    expect(await waiting).toMatchObject({ code: 'cancelled', signal: 'SIGTERM' })
  })

  it('of a destructive step ends only at the second', async () => {
    const { session, run } = given({ ignoresStopping: true })
    let looks = 0
    const waiting = thrownBy(
      run.until('it', async () => void looks++, { everyMs: 1, withinMs: Number.POSITIVE_INFINITY }),
    )
    session.stop.request('SIGINT')
    const then = looks
    await expect.poll(() => looks).toBeGreaterThan(then + 3)
    session.stop.request('SIGINT')
    expect(await waiting).toMatchObject({ code: 'cancelled', signal: 'SIGINT' })
  })
})

describe('waiting', () => {
  it('is said, and ends at the first wish to stop', async () => {
    const { session, run } = given()
    const waiting = thrownBy(run.wait('the service to stay up', 60_000))
    expect(session.events).toMatchObject([{ type: 'progress', waitingFor: 'the service to stay up' }])
    session.stop.request('SIGINT')
    expect(await waiting).toBeInstanceOf(Cancelled)
  })

  it('is over when it was cancelled before', async () => {
    const { session, run } = given()
    session.stop.request('SIGINT')
    expect(await thrownBy(run.wait('it', 60_000))).toBeInstanceOf(Cancelled)
  })
})

describe('what there is to see while it is waited', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is seen soon where it is there soon, and not asked for all the time where it takes long', async () => {
    const { run } = given()
    const looks: number[] = []
    const from = performance.now()
    const waiting = run.until('it', async () => (looks.push(performance.now() - from) === 20 ? true : undefined))
    await vi.advanceTimersByTimeAsync(60_000)
    await waiting
    expect(looks.slice(0, 3)).toEqual([0, 100, 250])
    expect(looks.slice(-3)).toEqual(looks.slice(-4, -1).map((each) => each + 1000))
  })

  it('is looked at each two seconds at most, and said when it changes', async () => {
    const { session, run } = given()
    const looks: number[] = []
    const from = performance.now()
    const waiting = run.wait('it', 10_000, async () => {
      looks.push(performance.now() - from)
      return looks.length < 3 ? ['one'] : ['one', 'two']
    })
    await vi.advanceTimersByTimeAsync(10_000)
    await waiting
    expect(looks).toEqual([0, 2000, 4000, 6000, 8000])
    expect(seen(session)).toEqual([undefined, 'one', 'one|two'])
    expect(session.events).toMatchObject(Array.from({ length: 3 }, () => ({ type: 'progress', waitingFor: 'it' })))
  })

  it('is looked at no sooner in the next wait, nor after the last one', async () => {
    const { run } = given()
    const looks: number[] = []
    const from = performance.now()
    const glance = async () => {
      looks.push(performance.now() - from)
      return []
    }
    const waiting = (async () => {
      for (let wait = 0; wait < 3; wait++) await run.wait('it', 700, glance)
    })()
    await vi.advanceTimersByTimeAsync(60_000)
    await waiting
    expect(looks).toEqual([0, 2000])
  })

  it('that takes its time holds nothing up, is asked for once, and comes too late', async () => {
    const { session, run } = given()
    let looks = 0
    const late = () => {
      looks++
      return later(60_000, ['late'])
    }
    const waiting = (async () => {
      await run.wait('it', 5000, late)
      await run.wait('more', 5000, late)
    })()
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(waiting).resolves.toBeUndefined()
    expect(looks).toBe(1)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(seen(session)).toEqual([undefined, undefined])
    expect(looks).toBe(1)
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('no journal'))],
    [
      'throws',
      () => {
        throw new Error('no journal')
      },
    ],
  ])('is passed over where looking %s', async (_, failing) => {
    const { session, run } = given()
    let looks = 0
    const waiting = run.wait('it', 5000, () => (++looks === 1 ? failing() : Promise.resolve(['there'])))
    await vi.advanceTimersByTimeAsync(5000)
    await waiting
    expect(seen(session)).toEqual([undefined, 'there'])
  })

  it('is said without secrets, and announced once', async () => {
    const { session, run } = given({ clean: (text) => text.replace('hunter2', '[redacted]') })
    let looks = 0
    const glance = async () => {
      await run.do(look())
      return [`${++looks} hunter2`]
    }
    const waiting = run.until('it', async () => (looks === 3 ? true : undefined), { glance })
    await vi.advanceTimersByTimeAsync(10_000)
    await waiting
    expect(seen(session)).toEqual([undefined, '1 [redacted]', '2 [redacted]', '3 [redacted]'])
    expect(commandsOf(session)).toEqual(['look'])
  })

  it('is not looked at where nothing has to be waited for', async () => {
    const { run } = given()
    const glance = vi.fn<Glance>(async () => ['x'])
    await run.until('it', async () => true, { glance })
    expect(glance).not.toHaveBeenCalled()
  })

  it('is said again after something else was waited for meanwhile', async () => {
    const { session, run } = given()
    const waiting = run.wait('it', 5000, async () => ['one'])
    await vi.advanceTimersByTimeAsync(1000)
    run.report({ waitingFor: 'the connection to come back' })
    await vi.advanceTimersByTimeAsync(4000)
    await waiting
    expect(seen(session)).toEqual([undefined, 'one', undefined, 'one'])
  })

  it('ends with the wish to stop', async () => {
    const { session, run } = given()
    const glance = vi.fn<Glance>(async () => ['x'])
    const waiting = thrownBy(run.wait('it', 60_000, glance))
    await vi.advanceTimersByTimeAsync(0)
    session.stop.request('SIGINT')
    expect(await waiting).toBeInstanceOf(Cancelled)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(glance).toHaveBeenCalledTimes(1)
  })
})

describe('what a step knows of the others', () => {
  it('is their answers, checked again', () => {
    const { session, run } = given()
    session.record({ type: 'answered', at: '', step: 'snapshot', value: { value: 'newest' }, by: 'flag' })
    expect(run.answer(choice('snapshot'))).toEqual({ value: 'newest' })
    session.record({ type: 'answered', at: '', step: 'snapshot', value: 'of another form', by: 'flag' })
    expect(() => run.answer(choice('snapshot'))).toThrow(/expected object/)
  })

  it('is their effects and what stood before, when they are done', () => {
    const { session, run } = given()
    const intended = { type: 'intended', at: '', attempt: 1, commands: [] } as const
    session.record({ ...intended, step: 'create-volume', before: { token: 't' } })
    expect(run.before(makeVolume)).toEqual({ token: 't' })
    expect(() => run.effect(makeVolume)).toThrow(/needs the effect of create-volume, which is not done/)
    expect(run.later(makeVolume, 'id')).toBe('@create-volume.id')
    session.record({ type: 'done', at: '', step: 'create-volume', attempt: 1, effect: { id: 'vol-1' } })
    expect(run.effect(makeVolume)).toEqual({ id: 'vol-1' })
    expect(run.later(makeVolume, 'id')).toBe('vol-1')
  })

  it('is a bug to ask for where there is none', () => {
    const { run } = given()
    expect(() => run.answer(choice('snapshot'))).toThrow(Bug)
    expect(() => run.effect(makeVolume)).toThrow(Bug)
    expect(() => run.before(attachVolume)).toThrow(Bug)
  })
})
