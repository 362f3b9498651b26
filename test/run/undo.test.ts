import { describe, expect, it } from 'vitest'
import { finished, takenBack } from '../../src/run/finish.ts'
import { settle, undo, undoCommands, undoDestroys, undoRoute } from '../../src/run/undo.ts'
import { walk } from '../../src/run/walk.ts'
import type { StepId } from '../../src/steps/step.ts'
import { Cancelled, Refused } from '../../src/text/errors.ts'
import { fakeRoute } from './fake-route.ts'
import { fakeSession, type FakeSession, type Surroundings } from './fake-session.ts'
import { beginning } from './fake-world.ts'

/** A session that was walked until the command that begins like this, which failed: before it did anything, or after. */
async function stoppedAt(
  verb: string,
  surroundings: Surroundings = {},
  moment: 'before' | 'after' = 'before',
): Promise<FakeSession> {
  const session = fakeSession({ flags: { yes: true, confirm: ['web'] }, ...surroundings })
  session.world.happens = (when, line) => {
    if (when === moment && line.startsWith(verb)) throw new Refused({ code: 'stopped', message: 'stopped' })
  }
  await walk(session, false)
  session.world.happens = () => {}
  session.world.asked.length = 0
  session.events.length = 0
  return session
}

/** The same, with everything confirmed that undoing would destroy. */
async function confirmedAt(
  verb: string,
  surroundings: Surroundings = {},
  moment: 'before' | 'after' = 'before',
): Promise<FakeSession> {
  const session = await stoppedAt(verb, surroundings, moment)
  session.confirmed = new Set(undoDestroys(session))
  return session
}

const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )

const stepsOf = (session: FakeSession, type: 'undoing' | 'undone'): StepId[] =>
  session.journal.records.flatMap((record) => (record.type === type ? [record.step] : []))

