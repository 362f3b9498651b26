import { goAhead, reviewKey, type Go } from './review.ts'
import type { AnyAction, Choice, Run } from './step.ts'
import { targetHostKey } from './target-host.ts'
import { wayBack } from './way-back.ts'

function inShort(run: Run): string {
  const { backups, cron } = run.answer(targetHostKey)
  const held = [...backups, ...cron].join(', ')
  return [
    'in short:',
    held === '' ? 'holds no schedule back' : `holds back ${held} until the end`,
    `stops no service yet, changes nothing in the pool; ${wayBack(run, 'lifeboat undo takes all of it back')}`,
  ].join('\n')
}

/** The question before the first change, where the pool is there already. */
export const localReviewChoice = (actions: readonly AnyAction[]): Choice<Go> => ({
  ...reviewKey,
  kind: 'choice',
  version: 1,
  needs: ['target', 'source'],
  question: 'Shall backups and snapshot schedules be held back?',
  flag: '--yes',
  answeredBy: [],
  why: 'The snapshots of a living pool come and go: a schedule may expire the very one that is needed, or make a new one while you read the list of what would be destroyed. So the schedules are held back before you choose. Nothing else is changed until you have confirmed what is.',
  danger: () => 'moderate',
  ...goAhead(actions, inShort),
  check: async () => [],
})
