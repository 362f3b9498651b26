// Watches run beside the steps: they change nothing, hold nothing up, and are never resumed.
import type { Run, StepId, Watch } from '../steps/step.ts'
import { contextFor } from './context.ts'
import type { Session } from './session.ts'
import { delay } from './stopping.ts'

export interface Watching {
  /** Begins what is watched from this step on. */
  after(step: StepId): void
  /** Ends every watch. @param proven whether there is a last word to say */
  end(proven: boolean): Promise<void>
}

/** A restore doesn't fail because something can't be watched, for whatever reason. */
const unwatched = (): undefined => undefined

export function watching(session: Session): Watching {
  const ended = new AbortController()
  const begun = new Map<Watch, { readonly run: Run; readonly end: Promise<void> }>()
  const runOf = ({ from }: Watch): Run =>
    contextFor(session, { step: from, attempt: 1, shown: null, ignoresStopping: true, watches: true })

  async function follow(watch: Watch, run: Run): Promise<void> {
    while (!ended.signal.aborted) {
      const progress = await watch.poll(run).catch(unwatched)
      if (progress === undefined || ended.signal.aborted) return
      run.report(progress)
      await delay(watch.everyMs, ended.signal).catch(() => undefined)
    }
  }

  return {
    after(step) {
      for (const watch of session.route.watches ?? []) {
        if (watch.from !== step || begun.has(watch)) continue
        const run = runOf(watch)
        begun.set(watch, { run, end: follow(watch, run) })
      }
    },
    async end(proven) {
      ended.abort()
      await Promise.all(Array.from(begun.values(), (each) => each.end))
      if (!proven) return
      for (const [watch, { run }] of begun) {
        const word = await watch.lastWord(run).catch(unwatched)
        if (word !== undefined) run.finding('info', word)
      }
    },
  }
}
