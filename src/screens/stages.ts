// Where one is, in words: several steps make one stage of the stepper.
import type { StepId } from '../steps/step.ts'
import type { StepView, View } from './view.ts'

interface Stage {
  readonly title: string
  readonly steps: readonly StepId[]
}

const stages: readonly Stage[] = [
  {
    title: 'Launch',
    steps: ['launch', 'review-launch', 'clear-leftovers', 'security-group', 'close-group', 'launch-instance'],
  },
  { title: 'Target', steps: ['target'] },
  { title: 'Source', steps: ['source'] },
  { title: 'Snapshot', steps: ['snapshot'] },
  { title: 'Dump', steps: ['dump', 'tier', 'carrier', 'only', 'place'] },
  { title: 'Volume', steps: ['volume'] },
  { title: 'Review', steps: ['review'] },
  {
    title: 'Restore',
    steps: [
      'bring-back',
      'gate',
      'reboot',
      'let-go',
      'snapshot-original',
      'create-volume',
      'attach-volume',
      'find-disk',
      'inspect-pool',
      'fetch',
      'check-dump',
      'unpack',
    ],
  },
  { title: 'Point in time', steps: ['way', 'path', 'to', 'point'] },
  { title: 'Last look', steps: ['review-rollback', 'review-dump'] },
  {
    title: 'Put in place',
    steps: [
      'stop-services',
      'import-pool',
      'hold',
      'unmount',
      'checkpoint',
      'roll-back',
      'clone',
      'copy-files',
      'put-in-place',
      'mount',
      'start-services',
      'put-away',
    ],
  },
  { title: 'Prove', steps: ['prove', 'lift-gate', 'hand-over'] },
  { title: 'Remove', steps: ['remove-scratch'] },
]

/** Those of taking a run back, in the order in which that is done. */
const undoStages: readonly Stage[] = [
  { title: 'Look', steps: ['target'] },
  { title: 'Confirm', steps: ['review'] },
  { title: 'Services', steps: ['remove-scratch', 'hand-over', 'lift-gate', 'prove', 'start-services'] },
  {
    title: 'Data',
    steps: [
      'put-away',
      'copy-files',
      'mount',
      'put-in-place',
      'unpack',
      'check-dump',
      'fetch',
      'bring-back',
      'clone',
      'roll-back',
      'checkpoint',
      'unmount',
      'hold',
    ],
  },
  { title: 'Pool', steps: ['import-pool', 'stop-services', 'inspect-pool', 'find-disk'] },
  { title: 'Volume', steps: ['attach-volume', 'create-volume', 'snapshot-original'] },
  { title: 'Old pool', steps: ['let-go', 'reboot'] },
  { title: 'Gates', steps: ['gate'] },
  { title: 'Instance', steps: ['launch-instance', 'close-group', 'security-group', 'clear-leftovers'] },
]

export interface Stand {
  readonly title: string
  readonly state: 'ahead' | 'now' | 'done' | 'failed'
}

const stateOf = (steps: readonly StepView[], now: StepId | null): Stand['state'] => {
  if (steps.some((step) => step.state === 'failed')) return 'failed'
  if (steps.some((step) => step.id === now)) return 'now'
  return steps.some((step) => step.state === 'done') ? 'done' : 'ahead'
}

/** Of an undo no step is done beforehand, and what is behind the present one is passed for good. */
function undoStanding({ steps, now, finished }: View): Stand[] {
  const its = undoStages.filter((stage) => steps.some((step) => stage.steps.includes(step.id)))
  const at = its.findIndex((stage) => now !== null && stage.steps.includes(now))
  const failed = steps.some((step) => step.state === 'failed')
  return its.map(({ title }, which) => ({
    title,
    state: which < at || (finished !== null && !failed) ? 'done' : which > at ? 'ahead' : failed ? 'failed' : 'now',
  }))
}

/** The stages that this run's route has, and how far each is. */
export function standing(view: View): Stand[] {
  if (view.undoing) return undoStanding(view)
  return stages.flatMap(({ title, steps }) => {
    const its = view.steps.filter((step) => steps.includes(step.id))
    return its.length === 0
      ? []
      : [{ title, state: view.finished?.outcome === 'restored' ? 'done' : stateOf(its, view.now) }]
  })
}
