// What a lesson is: pages to read, something to do in the lab, and questions.
import type { World } from '../lab/host/manifest.ts'
import type { Lab } from '../lab/lab.ts'
import type { Aftermath, Scenario } from '../lab/scenarios/scenario.ts'

/** Paragraphs and drawings, as `pageLines` of src/text/page.ts reads them. */
export interface Page {
  readonly title: string
  readonly text: string
}

/** A look at the lab: a command is shown, run, and its answer is explained. */
export interface Look extends Page {
  /** As it would be typed on the host, or where `aws` is set up. */
  readonly command: (lab: Lab) => string
  /** Its answer, where the host does not give it. */
  readonly answer?: (lab: Lab) => Promise<string>
  /** What is to be seen in the answer. */
  readonly seen: string
}

export interface Looks {
  readonly scenario: Scenario
  readonly looks: readonly Look[]
  /** What is not as it ought to be when all has been looked at; nothing, where it is. */
  readonly judge: (lab: Lab, after: Aftermath) => Promise<readonly string[]>
  /** What is said where nothing is wrong. */
  readonly good: string
}

/** What a restore has come to, beside the world. */
interface Ended {
  /** The snapshots that rollbacks have destroyed. */
  readonly destroyed: readonly string[]
}

/** An incident for the wizard. */
export interface Task extends Page {
  readonly scenario: Scenario
  /** The one dataset that the wizard is begun for. */
  readonly dataset?: string
  /** What is to be better than the scenario asks for: nothing, where it is. */
  readonly judge?: (ended: Ended, after: Aftermath, world: World) => readonly string[]
  /** It counts as a drill: it is in the history of drills, and there are no hints. */
  readonly isDrill?: boolean
}

interface Answer {
  readonly text: string
  readonly isRight: boolean
  /** Why it is right, or what is wrong with it. */
  readonly because: string
}

interface Question {
  readonly text: string
  readonly answers: readonly Answer[]
}

export interface Lesson {
  /** As on the command line: `first-restore`. */
  readonly id: string
  readonly title: string
  /** How long it takes, about. */
  readonly minutes: number
  readonly pages: readonly Page[]
  readonly looks?: Looks
  readonly tasks: readonly Task[]
  readonly questions: readonly Question[]
}

/** One thing after the other: where somebody is in a lesson is a place in this list. */
export type LessonStep =
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'look'; readonly which: number }
  | { readonly kind: 'task'; readonly task: Task; readonly which: number }
  | { readonly kind: 'question'; readonly question: Question; readonly which: number }

export const stepsOf = ({ pages, looks, tasks, questions }: Lesson): readonly LessonStep[] => [
  ...pages.map((page) => ({ kind: 'page' as const, page })),
  ...(looks?.looks ?? []).map((_look, which) => ({ kind: 'look' as const, which })),
  ...tasks.map((task, which) => ({ kind: 'task' as const, task, which })),
  ...questions.map((question, which) => ({ kind: 'question' as const, question, which })),
]
