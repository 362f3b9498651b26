import { describe, expect, it } from 'vitest'
import type { Lesson } from '../../src/learn/lesson.ts'
import { playLesson, type Shown } from '../../src/learn/play.ts'
import { volumeDeleted } from '../../src/lab/scenarios/volume-deleted.ts'
import { at, fakePlayer, keeperOf, rightly } from './fake-player.ts'

const lesson: Lesson = {
  id: 'short',
  title: 'a short one',
  minutes: 1,
  pages: [
    { title: 'one', text: 'first' },
    { title: 'two', text: 'second' },
  ],
  tasks: [{ title: 'do it', text: 'now', scenario: volumeDeleted }],
  questions: [
    {
      text: 'Which?',
      answers: [
        { text: 'this', isRight: false, because: 'It is the other.' },
        { text: 'that', isRight: true, because: 'It is that.' },
      ],
    },
    {
      text: 'And now?',
      answers: [
        { text: 'yes', isRight: true, because: 'Yes.' },
        { text: 'no', isRight: false, because: 'It is yes.' },
      ],
    },
  ],
}

const right = (page: Shown): number => rightly(lesson, page)
const titles = (shown: readonly Shown[]): string[] => shown.map((each) => each.title)

/** Answers the first question wrongly at first. */
function wrongAtFirst(): (page: Shown) => number {
  let isFirst = true
  return (page) => {
    if (page.text !== 'Which?' || !isFirst) return right(page)
    isFirst = false
    return 0
  }
}

describe('a lesson', () => {
  it('goes from the pages over the task and its check to the questions, and is done', async () => {
    const [player, keeper] = [fakePlayer(right), keeperOf()]
    await playLesson(lesson, player, keeper)
    expect(titles(player.shown)).toEqual([
      'one  (1 of 2)',
      'two  (2 of 2)',
      'do it',
      'Checked in the lab: it is as it ought to be',
      'Question 1 of 2',
      'Right',
      'Question 2 of 2',
      'Right',
    ])
    expect(keeper.now()).toEqual({
      startedAt: at,
      step: 0,
      doneAt: at,
      tasks: { 'volume-deleted': { tries: 1, passedAt: at, faults: [] } },
      answers: { 0: { isRightAtFirst: true, at }, 1: { isRightAtFirst: true, at } },
    })
  })

  it('can be leafed back through its pages', async () => {
    let back = 1
    const player = fakePlayer((page) => (page.title.startsWith('two') && back-- > 0 ? 'back' : right(page)))
    await playLesson(lesson, player, keeperOf())
    expect(titles(player.shown).slice(0, 4)).toEqual([
      'one  (1 of 2)',
      'two  (2 of 2)',
      'one  (1 of 2)',
      'two  (2 of 2)',
    ])
    expect(player.shown.map((each) => each.hasBack).slice(0, 2)).toEqual([false, true])
  })

  it('goes back from a task to the pages before it', async () => {
    let back = 1
    const player = fakePlayer((page) => (page.title === 'do it' && back-- > 0 ? 'back' : right(page)))
    await playLesson(lesson, player, keeperOf())
    expect(titles(player.shown).slice(0, 5)).toEqual([
      'one  (1 of 2)',
      'two  (2 of 2)',
      'do it',
      'two  (2 of 2)',
      'do it',
    ])
  })

  it('gives one hint more after each try that went wrong, and none in a drill', async () => {
    const wrong = { passed: false, text: '', faults: ['the data was not restored'] }
    const told = async (isDrill: boolean): Promise<(string | undefined)[]> => {
      const tasks = lesson.tasks.map((task) => ({ ...task, isDrill }))
      const player = fakePlayer(right, [wrong, wrong])
      await playLesson({ ...lesson, tasks }, player, keeperOf())
      return player.shown
        .filter(({ title }) => title.endsWith('not yet'))
        .map(({ text }) => /A hint: (.*)/.exec(text)?.[1])
    }
    expect(await told(false)).toEqual(volumeDeleted.hints.slice(0, 2))
    expect(await told(true)).toEqual([undefined, undefined])
  })

  it('names the command line of a wizard that is begun for one dataset', async () => {
    const tasks = lesson.tasks.map((task) => ({ ...task, dataset: 'tank/chat' }))
    const player = fakePlayer(right)
    await playLesson({ ...lesson, tasks }, player, keeperOf())
    expect(player.shown.find(({ title }) => title === 'do it')?.text).toContain('$ lifeboat --dataset tank/chat')
  })

  it('says why a wrong answer is wrong, asks again, and keeps that it was not the first try', async () => {
    const asked: string[] = []
    const player = fakePlayer((page) => {
      if (page.text !== 'Which?') return right(page)
      asked.push(page.title)
      return asked.length === 1 ? 0 : 1
    })
    const keeper = keeperOf()
    await playLesson(lesson, player, keeper)
    expect(asked).toHaveLength(2)
    const told = player.shown.filter(({ title }) => title === 'Not quite' || title === 'Right')
    expect(told.map(({ title, text }) => `${title}: ${text.split('\n').at(-1)}`)).toEqual([
      'Not quite: It is the other.',
      'Right: It is that.',
      'Right: Yes.',
    ])
    expect(keeper.now().answers[0]).toEqual({ isRightAtFirst: false, at })
  })

  it('tells what is wrong in the world, and lets the task be done once more', async () => {
    const wrong = { passed: false, text: '', faults: ['a rollback has thrown away 45 minutes'] }
    const player = fakePlayer(right, [wrong])
    const keeper = keeperOf()
    await playLesson(lesson, player, keeper)
    const told = player.shown.find(({ title }) => title === 'Checked in the lab: not yet')
    expect(told?.text).toContain('- a rollback has thrown away 45 minutes')
    expect(keeper.now().tasks['volume-deleted']).toEqual({ tries: 2, passedAt: at, faults: [] })
  })

  it('goes on with an open task where that is wanted, and keeps that it is open', async () => {
    const wrong = { passed: false, text: '', faults: ['the data was not restored'] }
    const player = fakePlayer((page) => (page.title.endsWith('not yet') ? 1 : right(page)), [wrong])
    const keeper = keeperOf()
    await playLesson(lesson, player, keeper)
    expect(keeper.now()).toMatchObject({
      doneAt: at,
      tasks: { 'volume-deleted': { tries: 1, passedAt: null, faults: ['the data was not restored'] } },
    })
  })

  it('that is killed between any two writes goes on there, and what was answered first stays', async () => {
    const whole = keeperOf()
    await playLesson(lesson, fakePlayer(wrongAtFirst()), whole)
    expect(whole.writes()).toBeGreaterThan(6)
    for (let writes = 0; writes < whole.writes(); writes++) {
      const killed = keeperOf(undefined, writes)
      await expect(playLesson(lesson, fakePlayer(wrongAtFirst()), killed)).rejects.toThrow('killed')
      const later = keeperOf(killed.now())
      const player = fakePlayer(killed.now().answers[0] === undefined ? wrongAtFirst() : right)
      await playLesson(lesson, player, later)
      expect(later.now().answers).toEqual(whole.now().answers)
      expect(later.now()).toMatchObject({ doneAt: at, step: 0 })
      // What is behind is not shown again.
      expect(titles(player.shown).filter((title) => title.startsWith('one'))).toHaveLength(
        killed.now().step > 0 ? 0 : 1,
      )
    }
  })
})
