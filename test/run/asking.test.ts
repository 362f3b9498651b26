import { describe, expect, it } from 'vitest'
import { decide, nobody, type Asker, type Question } from '../../src/run/asking.ts'
import { contextFor } from '../../src/run/context.ts'
import type { Flags } from '../../src/steps/flags.ts'
import type { Danger, Option } from '../../src/steps/step.ts'
import { UsageError } from '../../src/text/errors.ts'
import { choice } from './fake-route.ts'
import { fakeSession } from './fake-session.ts'

const option = (value: string): Option<unknown> => ({ kind: 'option', value, label: value })

const [suggestion, other] = [option('suggested'), option('other')] as const

/** A person who chooses something else than what is suggested. */
const person: Asker = {
  present: true,
  ask: () => Promise.resolve(other),
  confirm: () => Promise.resolve(),
  secret: () => Promise.resolve(''),
  agree: () => Promise.resolve(false),
}

interface Case {
  readonly danger: Danger
  readonly flags?: Partial<Flags>
  readonly asker?: Asker
  readonly suggested?: Option<unknown> | undefined
  /** What the question's own flag says. */
  readonly flag?: string
}

async function decided(given: Case): Promise<string> {
  const session = fakeSession({ flags: given.flags ?? {} })
  const run = contextFor(session, { step: 'snapshot', attempt: 1, shown: null, ignoresStopping: false })
  const question: Question = {
    step: choice('snapshot', {
      fromFlags: () => (given.flag === undefined ? undefined : { value: given.flag }),
    }),
    danger: given.danger,
    options: [suggestion, other],
    suggested: 'suggested' in given ? given.suggested : suggestion,
    confirmation: 'web',
    earlier: [],
  }
  const made = await decide(question, run, given.asker ?? nobody, session.stop.stopping)
  if (made.kind === 'back') return `back to ${made.to}`
  const { value, by } = made
  return `${by}: ${typeof value === 'string' ? value : JSON.stringify(value)}`
}

const none = `"Which snapshot?" has no answer: give --snapshot`
const unconfirmed = `"Which snapshot?" destroys data and has no answer: give --confirm web`
const wrong = (names: string): string => `--confirm ${names} is not the host's name, web: nothing was destroyed`

const yes = { yes: true }
const confirm = (...names: string[]): Partial<Flags> => ({ confirm: names })

describe('without a person', () => {
  it.each<[string, Case, string]>([
    ['nothing dangerous takes the suggestion', { danger: 'none' }, 'suggestion: suggested'],
    ['… also with --yes', { danger: 'none', flags: yes }, 'suggestion: suggested'],
    ['making something takes it with --yes', { danger: 'low', flags: yes }, 'suggestion: suggested'],
    ['stopping something takes it with --yes', { danger: 'moderate', flags: yes }, 'suggestion: suggested'],
    ['its own flag wins', { danger: 'none', flag: 'mine' }, 'flag: {"value":"mine"}'],
    ['… over --yes', { danger: 'moderate', flag: 'mine', flags: yes }, 'flag: {"value":"mine"}'],
    ['destroying takes the name of the host', { danger: 'destructive', flags: confirm('web') }, 'flag: suggested'],
    ['… among others', { danger: 'destructive', flags: confirm('tank', 'web') }, 'flag: suggested'],
  ])('%s', async (_, given, answer) => {
    expect(await decided(given)).toBe(answer)
  })

  it.each<[string, Case, string]>([
    ['making something needs an answer', { danger: 'low' }, none],
    ['stopping something needs an answer', { danger: 'moderate' }, none],
    ['… which --confirm is not', { danger: 'moderate', flags: confirm('web') }, none],
    ['what has no suggestion needs an answer', { danger: 'none', suggested: undefined }, none],
    ['… also with --yes', { danger: 'none', suggested: undefined, flags: yes }, none],
    ['destroying needs --confirm', { danger: 'destructive' }, unconfirmed],
    ['… which --yes is not', { danger: 'destructive', flags: yes }, unconfirmed],
    ['… nor a flag of the question', { danger: 'destructive', flag: 'mine' }, unconfirmed],
    ['… nor a wrong name', { danger: 'destructive', flags: confirm('Web') }, wrong('Web')],
    [
      '… nor a wrong name with --yes',
      { danger: 'destructive', flags: { ...yes, confirm: ['we', 'b'] } },
      wrong('we b'),
    ],
  ])('%s', async (_, given, message) => {
    await expect(decided(given)).rejects.toThrow(new UsageError(message))
  })
})

describe('with a person', () => {
  it.each<[string, Case, string]>([
    ['is asked what is not dangerous', { danger: 'none' }, 'operator: other'],
    ['is asked what makes something', { danger: 'low' }, 'operator: other'],
    ['is asked what stops something', { danger: 'moderate' }, 'operator: other'],
    ['is asked what destroys something', { danger: 'destructive' }, 'operator: other'],
    ['is not asked what a flag says', { danger: 'moderate', flag: 'mine' }, 'flag: {"value":"mine"}'],
    ['is not asked with --yes', { danger: 'moderate', flags: yes }, 'suggestion: suggested'],
    [
      'is asked what has no suggestion, with --yes',
      { danger: 'low', flags: yes, suggested: undefined },
      'operator: other',
    ],
    ['is asked what destroys something, with --yes', { danger: 'destructive', flags: yes }, 'operator: other'],
    ['is not asked with the name of the host', { danger: 'destructive', flags: confirm('web') }, 'flag: suggested'],
  ])('who %s', async (_, given, answer) => {
    expect(await decided({ asker: person, ...given })).toBe(answer)
  })

  it('gives no second chance to a wrong --confirm', async () => {
    await expect(decided({ danger: 'destructive', flags: confirm('db'), asker: person })).rejects.toThrow(wrong('db'))
  })
})

it('nobody cannot be asked', async () => {
  expect(nobody.present).toBe(false)
  await expect(nobody.ask({} as Question, new AbortController().signal)).rejects.toThrow(UsageError)
})
