// What was learnt, for who learns and for who leads a team.
import { stepsOf, type Lesson } from './lesson.ts'
import type { LessonProgress, Progress } from './progress.ts'

/** How far somebody is with one lesson. Instants are ISO UTC. */
export interface Standing {
  readonly id: string
  readonly title: string
  readonly state: 'new' | 'begun' | 'done'
  readonly startedAt: string | null
  readonly doneAt: string | null
  /** Where it goes on: the steps behind, and how many there are. */
  readonly step: number
  readonly steps: number
  readonly questions: { readonly of: number; readonly answered: number; readonly rightAtFirst: number }
  readonly doing: readonly {
    readonly name: string
    readonly tries: number
    readonly passedAt: string | null
    readonly faults: readonly string[]
  }[]
}

function standingOf(lesson: Lesson, known: LessonProgress | undefined): Standing {
  const answers = Object.values(known?.answers ?? {})
  const names = [...(lesson.looks === undefined ? [] : ['looks']), ...lesson.tasks.map((each) => each.scenario.id)]
  return {
    id: lesson.id,
    title: lesson.title,
    state: known === undefined ? 'new' : known.doneAt === null ? 'begun' : 'done',
    startedAt: known?.startedAt ?? null,
    doneAt: known?.doneAt ?? null,
    step: known?.step ?? 0,
    steps: stepsOf(lesson).length,
    questions: {
      of: lesson.questions.length,
      answered: answers.length,
      rightAtFirst: answers.filter((each) => each.isRightAtFirst).length,
    },
    doing: names.map((name) => ({ name, tries: 0, passedAt: null, faults: [], ...known?.tasks[name] })),
  }
}

/** One for each lesson, in their order. */
export const standings = (lessons: readonly Lesson[], progress: Progress): Standing[] =>
  lessons.map((lesson) => standingOf(lesson, progress.lessons[lesson.id]))

/** Where to go on: what was begun, else the first that is new. Undefined where all is done. */
export const nextOf = (all: readonly Standing[]): Standing | undefined =>
  all.find(({ state }) => state === 'begun') ?? all.find(({ state }) => state === 'new')

const minute = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)}`

const doingWords = ({ doing }: Standing): string[] =>
  doing.flatMap(({ name, tries, passedAt, faults }) => {
    if (tries === 0) return []
    const what = name === 'looks' ? 'looked around in the lab' : name
    const how =
      passedAt === null
        ? `open after ${tries === 1 ? 'one try' : `${tries} tries`}`
        : tries === 1
          ? 'done'
          : `done, ${tries} tries`
    return [`     ${what}: ${how}`, ...(passedAt === null ? faults.map((fault) => `       ${fault}`) : [])]
  })

/** A lesson and how far it is, in one line. */
export function standingWords(standing: Standing): string {
  const { title, state, doneAt, step, steps, questions } = standing
  const how =
    state === 'new'
      ? ''
      : state === 'begun'
        ? `begun, ${step} of ${steps} steps`
        : `done ${minute(doneAt ?? '')}, answers ${questions.rightAtFirst} of ${questions.of}`
  return `${title.padEnd(33)} ${how}`.trimEnd()
}

/** The same in a list, with its number. */
export const standingLine = (standing: Standing, at: number): string => `${at + 1}  ${standingWords(standing)}`

/** The whole of it, a line each; times are UTC. @param drills a line for each drill of this machine */
export function* summaryLines(all: readonly Standing[], drills: readonly string[]): Generator<string> {
  const done = all.filter(({ state }) => state === 'done').length
  const sum = (of: (each: Standing) => number): number => all.reduce((total, each) => total + of(each), 0)
  yield `lifeboat learn: ${done} of ${all.length} lessons done (times are UTC)`
  yield `questions answered right at the first try: ${sum((each) => each.questions.rightAtFirst)} of ${sum((each) => each.questions.answered)} answered, of ${sum((each) => each.questions.of)} in all`
  yield ''
  for (const [at, standing] of all.entries()) {
    yield `  ${standingLine(standing, at)}`
    yield* doingWords(standing)
  }
  yield ''
  yield drills.length === 0 ? 'no drills yet: lifeboat drill begins one' : 'drills of this machine:'
  for (const line of drills) yield `  ${line}`
}
