// Somebody who learns: reads every page, and answers as the test wants.
import type { Lesson } from '../../src/learn/lesson.ts'
import type { Keeper, Outcome, Player, Shown } from '../../src/learn/play.ts'
import { begun, type LessonProgress } from '../../src/learn/progress.ts'

export const at = '2026-11-21T10:00:00.000Z'

/** Which answers are given: the first of a question, and the later ones. */
export const rightly = (lesson: Lesson, page: Shown): number =>
  Math.max(0, lesson.questions.find((each) => each.text === page.text)?.answers.findIndex((each) => each.isRight) ?? 0)

export interface Fake extends Player {
  readonly shown: Shown[]
}

export function fakePlayer(choose: (page: Shown) => number | 'back', outcomes: readonly Outcome[] = []): Fake {
  const shown: Shown[] = []
  const left = [...outcomes]
  return {
    shown,
    now: () => at,
    show(page) {
      shown.push(page)
      return Promise.resolve(choose(page))
    },
    inLab: () => Promise.reject(new Error('there is no lab in this test')),
    restore: () => Promise.resolve(left.shift() ?? { passed: true, text: 'restored', faults: [] }),
  }
}

export interface Kept extends Keeper {
  readonly now: () => LessonProgress
  readonly writes: () => number
}

/** Keeps in memory. @param until so many writes are done; the next one kills */
export function keeperOf(start: LessonProgress = begun(at), until = Number.POSITIVE_INFINITY): Kept {
  let [progress, writes] = [start, 0]
  return {
    known: () => progress,
    now: () => progress,
    writes: () => writes,
    keep(change) {
      if (writes >= until) throw new Error('killed')
      writes++
      progress = { ...progress, ...change(progress) }
    },
  }
}
