import type { Asker } from './asking.ts'
import type { Emit } from './events.ts'

/** After the last word: that was it, or once more. */
export type Leaving = 'leave' | 'again'

/** Through what a run is seen and answered: lines, screens, or objects for programs. */
export interface Face {
  readonly emit: Emit
  readonly asker: Asker
  /** Says something that belongs to no step. */
  notice(text: string): void
  /** Gives the terminal back, when the last word has been read. @returns what the operator wants then */
  close(): Promise<Leaving>
}
