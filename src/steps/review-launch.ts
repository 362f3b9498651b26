import { z } from 'zod'
import { launchKey } from './launch-answer.ts'
import { launches } from './launch-instance.ts'
import { checkLaunch, checkScratch } from './permissions.ts'
import { planOf } from './review.ts'
import { fact, type AnyAction, type Choice } from './step.ts'
import { wayBack } from './way-back.ts'

const go = z.object({ go: z.literal(true) })

/** The question before an instance is launched, which costs money until it is ended. */
export const reviewLaunchChoice = (actions: readonly AnyAction[]): Choice<z.infer<typeof go>> => ({
  kind: 'choice',
  id: 'review-launch',
  version: 1,
  needs: ['launch'],
  question: 'Shall the recovery instance be launched?',
  flag: '--yes',
  answeredBy: [],
  why: 'Everything else can only be looked at on the machine itself: its disks, its units, whether it has ZFS. So it is launched first, and asked. Until the data has been handed over to it, an undo ends it again.',
  danger: () => 'low',
  answer: go,
  async *options(run) {
    yield* planOf(run, actions)
    const [first] = run.answer(launchKey).placements
    yield fact(
      `launches one ${first?.instanceType ?? 'instance'}, which costs money while it runs; ${wayBack(run, 'lifeboat undo ends it')}`,
    )
    yield { kind: 'option', value: { go: true }, label: 'launch it' }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: (run) => checkLaunch(run, launches(run)),
})

/** The same before a drill on the account. */
export const reviewScratchChoice = (actions: readonly AnyAction[]): Choice<z.infer<typeof go>> => ({
  ...reviewLaunchChoice(actions),
  question: 'Shall the scratch instance be launched?',
  why: 'From here on the drill makes things that cost money: an instance, its disk, and a volume from the snapshot. All of it is tagged with this run and removed at its end; where the drill fails, too. After a crash the next drill, resume or undo does it.',
  danger: () => 'moderate',
  check: (run) => checkScratch(run),
})
