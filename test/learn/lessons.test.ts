import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { lessons } from '../../src/learn/lessons.ts'
import { stepsOf } from '../../src/learn/lesson.ts'
import { pageLines } from '../../src/text/page.ts'

/** Between the frame's rules at 80×24, beside a title, two gaps and one answer. */
const [columns, rows] = [78, 15]

/** At 60×16. */
const narrowColumns = 58

it('there are eight lessons, an hour in all, each with an id of its own', () => {
  expect(lessons.map((each) => each.id)).toEqual([
    'what-is-where',
    'first-restore',
    'point-in-time',
    'rollback-or-clone',
    'when-things-go-wrong',
    's3-dumps',
    'least-privilege',
    'first-drill',
  ])
  const minutes = lessons.reduce((sum, each) => sum + each.minutes, 0)
  expect(minutes).toBeGreaterThanOrEqual(50)
  expect(minutes).toBeLessThanOrEqual(65)
})

describe.each(lessons.map((each) => [each.id, each] as const))('lesson %s', (_id, lesson) => {
  it('has pages, something to do in the lab, and two or three questions', () => {
    expect(lesson.pages.length).toBeGreaterThanOrEqual(2)
    expect((lesson.looks?.looks.length ?? 0) + lesson.tasks.length).toBeGreaterThanOrEqual(1)
    expect([2, 3]).toContain(lesson.questions.length)
    expect(stepsOf(lesson).filter(({ kind }) => kind === 'question')).toHaveLength(lesson.questions.length)
  })

  it('has pages that need no scrolling on 80×24, and drawings that are whole on 60×16', () => {
    for (const page of lesson.pages) {
      const lines = pageLines(page.text, columns)
      expect([page.title, lines.length > rows ? lines : []]).toEqual([page.title, []])
      expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([])
      const narrow = pageLines(page.text, narrowColumns)
      expect(narrow.filter((line) => stringWidth(line) > narrowColumns)).toEqual([])
      expect(stringWidth(page.title)).toBeLessThanOrEqual(columns - ' (1 of 9)'.length)
    }
  })

  it('has one right answer to each question, and a reason for each answer, right or wrong', () => {
    for (const { text, answers } of lesson.questions) {
      expect([text, answers.filter((each) => each.isRight).length]).toEqual([text, 1])
      expect(answers.length).toBeGreaterThanOrEqual(2)
      for (const each of answers) expect(each.because.length).toBeGreaterThan(30)
      expect(new Set(answers.map((each) => each.text)).size).toBe(answers.length)
    }
  })

  it('explains what is seen in the answer of each command', () => {
    for (const look of lesson.looks?.looks ?? []) expect(look.seen.length).toBeGreaterThan(15)
  })
})

it('the right answer is not always in the same place', () => {
  const places = lessons.flatMap(({ questions }) =>
    questions.map(({ answers }) => answers.findIndex((each) => each.isRight)),
  )
  expect(places.filter((at) => at === 0).length).toBeGreaterThan(places.length / 5)
  expect(places.filter((at) => at > 0).length).toBeGreaterThan(places.length / 5)
})
