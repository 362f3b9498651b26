// Lessons in a real lab of this process: what is shown there, and what the world says afterwards.
import { PassThrough } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { restoreInLab } from '../../src/commands/learn-restore.ts'
import type { Surroundings } from '../../src/commands/options.ts'
import { lessons } from '../../src/learn/lessons.ts'
import { leastPrivilege } from '../../src/learn/lessons/least-privilege.ts'
import { s3Delete } from '../../src/learn/lab-s3.ts'
import type { Lesson } from '../../src/learn/lesson.ts'
import { playLesson, type Player, type Shown } from '../../src/learn/play.ts'
import { begun } from '../../src/learn/progress.ts'
import { dumpKeys, dumpsBucket } from '../../src/learn/worlds.ts'
import type { World } from '../../src/lab/host/manifest.ts'
import { startLab } from '../../src/lab/lab.ts'
import { aftermathOf } from '../../src/lab/scenarios/aftermath.ts'
import type { Scenario } from '../../src/lab/scenarios/scenario.ts'
import { pageLines } from '../../src/text/page.ts'
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

/** Between the frame's rules at 80×24, beside a title, two gaps and one answer. */
const [columns, rows] = [78, 15]

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
        const lines = pageLines(text, columns)
        expect(lines.length > rows ? lines : []).toEqual([])
        expect(text).not.toMatch(/command not found|unrecognized|invalid option|usage:|not supported/i)
      }
      expect(answers.map((each) => each.text).join('\n\n')).toMatch(expectations[lesson.id] ?? /./)
    },
    180_000,
  )

  /** What has to be in the answers, or the lesson would teach something that is not seen. */
  const expectations: Readonly<Record<string, RegExp>> = {
    'what-is-where': /vol0a1b2c3d4e5f60718[^]*in-use[^]*SnapshotPolicy +Daily[^]*ONLINE[^]*tank\/home\/alice[^]*--1w/,
    'rollback-or-clone': /more recent snapshots[^]*written@[^]*tank\/then +0B[^]*cannot destroy|held/,
    's3-dumps': /PRE 12-31-[^]*unexpected end of file[^]*dump complete/,
    'least-privilege':
      /upload:[^]*AccessDenied[^]*s3:GetObject[^]*delete failed: [^]*s3:DeleteObject[^]*\n {2}\d{4}\n[^]*explicit deny in a resource-based/,
  }

  it('goes on in the middle: what was done before is done again unseen', async () => {
    const lesson = lessons.find((each) => each.id === 'rollback-or-clone')
    if (lesson === undefined) throw new Error('no such lesson')
    const who = await player(lesson)
    await playLesson({ ...lesson, tasks: [] }, who, keeperOf({ ...begun(at), step: lesson.pages.length + 3 }))
    expect(who.shown[0]?.title).toBe('Both at once  (4 of 6)')
    expect(who.shown[1]?.text).not.toContain('cannot open')
  }, 180_000)
})

/** How somebody would do it badly, and what they are told then. */
interface Bad {
  readonly flags: (world: World) => Readonly<Record<string, string>>
  readonly told: RegExp
}

const rolledBack: Bad = {
  flags: (world) => ({ at: lastHourlyIn(world), way: 'rollback' }),
  told: /records are not those of snap-\w+'s head/,
}

/** The newest hourly snapshot that the newest EBS snapshot holds. */
const lastHourlyIn = (world: World): string =>
  world.hourlies.findLast((each) => each.at < (world.snapshots.at(-1)?.startedAt ?? ''))?.snapshot ?? ''

const badly: Readonly<Record<string, readonly Bad[]>> = {
  'first-restore/volume-deleted': [rolledBack],
  'point-in-time/newest-too-new': [
    { flags: () => ({ at: 'latest' }), told: /a snapshot that was made after the mistake/ },
    {
      flags: () => ({ source: 'ebs', at: 'head', way: 'none' }),
      told: /what alice has written since is gone|not restored/,
    },
  ],
  'rollback-or-clone/bad-deploy': [
    {
      flags: (world) => ({ at: world.hourlies.at(-2)?.snapshot ?? '', way: 'rollback' }),
      told: /a rollback has destroyed tank\/chat@/,
    },
  ],
  'when-things-go-wrong/newest-archived': [
    { flags: (world) => ({ snapshot: world.snapshots.at(-3)?.snapshotId ?? '' }), told: /records are not those/ },
  ],
  'when-things-go-wrong/pool-suspended': [rolledBack],
  'when-things-go-wrong/key-denied': [{ flags: () => ({ source: 'local' }), told: /refusal .*which did not come/ }],
  'first-drill/needless-rollback': [rolledBack],
}

const tasks = lessons.flatMap((lesson) =>
  lesson.tasks.map((task) => ({ name: `${lesson.id}/${task.scenario.id}`, lesson, task })),
)

describe('a restore of a lesson', { timeout: 400_000 }, () => {
  it.each(tasks)('$name is passed by one who does it well', async ({ lesson, task }) => {
    const outcome = await (await player(lesson)).restore(task)
    expect(outcome).toMatchObject({ passed: true, faults: [] })
    expect(outcome.text).toContain(task.scenario.moral)
  })

  it.each(tasks.flatMap((each) => (badly[each.name] ?? []).map((bad, which) => ({ ...each, bad, which }))))(
    '$name is not passed by one who does it badly ($which)',
    async ({ lesson, task, bad }) => {
      const { scenario } = task
      const flags: Scenario['flags'] = (world) => ({ ...scenario.flags?.(world), ...bad.flags(world) })
      const outcome = await (await player(lesson)).restore({ ...task, scenario: { ...scenario, flags } })
      expect(outcome.passed).toBe(false)
      expect(outcome.faults.join('\n')).toMatch(bad.told)
    },
  )

  it('has a bad way for every task', () => {
    expect(Object.keys(badly)).toEqual(tasks.map(({ name }) => name))
  })
})

describe('what was looked at', () => {
  it.each([
    ['what-is-where', 'systemctl stop chat.service', /chat\.service is inactive/],
    ['rollback-or-clone', 'zfs list -H -o name -t snapshot tank/chat | tail -n 1 | xargs zfs destroy', /are gone/],
    ['s3-dumps', 'systemctl stop chat.service', /chat\.service is inactive/],
  ])(
    'in %s is not passed where somebody has broken something meanwhile',
    async (id, line, told) => {
      const lesson = lessons.find((each) => each.id === id)
      const who = lesson === undefined ? undefined : await player(lesson)
      const { looks } = lesson ?? {}
      if (looks === undefined || who === undefined) throw new Error('no such lesson')
      const faults = await who.inLab(looks.scenario, async (lab) => {
        await lab.stage.ssh(line)
        return looks.judge(lab, await aftermathOf(lab.stage, looks.scenario))
      })
      expect(faults.join('\n')).toMatch(told)
    },
    180_000,
  )

  it('in least-privilege is not passed where a dump is gone', async () => {
    const who = await player(leastPrivilege)
    const { looks } = leastPrivilege
    if (looks === undefined) throw new Error('no looks')
    const faults = await who.inLab(looks.scenario, async (lab) => {
      await s3Delete(lab, dumpsBucket, dumpKeys(lab.stage.world).yesterday)
      return looks.judge(lab, await aftermathOf(lab.stage, looks.scenario))
    })
    expect(faults).toContain("yesterday's dump is no longer whole")
  }, 180_000)
})
