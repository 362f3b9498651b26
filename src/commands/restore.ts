import { walk } from '../run/walk.ts'
import type { Flags } from '../steps/flags.ts'
import { askHost } from './ask-host.ts'
import { beginRun, checkDestruction } from './begin.ts'
import { runFlags, type CommonOptions, type Surroundings } from './options.ts'
import { dryRun } from './plan.ts'
import { goBack, goOn } from './resume.ts'
import { walkToEnd, type Ended } from './walk-to-end.ts'

/** Begins with these flags, and anew as long as the operator wants to. @returns how it ended at last */
export async function walkFrom(flags: Flags, begin: (flags: Flags) => Promise<Ended>): Promise<Ended> {
  const ended = await begin(flags)
  if (ended.next.kind !== 'anew') return ended
  const { source } = ended.next
  return walkFrom(source === null ? flags : { ...flags, source }, begin)
}

/** Walks from the choice of the backup to the proven services. What can't be restored is taken back, and another chosen. */
export async function restoreCommand(
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const given = runFlags(options)
  const named = given.host === undefined ? await askHost(options, surroundings, given.source) : undefined
  return restoreFrom({ ...given, ...named }, options, surroundings)
}

async function restoreFrom(
  wanted: Flags,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const { exitCode, next } = await walkFrom(wanted, async (flags) => {
    if (options.dryRun === true) return dryRun(flags, options, surroundings)
    checkDestruction(flags, options, surroundings)
    return walkToEnd(await beginRun(flags, options, surroundings), (session) => walk(session, false))
  })
  if (next.kind === 'resume') return goOn(next.runId, options, surroundings)
  if (next.kind !== 'back') return exitCode
  const undone = await goBack(next.runId, options, surroundings)
  return undone === 0 ? restoreFrom({ ...wanted, source: 'dump', dump: undefined }, options, surroundings) : undone
}
