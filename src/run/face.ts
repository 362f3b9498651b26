import type { Asker } from './asking.ts'
import type { Emit } from './events.ts'

/** Through what a run is seen and answered: lines, screens, or objects for programs. */
export interface Face {
  readonly emit: Emit
  readonly asker: Asker
  /** Says something that belongs to no step. */
  notice(text: string): void
  /** Gives the terminal back, when the last word has been read. */
  close(): Promise<void>
}
