// `resume` of a run whose journal is on another machine: what can be known of it from here, and what leads on.
import { contextFor } from '../run/context.ts'
import { newRunId } from '../run/id.ts'
import { pruneRun } from '../run/runs.ts'
import { tracesOf, type Traces } from '../steps/traces.ts'
import { oneLine } from '../text/display.ts'
import { PreflightError } from '../text/errors.ts'
import { word } from '../text/quote.ts'
import { openToLook } from './begin.ts'
import { runFlags, type CommonOptions, type Surroundings } from './options.ts'

function refusal(host: string, { runId, who, exists, byHand, unseen }: Traces): PreflightError {
  if (runId === null || exists.length === 0) {
    const what = runId === null ? 'no run has left anything' : `run ${runId} has left nothing`
    return new PreflightError({
      code: 'no-such-run',
      message: `${what} on ${host} or in AWS, and no journal of it is here: there is nothing to resume`,
      next: [{ why: 'begin anew', command: `lifeboat restore --host ${word(host)}` }],
    })
  }
  const by = who === null ? 'on another machine' : `by ${oneLine(who)}`
  return new PreflightError({
    code: 'run-elsewhere',
    message: `run ${runId} was begun ${by}, and its journal is there: without it nobody knows how far it came, so it can't be gone on with from here${unseen === null ? '' : `. What it has left on the host can't be seen: ${unseen}`}`,
    notChanged: ['nothing was changed by this'],
    exists,
    next: [
      { why: 'go on with it on the machine it was begun on', command: `lifeboat resume ${runId}` },
      ...byHand.map((each) => ({ ...each, why: `or, if that machine is gone, take it back by hand: ${each.why}` })),
      {
        why: 'then begin anew',
        command: `lifeboat restore --host ${word(host)}${exists.some((each) => each.kind === 'lock') ? ` --take-over ${runId}` : ''}`,
      },
    ],
  })
}

/** @throws PreflightError, always: with what is there, and what leads on */
export async function resumeElsewhere(
  named: string | undefined,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<never> {
  const flags = runFlags(options)
  const opened = await openToLook(flags, named ?? newRunId(new Date()), options, surroundings)
  const { session } = opened
  try {
    const run = contextFor(session, { step: 'target', attempt: 1, shown: null, ignoresStopping: false })
    throw refusal(session.host.name, await tracesOf(run, named))
  } finally {
    await opened.close()
    pruneRun(opened.folder)
  }
}
