import { z } from 'zod'
import { allowStart } from '../remote/linux/gate.ts'
import { startUnits, unitStates } from '../remote/linux/units.ts'
import {
  AwsError,
  PreflightError,
  Refused,
  RemoteCommandError,
  type LifeboatError,
  type Next,
  type Resource,
} from '../text/errors.ts'
import { oneLine } from '../text/display.ts'
import { sh } from '../text/quote.ts'
import { tail } from '../text/tail.ts'
import { readingDump, streamCommands, streamError } from './dumps/streaming.ts'
import { gateAction } from './gate.ts'
import { placesOf, replacedBy } from './places.ts'
import { recipeOf } from './recipes/recipes.ts'
import type { Action, Finding, Run } from './step.ts'

const nothing = z.object({})

/** Whether there was old data, which is aside now. */
const swapped = z.object({ aside: z.boolean().default(true) })

type Swapped = z.infer<typeof swapped>

/** Whether it is read only now, as what is loaded into a server is. */
const readsDump = (run: Run): boolean => recipeOf(run).unpack(placesOf(run)).length === 0

const streaming = (run: Run) => (readsDump(run) ? streamCommands(run) : [])

const swapping = (run: Run) => recipeOf(run).swap(placesOf(run))

/** The old data again, and the services on it that ran before. */
const goingBack = (run: Run) => {
  const { running } = run.before(gateAction)
  return [
    ...recipeOf(run).unswap(placesOf(run)),
    ...(running.length === 0 ? [] : [allowStart(run.before(gateAction)), startUnits(running)]),
  ]
}

/** Whether it failed on the host, or before it got there; not where it may be under way still. */
const isOver = (error: unknown): error is LifeboatError =>
  error instanceof RemoteCommandError
    ? error.exitCode !== null
    : error instanceof AwsError || error instanceof Refused || (error instanceof PreflightError && !isGone(error))

/** A host that is gone can't be asked to go back. */
const isGone = ({ code }: PreflightError): boolean => code === 'host-lost' || code === 'host-unreachable'

/** @throws Refused, or what went wrong on the way back */
async function goBack(run: Run, why: LifeboatError): Promise<never> {
  for (const command of goingBack(run)) await run.do(command)
  const { running } = run.before(gateAction)
  // What is another dump by now is not there for a second try.
  const cause = streamError(run, why)
  const said = why instanceof RemoteCommandError ? why.stderrTail.trim() : ''
  const up = (await run.do(unitStates(running))).every((unit) => unit.active === 'active')
  throw new Refused(
    {
      code: 'not-put-in-place',
      message: `the dump could not be put in place: ${oneLine(tail(said || why.message, 400))}`,
      notChanged: [
        `${replacedBy(run)} is the old data again`,
        ...(running.length === 0
          ? []
          : [`${running.join(', ')} ${up ? 'run on it' : 'were started on it, and do not all run'}`]),
      ],
      next:
        cause instanceof Refused
          ? cause.next
          : [{ why: 'when its cause is mended: try it again', command: `lifeboat resume ${run.id}` }],
    },
    why,
  )
}

/** What is there now, where that can be counted. A count that fails takes nothing from what was loaded. */
async function counted(run: Run): Promise<readonly string[]> {
  const command = recipeOf(run).counted?.(placesOf(run))
  if (command === undefined) return []
  run.report({ waitingFor: 'what was put in place to be counted' })
  try {
    return await run.do(command)
  } catch (error) {
    if (error instanceof RemoteCommandError) return []
    throw error
  }
}

/** Puts the new data in the place of the old, which stays beside it. */
export const putInPlaceAction: Action<Record<string, never>, Swapped> = {
  kind: 'action',
  id: 'put-in-place',
  version: 1,
  needs: ['check-dump', 'stop-services'],
  title: 'put the dump in place',
  why: 'The old data is renamed and stays: if the dump turns out to be the wrong one, it is one rename away. If this fails, the old data gets its name back and the services are started on it again, so that they are never left down on half of anything.',
  danger: 'moderate',
  before: nothing,
  effect: swapped,
  holdsUntil: 'start-services',
  commands: (run, stood) => [...streaming(run), ...swapping(run), ...(stood === undefined ? [] : goingBack(run))],
  survey: async () => ({}),
  async find(run) {
    const standing = await run.do(recipeOf(run).standing(placesOf(run)))
    return standing === 'new' ? { state: 'present', effect: await whatIsAside(run) } : { state: 'absent' }
  },
  async perform(run) {
    const waitingFor = `${replacedBy(run)} to be the dump's`
    run.report({ waitingFor })
    try {
      for (const command of swapping(run))
        await (readsDump(run) ? readingDump(run, command, waitingFor) : run.do(command))
    } catch (error) {
      if (isOver(error)) await goBack(run, error)
      throw error
    }
    return whatIsAside(run)
  },
  async verify(run): Promise<Finding[]> {
    const standing = await run.do(recipeOf(run).standing(placesOf(run)))
    if (standing !== 'new') return [{ level: 'error', message: `${replacedBy(run)} is not the dump's` }]
    return (await counted(run)).map((line) => ({ level: 'info', message: `✓ ${oneLine(line).slice(0, 400)}` }))
  },
  undo: {
    commands: (run) => recipeOf(run).unswap(placesOf(run)),
    async perform(run) {
      for (const command of recipeOf(run).unswap(placesOf(run))) await run.do(command)
    },
  },
  resources: (run, _stood, done) => (done?.aside === false ? [] : asideResources(run)),
}

const asideOf = (run: Run) => recipeOf(run).aside?.(placesOf(run))

async function whatIsAside(run: Run): Promise<Swapped> {
  const look = asideOf(run)?.isThere
  return { aside: look === undefined || (await run.do(look)) }
}

function asideResources(run: Run): Resource[] {
  const aside = asideOf(run)
  if (aside === undefined) return []
  const host = run.host.name
  return [{ ...aside.resource, region: null, host, state: 'the old data, set aside', madeByUs: false }]
}

const hasAside = (run: Run): boolean => run.effect(putInPlaceAction).aside

/** What stays after a run that has ended well: the old data, where there was any. */
export const dumpAside = (run: Run): Resource[] => (hasAside(run) ? asideResources(run) : [])

/** What a run that was taken back has left on the host: what came from the dump, where services have run on it. */
export function dumpKept(run: Run): { resource: Resource; remove: Next }[] {
  const made = run.began('start-services') ? recipeOf(run).made?.(placesOf(run)) : undefined
  if (made === undefined) return []
  const why = 'when nobody needs what services have written to it: remove what came from the dump'
  return [
    {
      resource: { ...made.resource, region: null, host: run.host.name, state: 'from the dump, kept', madeByUs: true },
      remove: { why, command: run.onHost(sh`sudo sh -c ${made.remove}`) },
    },
  ]
}

/** What to do with it when it is not needed any more. */
export function afterDump(run: Run): Next[] {
  const aside = asideOf(run)
  if (aside === undefined || !hasAside(run)) return []
  const why = 'when the restored data has served for a while: remove what it replaced'
  return [{ why, command: run.onHost(sh`sudo sh -c ${aside.remove}`) }]
}
