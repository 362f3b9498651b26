import { walk } from '../run/walk.ts'
import type { Flags } from '../steps/flags.ts'
import { askHost } from './ask-host.ts'
import { beginRun, checkDestruction } from './begin.ts'
import { runFlags, type CommonOptions, type Surroundings } from './options.ts'
import { dryRun } from './plan.ts'
import { goOn } from './resume.ts'
import { walkToEnd, type Ended } from './walk-to-end.ts'

/** Begins with these flags, and anew as long as the operator wants to. @returns how it ended at last */
export async function walkFrom(flags: Flags, begin: (flags: Flags) => Promise<Ended>): Promise<Ended> {
  const ended = await begin(flags)
  if (ended.next.kind !== 'anew') return ended
  const { source } = ended.next
  return walkFrom(source === null ? flags : { ...flags, source }, begin)
}

/** Walks from the choice of the backup to the proven services. */
export async function restoreCommand(
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const given = runFlags(options)
  const named = given.host === undefined ? await askHost(options, surroundings, given.source) : undefined
  const { exitCode, next } = await walkFrom({ ...given, ...named }, async (flags) => {
    if (options.dryRun === true) return dryRun(flags, options, surroundings)
    checkDestruction(flags, options, surroundings)
    return walkToEnd(await beginRun(flags, options, surroundings), (session) => walk(session, false))
  })
  return next.kind === 'resume' ? goOn(next.runId, options, surroundings) : exitCode
}
