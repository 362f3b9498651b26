// Lessons in a real lab of this process: what is shown there, and what the world says afterwards.
import { PassThrough } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { restoreInLab } from '../../src/commands/learn-restore.ts'
import type { Surroundings } from '../../src/commands/options.ts'
import { lessons } from '../../src/learn/lessons.ts'
import { pointInTime } from '../../src/learn/lessons/point-in-time.ts'
import type { Lesson, Task } from '../../src/learn/lesson.ts'
import { playLesson, type Player, type Shown } from '../../src/learn/play.ts'
import { begun } from '../../src/learn/progress.ts'
import { startLab } from '../../src/lab/lab.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { at, fakePlayer, keeperOf, rightly } from './fake-player.ts'

const stream = (): unknown => new PassThrough().resume()

/** Nobody is at the terminal: the suggestions and the scenario's flags answer. */
const nobody: Surroundings = {
  env: { PATH: process.env.PATH },
  stdin: new PassThrough() as unknown as Surroundings['stdin'],
  stdout: stream() as Surroundings['stdout'],
  stderr: stream() as Surroundings['stderr'],
  onSignal: () => () => {},
  lend: (work) => work(),
}

async function player(lesson: Lesson): Promise<Player & { readonly shown: Shown[] }> {
  const [cacheDir, state] = [await temporaryFolder(), await temporaryFolder()]
  return {
    // What is not yet right is left open: it would never be, and the test would not end.
    ...fakePlayer((page) => (page.title.endsWith('not yet') ? 1 : rightly(lesson, page))),
    async inLab(scenario, use) {
      const lab = await startLab({ cacheDir, host: 'simulated', delays: 'none', scenario })
      onTestFinished(() => lab.close())
      return use(lab)
    },
    restore: (task) => restoreInLab(task, { cacheDir, stateDir: state, quiet: true }, nobody, false),
  }
}

const looking = lessons.filter((each) => each.looks !== undefined)

describe('what is looked at', () => {
  it.each(looking.map((each) => [each.id, each] as const))(
    'in lesson %s gives answers, and leaves the world as it ought to be',
    async (_id, lesson) => {
      const who = await player(lesson)
      const keeper = keeperOf({ ...begun(at), step: lesson.pages.length })
      await playLesson({ ...lesson, tasks: [] }, who, keeper)
      expect(keeper.now().tasks).toEqual({ looks: { tries: 1, passedAt: at, faults: [] } })
      const answers = who.shown.filter((page) => page.options[0] === 'go on' && page.text.startsWith('  $ '))
      expect(answers).toHaveLength(lesson.looks?.looks.length ?? 0)
      for (const { text } of answers) {
        expect(text.split('\n').filter((line) => line.startsWith('  ')).length).toBeGreaterThan(1)
        expect(text).not.toMatch(/command not found|unrecognized|usage:|not supported/i)
      }
      expect(answers.map((each) => each.text).join('\n\n')).toMatch(expectations[lesson.id] ?? /./)
    },
    180_000,
  )

  /** What has to be in the answers, or the lesson would teach something that is not seen. */
  const expectations: Readonly<Record<string, RegExp>> = {
    'what-is-where': /vol0a1b2c3d4e5f60718[^]*in-use[^]*ONLINE[^]*tank\/home\/alice[^]*--1w/,
    'rollback-or-clone': /more recent snapshots[^]*written@[^]*tank\/then +0B[^]*cannot destroy|held/,
    's3-dumps': /PRE 12-31-[^]*unexpected end of file[^]*dump complete/,
    'least-privilege':
      /upload:[^]*AccessDenied[^]*s3:GetObject[^]*s3:DeleteObject[^]*bytes received[^]*explicit deny in a resource-based/,
  }

  it('goes on in the middle: what was done before is done again unseen', async () => {
    const lesson = lessons.find((each) => each.id === 'rollback-or-clone')
    if (lesson === undefined) throw new Error('no such lesson')
    const who = await player(lesson)
    await playLesson({ ...lesson, tasks: [] }, who, keeperOf({ ...begun(at), step: lesson.pages.length + 3 }))
    expect(who.shown[0]?.title).toBe('Both at once')
    expect(who.shown[1]?.text).not.toContain('cannot open')
  }, 180_000)
})

describe('a lesson with a restore', () => {
  it('is passed by one who chooses the right moment', async () => {
    const who = await player(pointInTime)
    const keeper = keeperOf()
    await playLesson(pointInTime, who, keeper)
    expect(keeper.now()).toMatchObject({
      doneAt: at,
      tasks: { 'newest-too-new': { tries: 1, passedAt: at, faults: [] } },
    })
  }, 300_000)

  it('tells one who chooses the newest snapshot what is wrong', async () => {
    const [task] = pointInTime.tasks
    if (task === undefined) throw new Error('no task')
    const careless: Task = {
      ...task,
      scenario: { ...task.scenario, flags: (world) => ({ ...task.scenario.flags?.(world), at: 'latest' }) },
    }
    const outcome = await (await player(pointInTime)).restore(careless)
    expect(outcome.passed).toBe(false)
    expect(outcome.faults.join('\n')).toContain('a snapshot that was made after the mistake')
  }, 300_000)
})