describe('undoing', () => {
  it('takes back the last thing first', async () => {
    const session = await confirmedAt('start', {}, 'after')
    await undo(session)
    expect(session.world.changes).toEqual(['stop', 'detach', 'delete vol-1'])
    expect(session.world.standing).toMatchObject({ volumes: [], attached: null, started: false })
  })

  it('is recorded: each step before and after, and the end', async () => {
    const session = await confirmedAt('start', {}, 'after')
    await undo(session)
    expect(stepsOf(session, 'undoing')).toEqual(['start-services', 'attach-volume', 'create-volume'])
    expect(stepsOf(session, 'undone')).toEqual(['start-services', 'roll-back', 'attach-volume', 'create-volume'])
    expect(session.journal.records.at(-1)).toMatchObject({ type: 'finished', outcome: 'undone' })
    expect(session.state.finished).toBe('undone')
  })

  it('has the intent on the disk before the world is touched', async () => {
    const session = await confirmedAt('rollback')
    const seen: unknown[] = []
    session.world.happens = (when, line) => {
      if (when === 'before' && line === 'detach') seen.push(session.journal.records.at(-1))
    }
    await undo(session)
    expect(seen).toEqual([expect.objectContaining({ type: 'undoing', step: 'attach-volume', commands: ['detach'] })])
  })

  it('leaves alone what was never begun', async () => {
    const session = await confirmedAt('attach')
    await undo(session)
    expect(stepsOf(session, 'undone')).toEqual(['attach-volume', 'create-volume'])
  })

  it('stops at the first step that fails, and does not touch what that one stands on', async () => {
    const session = await confirmedAt('rollback')
    session.world.happens = (when, line) => {
      if (when === 'before' && line === 'detach') throw new Refused({ code: 'busy', message: 'busy' })
    }
    expect(await thrownBy(undo(session))).toMatchObject({ code: 'busy' })
    expect(session.world.standing).toMatchObject({ attached: 'vol-1', volumes: [{ id: 'vol-1' }] })
    expect(stepsOf(session, 'undone')).toEqual(['roll-back'])
    expect(session.state.finished).toBeNull()
  })

  it('goes on where it stopped', async () => {
    const session = await confirmedAt('rollback')
    session.world.happens = (when, line) => {
      if (when === 'before' && line.startsWith('delete')) throw new Refused({ code: 'busy', message: 'busy' })
    }
    await thrownBy(undo(session))
    session.world.happens = () => {}
    session.world.asked.length = 0
    await undo(session)
    expect(session.world.changes).toEqual(['delete vol-1'])
    expect(session.state.finished).toBe('undone')
  })

  it('deletes nothing that was not confirmed', async () => {
    const session = await stoppedAt('rollback')
    session.confirmed = new Set(['vol-2'])
    expect(await thrownBy(undo(session))).toMatchObject({ code: 'not-confirmed' })
    expect(session.world.standing.volumes).toHaveLength(1)
  })

  it('is refused after the hand-over, and nothing is touched', async () => {
    const session = fakeSession({ flags: { yes: true, confirm: ['web'] } })
    await walk(session, false)
    const before = session.world.standing
    session.confirmed = new Set(undoDestroys(session))
    const error = await thrownBy(undo(session))
    expect(error).toBeInstanceOf(Refused)
    expect(error).toMatchObject({ code: 'handed-over' })
    expect(session.world.standing).toEqual(before)
  })

  it('is refused once the hand-over was begun: the volume may be production already', async () => {
    const session = await confirmedAt('disown')
    expect(await thrownBy(undo(session))).toMatchObject({ code: 'handed-over' })
    expect(session.world.changes).toEqual([])
  })

  it('once begun can only be gone on with: the state says so from the first step that was taken back', async () => {
    const session = await confirmedAt('start', {}, 'after')
    expect(session.state.undoing).toBe(false)
    session.world.happens = (_when, line) => {
      if (line.startsWith('detach')) throw new Refused({ code: 'stopped', message: 'stopped' })
    }
    await thrownBy(undo(session))
    expect(session.state).toMatchObject({ undoing: true, finished: null })
  })

  it('has as its route what it takes back, in that order, and none of what is never taken back', async () => {
    const { route, state } = await stoppedAt('disown')
    const { legs } = undoRoute(route, state.actions)
    expect(legs.flatMap(({ actions }) => actions.map(({ title }) => title))).toEqual([
      'undo: start the service',
      'undo: attach it',
      'undo: make a volume',
    ])
  })

  it('looks for its question, before anything is taken back', async () => {
    const session = await stoppedAt('attach', {}, 'after')
    await settle(session)
    const steps = session.events.flatMap((event) => (event.type === 'command' ? [event.step] : []))
    expect([...new Set(steps)]).toEqual(['review'])
  })

  it('says beforehand what it would run and destroy', async () => {
    const session = await stoppedAt('disown')
    expect(undoCommands(session)).toEqual(['stop', 'detach', 'delete vol-1'])
    expect(undoDestroys(session)).toEqual(['vol-1'])
    expect(session.world.asked).toEqual([])
  })

  it('asks nothing of a host that is gone for good: what was on it went with it', async () => {
    const session = await confirmedAt('start', {}, 'after')
    const gone = { hostGone: 'its instance is terminated' }
    expect(undoCommands(session, gone)).toEqual([])
    await settle(session, gone)
    await undo(session, gone)
    expect(session.world.asked).toEqual([])
    expect(session.state.finished).toBe('undone')
    expect(stepsOf(session, 'undone')).toHaveLength(4)
  })

  it('tells the step it is at', async () => {
    const session = await confirmedAt('start', {}, 'after')
    const seen: StepId[] = []
    await undo(session, { at: (step) => void seen.push(step) })
    expect(seen).toEqual(['start-services', 'roll-back', 'attach-volume', 'create-volume'])
  })

  it('goes on when it is told to stop', async () => {
    const session = await confirmedAt('rollback')
    session.stop.request('SIGINT')
    await undo(session)
    expect(session.world.standing.volumes).toEqual([])
  })
})

