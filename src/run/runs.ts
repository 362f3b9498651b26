// The runs that are kept in the state directory.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readJournal } from './journal.ts'
import { replay, type RunState } from './state.ts'
import { errorCode } from '../text/error-code.ts'
import { UsageError } from '../text/errors.ts'

const runsFolder = (stateDir: string): string => join(stateDir, 'runs')

export const runFolder = (stateDir: string, runId: string): string => join(runsFolder(stateDir), runId)

export type KeptRun = { readonly runId: string; readonly folder: string } & (
  | { readonly state: RunState }
  | { readonly unreadable: string }
)

/** Every run that left a journal, oldest first. One that can't be read is listed with the reason. */
export function listRuns(stateDir: string): KeptRun[] {
  let names: string[]
  try {
    names = readdirSync(runsFolder(stateDir)).toSorted()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return []
    if (code !== null)
      throw new UsageError(`the runs in ${stateDir} can't be read: ${code}; name another place with --state-dir`)
    throw error
  }
  return names.flatMap((runId): KeptRun[] => {
    const folder = runFolder(stateDir, runId)
    try {
      const state = replay(readJournal(folder))
      return state === undefined ? [] : [{ runId, folder, state }]
    } catch (error) {
      return [{ runId, folder, unreadable: error instanceof Error ? error.message : String(error) }]
    }
  })
}

/** Something of it is left in the world, or may be. */
export const isUnfinished = (state: RunState): boolean => state.changed && state.finished === null

export const unfinishedRuns = (stateDir: string): (KeptRun & { readonly state: RunState })[] =>
  listRuns(stateDir).filter(
    (run): run is KeptRun & { readonly state: RunState } => 'state' in run && isUnfinished(run.state),
  )

/** A run that changed nothing is of no use to anybody. */
export const pruneRun = (folder: string): void => rmSync(folder, { recursive: true, force: true })
