import type { Run } from './step.ts'

/** How what is about to be done is taken back; of a rehearsal there is nothing to take back. */
export const wayBack = ({ rehearsal }: Pick<Run, 'rehearsal'>, undo: string): string =>
  rehearsal ? 'this is a rehearsal: nothing of yours is touched, and its world is gone at the end' : undo
