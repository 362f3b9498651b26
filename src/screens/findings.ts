// What was found out for a step, as lines of a screen.
import { keyTable } from './keys.ts'
import type { Line } from './parts/scroll.tsx'
import type { Found, StepView } from './view.ts'

const tones = { info: undefined, warn: 'warn', error: 'bad' } as const

/** Warnings and errors say so in words too. */
const leads = { info: '', warn: 'warning: ', error: 'error: ' } as const

/** Where a flag is named that leads on, the wizard's own way there: nobody types flags at a screen. */
const inWizard = (text: string): string =>
  text.replace(/: --snapshot snap-…$/, `: ${keyTable.other.shown} types the id of one`)

const linesOf = ({ level, text }: Found): Line[] =>
  inWizard(text)
    .split('\n')
    .map((line, at) => {
      const tone = tones[level]
      return { text: `${at === 0 ? leads[level] : ''}${line}`, ...(tone === undefined ? {} : { tone }) }
    })

export const findingLines = ({ findings }: Pick<StepView, 'findings'>): Line[] => findings.flatMap(linesOf)

/** What was found out beside the commands of a plan. */
export const factLines = ({ findings }: Pick<StepView, 'findings'>): Line[] =>
  findingLines({ findings: findings.filter((each) => each.part !== 'command') })

/**
 * A plan to be read: what counts first, then the steps. Their commands are a key away, or follow each step.
 * @param told what is said of a step's line
 */
export function planLines(
  { findings }: Pick<StepView, 'findings'>,
  commands: 'a key away' | 'shown',
  told: (line: string) => string = (line) => line,
): Line[] {
  const summary = findings.filter((each) => each.part === 'summary')
  const steps = findings.filter(({ part }) => part === undefined || (part === 'command' && commands === 'shown'))
  const several = summary.length > 0 && steps.length > 0
  const title = commands === 'shown' ? 'the steps and their commands:' : 'the steps (c shows their commands):'
  return [
    ...summary.flatMap(linesOf),
    ...(several ? [{ text: '' }, { text: title, tone: 'dim' as const }] : []),
    ...steps.flatMap((each) =>
      // A command of several lines stays below its first.
      linesOf({ ...each, text: told(each.text) }).map((line, at) =>
        each.part === 'command' && at > 0 ? { ...line, text: `    ${line.text}` } : line,
      ),
    ),
  ]
}

const withoutPrompt = (text: string): string => text.replace(/^ *\$ /, '')

const isCommand = ({ part }: Found): boolean => part === 'command'

/** The commands of a plan, fit for the screen, below the steps that they are of. */
export function plannedLines({ findings }: Pick<StepView, 'findings'>): Line[] {
  return findings.flatMap((each, which) => {
    if (isCommand(each))
      return withoutPrompt(each.text)
        .split('\n')
        .map((line, at) => ({ text: at === 0 ? `$ ${line}` : `  ${line}` }))
    // The step that the next command is of; steps without one would only be in the way.
    const next = findings[which + 1]
    return next !== undefined && isCommand(next) && each.part === undefined
      ? linesOf(each).map(({ text }) => ({ text: `# ${text}`, tone: 'dim' as const }))
      : []
  })
}

/** The same, letter for letter as they will run. */
export const exactCommands = ({ findings }: Pick<StepView, 'findings'>): string[] =>
  findings.filter(isCommand).map(({ exact }) => withoutPrompt(exact))
