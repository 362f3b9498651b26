import { FsError, reason } from '../files/fs-error.ts'
import { done, failed, type Result } from '../shell/command.ts'

/** Does it for each, goes on after what fails, and says all that failed. */
export function forEach(
  names: readonly string[],
  act: (name: string) => void,
  complaint: (name: string, why: string) => string,
): Result {
  const said: string[] = []
  for (const name of names) {
    try {
      act(name)
    } catch (error) {
      if (!(error instanceof FsError)) throw error
      said.push(complaint(name, reason(error)))
    }
  }
  return said.length === 0 ? done() : failed(said.join('\n'))
}
