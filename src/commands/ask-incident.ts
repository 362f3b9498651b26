// Before a drill: which incident, what is known of it, and hints for who wants them.
import { z } from 'zod'
import type { Question } from '../run/asking.ts'
import type { Incident } from './drill-debrief.ts'
import type { Choice, Option, Route } from '../steps/step.ts'
import { Cancelled } from '../text/errors.ts'
import { faceFor } from './face.ts'
import type { CommonOptions, Surroundings } from './options.ts'

const answer = z.object({ scenario: z.string(), hints: z.number().int().min(0) })

type Chosen = z.infer<typeof answer>

const incidentChoice: Choice<Chosen> = {
  kind: 'choice',
  id: 'target',
  version: 1,
  needs: [],
  question: 'Which incident do you want to rehearse?',
  flag: 'SCENARIO',
  answeredBy: [],
  why: 'A drill is the same program, the same steps and the same screens as in an emergency, on a world of its own on this machine: no account, no root, and nothing of yours is touched. It ends with how long it took and what was lost, against what was aimed at.',
  danger: () => 'none',
  answer,
  async *options() {
    // They are known before there is a run.
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: async () => [],
}

const route: Route = { id: 'local', legs: [{ choices: [incidentChoice], actions: [] }] }

/** The incidents as they can be chosen: a title that the list has no room for is whole in its detail. */
export const incidentOptions = (offered: readonly Incident[]): Option<Chosen>[] =>
  offered.map(({ id, title, objectives, hints }) => ({
    kind: 'option',
    value: { scenario: id, hints: 0 },
    label: `${id}  ${title}`,
    detail: `${title}. Objective: restored within ${objectives.rto} minutes. Hints: ${hints.length}`,
  }))

/** The page, with the hints that have been asked for. */
const pageOf = ({ brief, hints }: Incident, shown: number): string =>
  [...brief, ...hints.slice(0, shown).map((hint, at) => `Hint ${at + 1} of ${hints.length}: ${hint}`)].join('\n\n')

/** What can be done when the page has been read: begin, with one hint more than so far, or none. */
const beginnings = ({ id, hints }: Incident, shown: number): Option<Chosen>[] => [
  {
    kind: 'option',
    value: { scenario: id, hints: shown },
    label: 'begin',
    detail: `the clock runs from here; ${shown === 0 ? 'without a hint' : `with ${shown} of ${hints.length} hints`}`,
  },
  ...(shown === hints.length
    ? []
    : [
        {
          kind: 'option' as const,
          value: { scenario: id, hints: shown + 1 },
          label: `hint ${shown + 1} of ${hints.length}, which counts as used`,
        },
      ]),
]

/** Asks for the incident and shows its page. Undefined when the operator leaves. */
export async function askIncident<I extends Incident>(
  offered: readonly I[],
  options: CommonOptions,
  surroundings: Surroundings,
): Promise<{ readonly scenario: I; readonly hints: number } | undefined> {
  const stop = new AbortController()
  const unheard = surroundings.onSignal((signal) => stop.abort(new Cancelled(signal)))
  const of = {
    route,
    host: null,
    region: null,
    account: null,
    done: [],
    isComing: () => true,
    stopping: stop.signal,
  }
  const face = await faceFor(of, { ...options, mode: 'DRILL' }, surroundings)
  const ask = async (
    question: string,
    asked: readonly Option<Chosen>[],
    read: Pick<Question, 'page'> = {},
  ): Promise<Chosen> => {
    face.emit({
      type: 'question',
      step: 'target',
      question,
      danger: 'none',
      options: asked.map(({ value, label }) => ({ value, label })),
      suggested: asked[0]?.value ?? null,
    })
    const found = await face.asker.ask(
      {
        step: { ...incidentChoice, question },
        danger: 'none',
        options: asked,
        suggested: asked[0],
        confirmation: undefined,
        earlier: [],
        ...read,
      },
      stop.signal,
    )
    return answer.parse(found.kind === 'option' ? found.value : asked[0]?.value)
  }
  try {
    const [first] = offered
    const named =
      offered.length === 1 && first !== undefined
        ? first.id
        : (await ask(incidentChoice.question, incidentOptions(offered))).scenario
    const scenario = offered.find((each) => each.id === named)
    if (scenario === undefined) return undefined
    for (let shown = 0; ;) {
      const page = {
        text: pageOf(scenario, shown),
        startAtEnd: shown > 0,
        leaving: 'nothing has begun, and nothing is kept',
      }
      const { hints } = await ask(`You are on call: ${scenario.id}`, beginnings(scenario, shown), { page })
      if (hints === shown) return { scenario, hints }
      shown = hints
    }
  } finally {
    await face.close()
    unheard()
  }
}
