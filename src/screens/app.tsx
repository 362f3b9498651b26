import { Box, useApp, useWindowSize } from 'ink'
import { setTimeout as delay } from 'node:timers/promises'
import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react'
import { Confirm, Destroy } from './destroy.tsx'
import { DumpList } from './dump.tsx'
import { End } from './end.tsx'
import { Looking } from './looking.tsx'
import { Moment } from './moment.tsx'
import { Overlay } from './overlay.tsx'
import { Page } from './page.tsx'
import { LookContext, lookOf } from './parts/look.tsx'
import { Pick } from './pick.tsx'
import { Agree, Secret } from './prompts.tsx'
import { Review } from './review.tsx'
import { Run } from './run.tsx'
import type { Asking, Store } from './store.ts'
import { isTooSmall, TooSmall } from './too-small.tsx'
import { stepOf, type View } from './view.ts'
import { WizardContext, type Wizard } from './wizard-context.ts'

export interface AppProps {
  readonly store: Store
  readonly clock: () => Date
  /** As Ctrl-C does at other programs. */
  readonly interrupt: () => void
  /** Puts a text where it can be pasted from. @returns where that is, in words */
  readonly copy: (text: string) => string
  /** Gives a text to the operator's pager, on the terminal that is free meanwhile. @returns what went wrong, in words */
  readonly page: (text: string) => Promise<string | null>
  /** The last word, in lines. */
  readonly summary: (view: View) => readonly string[]
  /** Draws all anew, whatever is on the terminal. */
  readonly redraw: () => void
  readonly ascii: boolean
}

/** The whole process group: stopping only itself would leave npx with the terminal. */
async function stopUntilContinued(): Promise<void> {
  process.kill(0, 'SIGTSTP')
  // Here it was stopped; or it was not, where no shell could continue it (setpgid(2): orphaned process groups).
  await delay(100)
}

/** The time, once a second: nothing on the screen moves faster by itself. */
function useClock(clock: () => Date): Date {
  const [now, setNow] = useState(clock)
  useEffect(() => {
    const beat = setInterval(() => setNow(clock()), 1000)
    return () => clearInterval(beat)
  }, [clock])
  return now
}

function screenOf(asking: Asking | null, view: View, { summary }: AppProps) {
  if (asking === null) return stepOf(view, view.now)?.kind === 'action' ? <Run /> : <Looking />
  switch (asking.kind) {
    case 'question': {
      const { question, answer } = asking
      const { danger, confirmation, suggested, options, step } = question
      const [only] = options
      if (question.page !== undefined)
        return <Page key={question.page.text} question={question} page={question.page} answer={answer} />
      if (danger === 'destructive' && confirmation !== undefined && suggested !== undefined)
        return (
          <Destroy
            key={step.id}
            question={question}
            word={confirmation}
            confirmed={() => answer(suggested)}
            goBack={answer}
          />
        )
      if (danger === 'moderate' && options.length === 1 && only !== undefined)
        return <Review key={step.id} question={question} only={only} answer={answer} />
      if (question.contents !== undefined)
        return <DumpList key={step.id} question={question} contents={question.contents} answer={answer} />
      return question.looks === undefined ? (
        <Pick key={step.id} question={question} answer={answer} />
      ) : (
        <Moment key={step.id} question={question} looks={question.looks} answer={answer} />
      )
    }
    case 'confirm':
      return <Confirm what={asking.what} word={asking.word} confirmed={asking.confirmed} />
    case 'secret':
      return <Secret key={asking.prompt} prompt={asking.prompt} typed={asking.typed} />
    case 'agree':
      return <Agree question={asking.question} agreed={asking.agreed} />
    case 'end':
      return <End summary={summary(view)} left={asking.left} />
  }
}

/** What lies over a screen; `of` is what is asked below it, where it is of no use without. */
interface Cover {
  readonly content: ReactNode
  readonly of: Asking | null
}

const stillOf = (all: readonly Cover[], asking: Asking | null): readonly Cover[] =>
  all.filter(({ of }) => of === null || of === asking)

/** Draws what the run is at, and hands the operator's keys to it. */
export function App(props: AppProps) {
  const { store, clock, interrupt } = props
  const { view, asking } = useSyncExternalStore(store.subscribe, store.shown)
  store.rendering(asking)
  const size = useWindowSize()
  const { suspendTerminal } = useApp()
  const now = useClock(clock)
  const [laid, lay] = useState<readonly Cover[]>([])
  const [hint, say] = useState<string | null>(null)
  const small = isTooSmall(size)
  const look = useMemo(() => lookOf(props.ascii), [props.ascii])
  const covers = stillOf(laid, asking)
  // What lies there keeps these for long: they go by what is there when they are called.
  const cover = (one: Cover): void => lay((all) => [...stillOf(all, store.shown().asking), one])
  const uncover = (): void => lay((all) => stillOf(all, store.shown().asking).slice(0, -1))
  const wizard: Wizard = {
    view,
    now,
    isComing: store.isComing,
    usualMs: store.usualMs,
    usualRuns: store.usualRuns,
    size,
    active: !small,
    isDrawn: store.isDrawn,
    hint,
    say,
    open: (kind, step, offered) =>
      cover({ of: null, content: <Overlay opened={{ kind, step, offered }} close={uncover} /> }),
    cover: (content) => cover({ content, of: asking }),
    uncover,
    copy: (text) => say(props.copy(text)),
    page: (text) => void suspendTerminal(async () => say(await props.page(text))),
    leave: interrupt,
    redraw: props.redraw,
    suspend: () => void suspendTerminal(stopUntilContinued),
  }
  return (
    <LookContext value={look}>
      <WizardContext value={wizard}>
        {[screenOf(asking, view, props), ...covers.map(({ content }) => content)].map((content, at) => (
          // What lies below keeps its place in its list, and its keys wait.
          <WizardContext key={at} value={{ ...wizard, active: at === covers.length && !small }}>
            <Box display={at === covers.length && !small ? 'flex' : 'none'}>{content}</Box>
          </WizardContext>
        ))}
        {small ? (
          <WizardContext value={{ ...wizard, active: true }}>
            <TooSmall />
          </WizardContext>
        ) : null}
      </WizardContext>
    </LookContext>
  )
}
