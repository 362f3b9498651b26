import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { learnCommand } from '../../src/commands/learn.ts'
import { keepDrill } from '../../src/commands/drill-history.ts'
import type { Surroundings } from '../../src/commands/options.ts'
import { lessons } from '../../src/learn/lessons.ts'
import { keepProgress, noProgress, progressIn, withLesson } from '../../src/learn/progress.ts'
import { lifeboat } from './surroundings.ts'

const at = '2026-11-21T10:00:00.000Z'
const newState = (): Promise<string> => mkdtemp(join(tmpdir(), 'lifeboat-learn-'))

describe('without anybody to read', () => {
  it('lists the lessons, and how each is begun', async () => {
    const { exitCode, stdout } = await lifeboat(['learn', '--list'])
    expect(exitCode).toBe(0)
    for (const { id, title } of lessons) {
      expect(stdout).toContain(title)
      expect(stdout).toContain(`lifeboat learn ${id}`)
    }
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('refuses to begin, and names the lessons that there are where one is not', async () => {
    expect(await lifeboat(['learn'])).toMatchObject({ exitCode: 2, stdout: '' })
    const { exitCode, stderr } = await lifeboat(['learn', 'nothing'])
    expect(exitCode).toBe(2)
    for (const { id } of lessons) expect(stderr).toContain(id)
  })

  it('finds a lesson also by the number that it has in the list', async () => {
    const state = await newState()
    expect(await lifeboat(['learn', '8', '--list', '--state-dir', state])).toMatchObject({ exitCode: 0 })
    for (const number of ['0', '9', '1.0']) {
      const { exitCode, stderr } = await lifeboat(['learn', number, '--list', '--state-dir', state])
      expect([number, exitCode]).toEqual([number, 2])
      expect(stderr).toContain(`there is no lesson "${number}"`)
    }
  })

  it('tells the progress as objects, one a lesson', async () => {
    const state = await newState()
    keepProgress(
      state,
      withLesson(noProgress, 'first-restore', at, () => ({
        step: 4,
        tasks: { 'volume-deleted': { tries: 2, passedAt: at, faults: [] } },
        answers: { 0: { isRightAtFirst: false, at } },
      })),
    )
    const { objects } = await lifeboat(['learn', '--json', '--state-dir', state])
    expect(objects.map((each) => each['id'])).toEqual(lessons.map((each) => each.id))
    expect(objects[1]).toMatchObject({
      type: 'lesson',
      state: 'begun',
      step: 4,
      questions: { of: 3, answered: 1, rightAtFirst: 0 },
      doing: [{ name: 'volume-deleted', tries: 2, passedAt: at }],
    })
  })
})

it('the summary tells a team lead what was done when, what is open, and the drills', async () => {
  const state = await newState()
  const first = withLesson(noProgress, 'first-restore', at, () => ({
    doneAt: at,
    tasks: { 'volume-deleted': { tries: 1, passedAt: at, faults: [] } },
    answers: { 0: { isRightAtFirst: true, at }, 1: { isRightAtFirst: true, at }, 2: { isRightAtFirst: false, at } },
  }))
  const open = { tries: 2, passedAt: null, faults: ['the data was not restored'] }
  keepProgress(
    state,
    withLesson(first, 'point-in-time', at, () => ({ step: 3, tasks: { 'newest-too-new': open } })),
  )
  keepDrill(state, {
    at,
    scenario: 'needless-rollback',
    seed: 1,
    passed: true,
    outcome: 'restored',
    exitCode: 0,
    rtoMs: 60_000,
    dataLossMs: 0,
    objectives: { rtoMs: 1_800_000, dataLossMs: 86_400_000 },
    destroyed: [],
    hints: 0,
    guards: [],
    faults: [],
  })
  const { stdout, exitCode } = await lifeboat(['learn', '--summary', '--state-dir', state])
  expect(exitCode).toBe(0)
  const lines = stdout.split('\n')
  expect(lines.slice(0, 2)).toEqual([
    'lifeboat learn: 1 of 8 lessons done (times are UTC)',
    'questions answered right at the first try: 2 of 3 answered, of 22 in all',
  ])
  expect(lines.slice(4, 9)).toEqual([
    '  2  your first restore                done 2026-11-21 10:00, answers 2 of 3',
    '     volume-deleted: done',
    '  3  choosing the right point in time  begun, 3 of 5 steps',
    '     newest-too-new: open after 2 tries',
    '       the data was not restored',
  ])
  expect(stdout).toContain('2026-11-21 10:00  needless-rollback    passed')
})

/** Somebody at a terminal without screens, who types when a question stands there. */
async function reader(state: string) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  let said = ''
  for (const stream of [stdout, stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  let signalled: Parameters<Surroundings['onSignal']>[0] | undefined
  const ended = learnCommand(
    'what-is-where',
    { plain: true, stateDir: state },
    {
      env: {},
      stdin: stdin as unknown as Surroundings['stdin'],
      stdout: stdout as unknown as Surroundings['stdout'],
      stderr: stderr as unknown as Surroundings['stderr'],
      onSignal(handler) {
        signalled = handler
        return () => {}
      },
      lend: (work) => work(),
    },
  )
  let seen = 0
  return {
    ended,
    interrupt: () => signalled?.('SIGINT'),
    /** Waits for a text after the last one, with a question below it. */
    async reads(text: string) {
      await vi.waitFor(() => {
        const from = said.indexOf(text, seen)
        expect(from).toBeGreaterThanOrEqual(0)
        expect(said.slice(from)).toMatch(/: $/)
        seen = said.length
      })
    },
    types: (line: string) => void stdin.write(`${line}\n`),
    said: () => said,
  }
}

it('is left at any page with Ctrl-C, and goes on there the next time', async () => {
  const state = await newState()
  const first = await reader(state)
  await first.reads('Two disks')
  first.types('')
  await first.reads('Inside the volume: ZFS')
  first.types('b')
  await first.reads('Two disks')
  first.types('')
  await first.reads('Inside the volume: ZFS')
  first.types('')
  await first.reads('Three backups')
  first.interrupt()
  expect(await first.ended).toBe(130)
  expect(first.said()).toContain('kept: lifeboat learn goes on where you left')
  expect(progressIn(state).lessons['what-is-where']).toMatchObject({ step: 2, doneAt: null })
  const second = await reader(state)
  await second.reads('Three backups')
  expect(second.said()).not.toContain('Two disks')
  second.interrupt()
  expect(await second.ended).toBe(130)
})

it('comes back to the list of lessons at the end, and ends with the summary', async () => {
  const state = await newState()
  keepProgress(
    state,
    withLesson(noProgress, 'what-is-where', at, () => ({ step: 10 })),
  )
  const who = await reader(state)
  await who.reads('Question 3 of 3')
  who.types('1')
  await who.reads('Not quite')
  who.types('')
  await who.reads('Question 3 of 3')
  who.types('2')
  await who.reads('Right')
  who.types('')
  await who.reads('Which lesson?')
  who.types('9')
  expect(await who.ended).toBe(0)
  expect(who.said()).toContain('lifeboat learn: 1 of 8 lessons done')
  expect(progressIn(state).lessons['what-is-where']?.answers).toMatchObject({ 2: { isRightAtFirst: false } })
})