describe('the last word of a run that came to no good end', () => {
  it('names what is left, and how to go on or back', async () => {
    const session = await stoppedAt('rollback')
    const volume = expect.objectContaining({ kind: 'volume', id: 'vol-1', madeByUs: true }) as unknown
    const error = new Refused({ code: 'c', message: 'm', next: [{ why: 'look', command: 'zfs list' }] })
    expect(finished(session, error, 3)).toEqual({
      outcome: 'failed',
      runId: '20261121-190000-0a1b',
      exitCode: 3,
      changed: true,
      datasets: [],
      restoredTo: null,
      rtoMs: null,
      dataLossMs: null,
      resources: [volume],
      leftovers: [volume],
      next: [
        { why: 'look', command: 'zfs list' },
        { why: 'go on where it stopped', command: 'lifeboat resume 20261121-190000-0a1b' },
        { why: 'or take back what it made', command: 'lifeboat undo 20261121-190000-0a1b --confirm web' },
      ],
    })
  })

  it('names no command twice', async () => {
    const session = await stoppedAt('rollback')
    const next = [{ why: 'then go on', command: 'lifeboat resume 20261121-190000-0a1b' }]
    const told = finished(session, new Refused({ code: 'c', message: 'm', next }), 3).next
    expect(told.map((each) => each.command)).toEqual([
      'lifeboat resume 20261121-190000-0a1b',
      'lifeboat undo 20261121-190000-0a1b --confirm web',
    ])
  })

  it('has nothing to go on with where nothing was changed', () => {
    const told = finished(fakeSession(), new Cancelled('SIGINT'), 130)
    expect(told).toMatchObject({ outcome: 'cancelled', changed: false, leftovers: [], next: [] })
  })

  it('does not name what was undone', async () => {
    const session = await confirmedAt('rollback')
    session.record({ type: 'undone', at: session.at(), step: 'create-volume' })
    expect(finished(session, new Refused({ code: 'c', message: 'm' }), 3).leftovers).toEqual([])
  })

  it('of one that was taken back is that nothing is left', async () => {
    const session = await confirmedAt('rollback')
    await undo(session)
    expect(takenBack(session)).toMatchObject({
      outcome: 'cancelled',
      exitCode: 0,
      changed: true,
      leftovers: [],
      next: [],
    })
  })
})

/** The step was done, and then the process died, or something else failed. */
async function cutAfter(verb: string): Promise<FakeSession> {
  const session = fakeSession({ flags: { yes: true, confirm: ['web'] } })
  session.world.happens = (when, line) => {
    if (when === 'after' && line.startsWith(verb)) throw new Refused({ code: 'cut', message: 'cut off' })
  }
  await walk(session, false)
  session.world.happens = () => {}
  return session
}

describe('a step whose end is not in the journal', () => {
  it.each(['make', 'attach'])('is undone where it was done (%s)', async (verb) => {
    const session = await cutAfter(verb)
    expect(session.world.standing).not.toEqual(beginning)
    await settle(session)
    session.confirmed = new Set(undoDestroys(session))
    await undo(session)
    expect(session.world.standing).toEqual(beginning)
  })

  it('says what it made before it is deleted, and is not deleted unconfirmed', async () => {
    const session = await cutAfter('make')
    expect(undoDestroys(session)).toEqual([])
    await settle(session)
    expect(undoDestroys(session)).toEqual(['vol-1'])
    expect(undoCommands(session)).toEqual(['delete vol-1'])
    expect(await thrownBy(undo(session))).toMatchObject({ code: 'not-confirmed' })
  })

  it('is left as it is where it was not done', async () => {
    const session = await stoppedAt('make')
    await settle(session)
    expect(session.state.actions.get('create-volume')?.status).toBe('failed')
    await undo(session)
    expect(session.world.standing).toEqual(beginning)
  })

  it('is not asked about when it is done or undone', async () => {
    const session = await confirmedAt('rollback')
    await undo(session)
    session.world.asked.length = 0
    await settle(session)
    expect(session.world.asked).toEqual([])
  })
})

it('a route without an undo of a step goes past it', async () => {
  const route = fakeRoute({ 'attach-volume': { undo: undefined } as never })
  const session = await confirmedAt('rollback', { route })
  expect(await thrownBy(undo(session))).toMatchObject({ code: 'remote-command-failed' })
  expect(stepsOf(session, 'undone')).toEqual(['roll-back', 'attach-volume'])
})
