// Where the run's events come in, and the operator's answers go out. What is drawn is always the view it holds.
import type { Asker, Back, Question } from '../run/asking.ts'
import type { RunEvent } from '../run/events.ts'
import type { Leaving } from '../run/face.ts'
import type { Usual } from '../run/usual.ts'
import type { Option, Route, StepId } from '../steps/step.ts'
import { after, beginning, type Account, type View } from './view.ts'

/** What the operator is asked for just now. */
export type Asking =
  | {
      readonly kind: 'question'
      readonly question: Question
      readonly answer: (answer: Option<unknown> | Back) => void
    }
  | { readonly kind: 'confirm'; readonly what: string; readonly word: string; readonly confirmed: () => void }
  | { readonly kind: 'secret'; readonly prompt: string; readonly typed: (secret: string) => void }
  | { readonly kind: 'agree'; readonly question: string; readonly agreed: (yes: boolean) => void }
  | { readonly kind: 'end'; readonly left: (how: Leaving) => void }

interface Shown {
  readonly view: View
  readonly asking: Asking | null
}

export interface Store extends Pick<StoreOptions, 'isComing' | keyof Usual> {
  readonly asker: Asker
  readonly shown: () => Shown
  readonly subscribe: (listener: () => void) => () => void
  /** Told what a frame is being made of, and then that it is on the terminal. */
  rendering(asking: Asking | null): void
  readonly drawn: () => void
  /** Whether the operator can see what they are asked: no key that was pressed before is an answer to it. */
  readonly isDrawn: () => boolean
  take(event: RunEvent): void
  notice(text: string): void
  /** Returns when the operator has read the end, or wants to leave anyway. */
  end(leaving: AbortSignal): Promise<Leaving>
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('nobody is asked any more')

export interface StoreOptions extends Usual {
  readonly route: Route
  /** Mode, host and region in words, for the header. */
  readonly place: readonly string[]
  /** The AWS account, where it is known already. */
  readonly account?: Account | null
  /** The steps that are behind a run that is resumed. */
  readonly done: readonly StepId[]
  /** Whether a step that is ahead will be walked. */
  readonly isComing: (step: StepId) => boolean
  /** A run is taken back: the route is that of its undo. */
  readonly undoing?: boolean
  /** Since when the header's clock runs; now, where nothing is said. */
  readonly sinceMs?: number
  readonly clock: () => Date
  /** An event in lines. */
  readonly said: (event: RunEvent) => readonly string[]
}

export function makeStore(options: StoreOptions): Store {
  const { route, place, account = null, undoing = false, done, isComing, usualMs, usualRuns, clock, said } = options
  const nowMs = (): number => clock().getTime()
  let shown: Shown = {
    view: { ...beginning(route, place, done, options.sinceMs ?? nowMs()), account, undoing },
    asking: null,
  }
  let rendered: Asking | null = null
  let seen: Asking | null = null
  const listeners = new Set<() => void>()
  function show(change: Partial<Shown>): void {
    shown = { ...shown, ...change }
    for (const listener of listeners) listener()
  }
  /** Asks until there is an answer, or the run ends. */
  const ask = <T>(make: (settle: (value: T) => void) => Asking, signal: AbortSignal): Promise<T> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(reasonOf(signal))
      const leave = (): void => {
        show({ asking: null })
        reject(reasonOf(signal))
      }
      signal.addEventListener('abort', leave, { once: true })
      show({
        asking: make((value) => {
          signal.removeEventListener('abort', leave)
          show({ asking: null })
          resolve(value)
        }),
      })
    })
  return {
    isComing,
    usualMs,
    usualRuns,
    shown: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    rendering: (asking) => void (rendered = asking),
    drawn: () => {
      const asking = rendered
      // Keys that wait to be read were pressed before: two turns, so that all of them are read in between.
      setImmediate(() => void setImmediate(() => void (seen = asking)))
    },
    isDrawn: () => shown.asking === null || shown.asking === seen,
    take: (event) => show({ view: after(shown.view, event, nowMs(), said(event)) }),
    notice: (text) => show({ view: { ...shown.view, notice: text } }),
    end: (leaving) => ask<Leaving>((left) => ({ kind: 'end', left }), leaving).catch(() => 'leave'),
    asker: {
      present: true,
      ask: (question, signal) =>
        ask<Option<unknown> | Back>((answer) => ({ kind: 'question', question, answer }), signal),
      confirm: (what, word, signal) => ask<void>((confirmed) => ({ kind: 'confirm', what, word, confirmed }), signal),
      secret: (prompt, signal) => ask<string>((typed) => ({ kind: 'secret', prompt, typed }), signal),
      agree: (question, signal) => ask<boolean>((agreed) => ({ kind: 'agree', question, agreed }), signal),
    },
  }
}
