// Takes somebody through a lesson, step by step, and keeps each step as it is done.
import type { Lab } from '../lab/lab.ts'
import { aftermathOf } from '../lab/scenarios/aftermath.ts'
import type { Scenario } from '../lab/scenarios/scenario.ts'
import { stepsOf, type Lesson, type LessonStep, type Look, type Looks, type Page, type Task } from './lesson.ts'
import type { LessonProgress } from './progress.ts'

/** A page with what can be chosen below it. */
export interface Shown extends Page {
  readonly options: readonly string[]
  /** Which of them is marked at first; the first unless said. */
  readonly suggested?: number
  /** Whether there is a page to go back to. */
  readonly hasBack: boolean
}

/** How a task ended, judged by the world. */
export interface Outcome {
  readonly passed: boolean
  /** What there is to tell of it where it is good, as a page has it. */
  readonly text: string
  /** What is not as it ought to be. */
  readonly faults: readonly string[]
}

/** Whoever shows it and does it. */
export interface Player {
  /** @returns which of the options was chosen, from 0 */
  show(page: Shown): Promise<number | 'back'>
  /** Lends a lab, which is gone afterwards. */
  inLab<T>(scenario: Scenario, use: (lab: Lab) => Promise<T>): Promise<T>
  /** The wizard on that incident. */
  restore(task: Task): Promise<Outcome>
  now(): string
}

/** What is known of this lesson, and where what is new is kept. */
export interface Keeper {
  readonly known: () => LessonProgress
  readonly keep: (change: (before: LessonProgress) => Partial<LessonProgress>) => void
}

const only = (page: Page, option: string, hasBack = false): Shown => ({ ...page, options: [option], hasBack })

const bullets = (each: readonly string[]): string => each.map((line) => `- ${line}`).join('\n')

/** Indented, as a page does not wrap it. */
const verbatim = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `  ${line}`)
    .join('\n')

/** Keeps how often something was done, and how it ended; what was once passed stays passed, and is behind. */
function keepOutcome({ keep }: Keeper, name: string, at: string, { passed, faults }: Outcome, next: number): void {
  keep(({ tasks, step }) => {
    const before = tasks[name]
    const passedAt = before?.passedAt ?? (passed ? at : null)
    return {
      step: passed ? next : step,
      tasks: { ...tasks, [name]: { tries: (before?.tries ?? 0) + 1, passedAt, faults: [...faults] } },
    }
  })
}

const answerOf = (lab: Lab, look: Look): Promise<string> =>
  look.answer?.(lab) ?? lab.stage.ssh(`{ ${look.command(lab)}\n} 2>&1; true`)

async function playLooks(
  looks: Looks,
  first: number,
  isNext: (which: number) => void,
  player: Player,
): Promise<Outcome | 'back'> {
  return player.inLab(looks.scenario, async (lab) => {
    for (const [which, look] of looks.looks.entries()) {
      const command = look.command(lab)
      const title = `${look.title}  (${which + 1} of ${looks.looks.length})`
      if (which >= first) {
        const before = only({ title, text: `${look.text}\n\n  $ ${command}` }, 'run it', which === 0)
        if ((await player.show(before)) === 'back') return 'back'
      }
      const answer = await answerOf(lab, look)
      if (which < first) continue
      const text = `  $ ${command}\n${verbatim(answer)}\n\n${look.seen}`
      await player.show(only({ title, text }, 'go on'))
      if (which + 1 < looks.looks.length) isNext(which + 1)
    }
    const faults = await looks.judge(lab, await aftermathOf(lab.stage, looks.scenario))
    return { passed: faults.length === 0, faults, text: looks.good }
  })
}

/** @returns whether it is to be done once more */
async function tellOutcome(player: Player, { passed, text, faults }: Outcome, hint?: string): Promise<boolean> {
  if (passed) {
    await player.show(only({ title: 'Checked in the lab: it is as it ought to be', text }, 'go on'))
    return false
  }
  const wrong = [
    'This is not as it ought to be:',
    bullets(faults),
    ...(hint === undefined ? [] : [`A hint: ${hint}`]),
    'Nothing of yours was touched: try it as often as you like, in a new world each time.',
  ].join('\n\n')
  const chosen = await player.show({
    title: 'Checked in the lab: not yet',
    text: wrong,
    options: ['try it once more', 'go on; the summary says that it is open'],
    hasBack: false,
  })
  return chosen === 0
}

