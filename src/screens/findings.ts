// What was found out for a step, as lines of a screen.
import type { Line } from './parts/scroll.tsx'
import type { Found, StepView } from './view.ts'

const tones = { info: undefined, warn: 'warn', error: 'bad' } as const

/** Warnings and errors say so in words too. */
const leads = { info: '', warn: 'warning: ', error: 'error: ' } as const

const linesOf = ({ level, text }: Found): Line[] =>
  text.split('\n').map((line, at) => {
    const tone = tones[level]
    return { text: `${at === 0 ? leads[level] : ''}${line}`, ...(tone === undefined ? {} : { tone }) }
  })

export const findingLines = ({ findings }: Pick<StepView, 'findings'>): Line[] => findings.flatMap(linesOf)

/** A plan to be read: what counts first, then the steps. Their commands are a key away. */
export function planLines({ findings }: Pick<StepView, 'findings'>): Line[] {
  const summary = findings.filter((each) => each.part === 'summary')
  const steps = findings.filter((each) => each.part === undefined)
  const several = summary.length > 0 && steps.length > 0
  return [
    ...summary.flatMap(linesOf),
    ...(several ? [{ text: '' }, { text: 'the steps (c shows their commands):', tone: 'dim' as const }] : []),
    ...steps.flatMap(linesOf),
  ]
}

/** The commands of a plan, as they will run. */
export const plannedCommands = ({ findings }: Pick<StepView, 'findings'>): string[] =>
  findings.filter((each) => each.part === 'command').map((each) => each.text.replace(/^ *\$ /, ''))
