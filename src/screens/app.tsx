import { Box, Text, useApp, useWindowSize } from 'ink'
import { setTimeout as delay } from 'node:timers/promises'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { Confirm, Destroy } from './destroy.tsx'
import { End } from './end.tsx'
import { Looking } from './looking.tsx'
import { Overlay, type Opened } from './overlay.tsx'
import { LookContext, lookOf } from './parts/look.tsx'
import { Pick } from './pick.tsx'
import { Agree, Secret } from './prompts.tsx'
import { Review } from './review.tsx'
import { Run } from './run.tsx'
import type { Asking, Store } from './store.ts'
import { stepOf, type View } from './view.ts'
import { WizardContext, type Wizard } from './wizard-context.ts'

/** Below this nothing can be shown that could be answered with a clear mind. */
const least = { columns: 40, rows: 10 }

export interface AppProps {
  readonly store: Store
  readonly clock: () => Date
  /** As Ctrl-C does at other programs. */
  readonly interrupt: () => void
  /** Puts a text where it can be pasted from. @returns where that is, in words */
  readonly copy: (text: string) => string
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
      return <Pick key={step.id} question={question} answer={answer} />
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

/** Draws what the run is at, and hands the operator's keys to it. */
export function App(props: AppProps) {
  const { store, clock, interrupt } = props
  const { view, asking } = useSyncExternalStore(store.subscribe, store.shown)
  const size = useWindowSize()
  const { suspendTerminal } = useApp()
  const now = useClock(clock)
  const [overlay, setOverlay] = useState<Opened | null>(null)
  const [hint, say] = useState<string | null>(null)
  const look = useMemo(() => lookOf(props.ascii), [props.ascii])
  const wizard: Wizard = {
    view,
    now,
    isComing: store.isComing,
    size,
    active: overlay === null,
    hint,
    say,
    open: (kind, step, offered) => setOverlay({ kind, step, offered }),
    leave: interrupt,
    redraw: props.redraw,
    suspend: () => void suspendTerminal(stopUntilContinued),
  }
  if (size.columns < least.columns || size.rows < least.rows)
    return (
      <Text>{`${size.columns}×${size.rows} is too small: ${least.columns}×${least.rows} at least. All goes on.`}</Text>
    )
  return (
    <LookContext value={look}>
      <WizardContext value={wizard}>
        {/* What lies below keeps its place in its list, and its keys wait. */}
        <Box display={overlay === null ? 'flex' : 'none'}>{screenOf(asking, view, props)}</Box>
        {overlay === null ? null : (
          <WizardContext value={{ ...wizard, active: true }}>
            <Overlay key={overlay.kind} opened={overlay} close={() => setOverlay(null)} copy={props.copy} />
          </WizardContext>
        )}
      </WizardContext>
    </LookContext>
  )
}
