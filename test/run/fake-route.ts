// A route of two legs over the fake world: a volume is made and attached, then a dataset is rolled back and its
// service started.
import { z } from 'zod'
import { changeLine, type ShellCommand } from '../../src/remote/command.ts'
import { reviewRollbackKey, type Reviewed } from '../../src/steps/review-rollback.ts'
import type { Action, AnyAction, AnyChoice, Choice, Route, Run, StepId } from '../../src/steps/step.ts'
import { look, type Standing } from './fake-world.ts'

const text = z.object({ value: z.string() })

type Text = z.infer<typeof text>

/** A question with one answer, of the danger and for the flag given. */
export const choice = (
  id: StepId,
  more: Partial<Choice<Text>> & { readonly values?: readonly string[] } = {},
): Choice<Text> => ({
  kind: 'choice',
  id,
  version: 1,
  needs: [],
  question: `Which ${id}?`,
  flag: `--${id}`,
  answeredBy: [],
  why: `because of ${id}`,
  danger: () => 'none',
  answer: text,
  async *options() {
    for (const value of more.values ?? [id]) yield { kind: 'option', value: { value }, label: value }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: async () => [],
  ...more,
})

const reviewRollback: Choice<Reviewed> = {
  ...reviewRollbackKey,
  kind: 'choice',
  version: 1,
  needs: ['point'],
  question: 'Shall this be destroyed?',
  flag: '--confirm',
  answeredBy: [],
  why: 'It is gone for good.',
  danger: () => 'destructive',
  confirmation: (run) => run.host.name,
  async *options(run) {
    const { snapshots } = await run.do(look())
    const target = run.answer(pointChoice).value
    const destroys = snapshots.slice(snapshots.indexOf(target) + 1).map((name) => name.replace('tank@', ''))
    const snapshot = target.replace('tank@', '')
    yield {
      kind: 'option',
      value: { rollbacks: [{ dataset: 'tank', snapshot, destroys }], deletes: [] },
      label: 'roll back',
    }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: async () => [],
}

const pointChoice = choice('point', {
  values: ['tank@a'],
  answeredBy: ['at'],
  fromFlags: (run) => (run.flags.at === undefined ? undefined : { value: run.flags.at }),
})

const token = z.object({ token: z.string() })
const volume = z.object({ id: z.string() })
const nothing = z.object({})

const made = (standing: Standing, { token: wanted }: z.infer<typeof token>) =>
  standing.volumes.find((each) => each.token === wanted)

const error = (message: string) => [{ level: 'error' as const, message }]

/** Makes a volume under a token that was chosen before. */
export const makeVolume: Action<z.infer<typeof token>, z.infer<typeof volume>> = {
  kind: 'action',
  id: 'create-volume',
  version: 1,
  needs: [],
  title: 'make a volume',
  why: '',
  danger: 'low',
  before: token,
  effect: volume,
  commands: (_run, before) => [changeLine(`make ${before?.token ?? '@token'}`)],
  survey: async (run) => ({ token: run.newId() }),
  async find(run, before) {
    const found = made(await run.do(look()), before)
    return found === undefined ? { state: 'absent' } : { state: 'present', effect: { id: found.id } }
  },
  async perform(run, before) {
    await run.do(changeLine(`make ${before.token}`))
    return { id: made(await run.do(look()), before)?.id ?? '' }
  },
  async verify(run, before, { id }) {
    return made(await run.do(look()), before)?.id === id ? [] : error(`${id} is gone`)
  },
  undo: {
    commands: (_run, _before, effect) =>
      effect === undefined ? [] : [{ ...changeLine(`delete ${effect.id}`), destroys: [effect.id] }],
    async perform(run, before) {
      const found = made(await run.do(look()), before)
      if (found !== undefined) await run.do({ ...changeLine(`delete ${found.id}`), destroys: [found.id] })
    },
  },
  resources: (run, _before, effect) =>
    effect === undefined
      ? []
      : [{ kind: 'volume', id: effect.id, region: run.region, host: run.host.name, state: 'made', madeByUs: true }],
}

/** Attaches it; made again when it is gone. */
export const attachVolume: Action<z.infer<typeof nothing>, z.infer<typeof volume>> = {
  kind: 'action',
  id: 'attach-volume',
  version: 1,
  needs: ['create-volume'],
  title: 'attach it',
  why: '',
  danger: 'low',
  before: nothing,
  effect: volume,
  renews: true,
  commands: (run) => [changeLine(`attach ${run.later(makeVolume, 'id')}`)],
  survey: async () => ({}),
  async find(run) {
    const { attached } = await run.do(look())
    if (attached === null) return { state: 'absent' }
    const { id } = run.effect(makeVolume)
    return attached === id
      ? { state: 'present', effect: { id } }
      : { state: 'foreign', what: `${attached} is attached instead` }
  },
  async perform(run) {
    const { id } = run.effect(makeVolume)
    await run.do(changeLine(`attach ${id}`))
    return { id }
  },
  async verify(run, _before, { id }) {
    return (await run.do(look())).attached === id ? [] : error(`${id} is not attached`)
  },
  undo: {
    commands: () => [changeLine('detach')],
    async perform(run) {
      await run.do(changeLine('detach'))
    },
  },
}

const rollbackCommand = (run: Run): ShellCommand<string> => {
  const [one] = run.answer(reviewRollbackKey).rollbacks
  const destroys = (one?.destroys ?? []).map((name) => `tank@${name}`)
  return {
    ...changeLine(['rollback', `tank@${one?.snapshot}`, ...destroys].join(' ')),
    destroys: [...destroys, 'tank'],
  }
}

/** Rolls the dataset back. It can't be seen any more once the service has written. */
export const rollBack: Action<z.infer<typeof nothing>, z.infer<typeof nothing>> = {
  kind: 'action',
  id: 'roll-back',
  version: 1,
  needs: ['attach-volume'],
  title: 'roll back',
  why: '',
  danger: 'destructive',
  before: nothing,
  effect: nothing,
  holdsUntil: 'start-services',
  commands: (run) => [rollbackCommand(run)],
  survey: async () => ({}),
  async find(run) {
    const { head } = await run.do(look())
    return head === run.answer(pointChoice).value ? { state: 'present', effect: {} } : { state: 'absent' }
  },
  async perform(run) {
    await run.do(rollbackCommand(run))
    return {}
  },
  async verify(run) {
    const { head } = await run.do(look())
    return head === run.answer(pointChoice).value ? [] : error(`the head is ${head}`)
  },
}

/** Starts the service, which writes. */
const startService: Action<z.infer<typeof nothing>, z.infer<typeof nothing>> = {
  kind: 'action',
  id: 'start-services',
  version: 1,
  needs: ['roll-back'],
  title: 'start the service',
  why: '',
  danger: 'moderate',
  before: nothing,
  effect: nothing,
  commands: () => [changeLine('start')],
  survey: async () => ({}),
  async find(run) {
    return (await run.do(look())).started ? { state: 'present', effect: {} } : { state: 'absent' }
  },
  async perform(run) {
    await run.do(changeLine('start'))
    return {}
  },
  async verify(run) {
    return (await run.do(look())).started ? [] : error('the service is down')
  },
  undo: {
    commands: () => [changeLine('stop')],
    async perform(run) {
      await run.do(changeLine('stop'))
    },
  },
}

/** Makes it production's. */
const handOver: Action<z.infer<typeof nothing>, z.infer<typeof nothing>> = {
  kind: 'action',
  id: 'hand-over',
  version: 1,
  needs: ['start-services'],
  title: 'hand over',
  why: '',
  danger: 'low',
  before: nothing,
  effect: nothing,
  commands: () => [changeLine('disown')],
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    await run.do(changeLine('disown'))
    return {}
  },
  async verify(run) {
    return (await run.do(look())).owned ? error('it is still owned') : []
  },
}

const firstChoices: readonly AnyChoice[] = [
  choice('target', { answeredBy: ['host'] }),
  choice('snapshot', {
    needs: ['target'],
    values: ['newest', 'older'],
    answeredBy: ['snapshot'],
    fromFlags: (run) => (run.flags.snapshot === undefined ? undefined : { value: run.flags.snapshot }),
  }),
  choice('review', { needs: ['snapshot'], danger: () => 'moderate' }),
]

/** The route, with some of its actions changed. */
export const fakeRoute = (changed: Partial<Record<StepId, Partial<AnyAction>>> = {}): Route => {
  const as = (action: AnyAction): AnyAction => ({ ...action, ...changed[action.id] })
  return {
    id: 'ebs',
    legs: [
      { choices: firstChoices, actions: [makeVolume, attachVolume].map(as) },
      { choices: [pointChoice, reviewRollback], actions: [rollBack, startService, handOver].map(as) },
    ],
  }
}