/** @param here the place of the task in the lesson */
async function playTask(task: Task, player: Player, keeper: Keeper, here: number, hasBack: boolean): Promise<number> {
  const { scenario, dataset, isDrill = false } = task
  const line =
    dataset === undefined ? [] : ['The wizard is begun for one dataset:', `  $ lifeboat --dataset ${dataset}`]
  const text = [task.text, ...scenario.brief, ...line].join('\n\n')
  for (;;) {
    const chosen = await player.show(only({ title: task.title, text }, 'begin: the wizard opens', hasBack))
    if (chosen === 'back') return here - 1
    const outcome = await player.restore(task)
    keepOutcome(keeper, scenario.id, player.now(), outcome, here + 1)
    const tries = keeper.known().tasks[scenario.id]?.tries ?? 1
    const hint = isDrill ? undefined : scenario.hints[Math.min(tries, scenario.hints.length) - 1]
    if (!(await tellOutcome(player, outcome, hint))) return here + 1
  }
}

async function playQuestion(
  { question, which }: Extract<LessonStep, { kind: 'question' }>,
  of: number,
  player: Player,
  keeper: Keeper,
): Promise<void> {
  const title = `Question ${which + 1} of ${of}`
  for (;;) {
    const chosen = await player.show({
      title,
      text: question.text,
      options: question.answers.map((each) => each.text),
      hasBack: false,
    })
    const answer = question.answers[chosen === 'back' ? 0 : chosen]
    if (answer === undefined) continue
    const at = player.now()
    // What was answered first counts, also where the lesson is done once more.
    keeper.keep(({ answers, step }) => ({
      step: answer.isRight ? step + 1 : step,
      answers: { [which]: { isRightAtFirst: answer.isRight, at }, ...answers },
    }))
    const text = `${question.text}\n\nYour answer: ${answer.text}.\n\n${answer.because}`
    await player.show(
      only({ title: answer.isRight ? 'Right' : 'Not quite', text }, answer.isRight ? 'go on' : 'try again'),
    )
    if (answer.isRight) return
  }
}

/**
 * Goes on where it was left, to the end of the lesson.
 * @throws whatever a player throws when somebody leaves: what was done until then is kept
 */
export async function playLesson(lesson: Lesson, player: Player, keeper: Keeper): Promise<void> {
  const steps = stepsOf(lesson)
  const at = (): number => Math.min(keeper.known().step, steps.length)
  const to = (step: number): void => keeper.keep(() => ({ step }))
  for (let step = steps[at()]; step !== undefined; step = steps[at()]) {
    const here = at()
    switch (step.kind) {
      case 'page': {
        const title = `${step.page.title}  (${here + 1} of ${lesson.pages.length})`
        const chosen = await player.show(only({ ...step.page, title }, 'go on', here > 0))
        to(chosen === 'back' ? here - 1 : here + 1)
        break
      }
      case 'look': {
        const { looks } = lesson
        if (looks === undefined) throw new Error(`${lesson.id} has no looks`)
        const begin = here - step.which
        const outcome = await playLooks(looks, step.which, (which) => to(begin + which), player)
        if (outcome === 'back') {
          to(begin - 1)
          break
        }
        keepOutcome(keeper, 'looks', player.now(), outcome, begin + looks.looks.length)
        to((await tellOutcome(player, outcome)) ? begin : begin + looks.looks.length)
        break
      }
      case 'task':
        to(await playTask(step.task, player, keeper, here, steps[here - 1]?.kind === 'page'))
        break
      case 'question':
        await playQuestion(step, lesson.questions.length, player, keeper)
        break
    }
  }
  keeper.keep(({ doneAt }) => ({ doneAt: doneAt ?? player.now(), step: 0 }))
}
