// Questions that belong to no step: a secret, a host key.
import { oneLine } from '../text/display.ts'
import { factLines } from './findings.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { useKeyName } from './parts/look.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import { typedInto } from './text-field.ts'
import { useLive } from './use-live.ts'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

/** What is typed is not shown, nor how long it is. */
export function Secret({ prompt, typed }: { readonly prompt: string; readonly typed: (secret: string) => void }) {
  const { view } = useWizard()
  const { columns, rows } = useBody()
  const keyName = useKeyName()
  const secret = useLive('')
  const how = `It is not shown while it is typed, and kept nowhere. ${keyName('choose')} when it is whole.`
  const gap = rows < 10 ? [] : [{ text: '' }]
  const lines = wrapped([{ text: `Needed: ${oneLine(prompt)}`, tone: 'strong' }, ...gap, { text: how }], columns)
  const { top, keys } = useScroll(lines.length, rows)
  const offered: readonly Offered[] = [{ id: 'stop', word: 'leave' }, ...(lines.length > rows ? scrolling : [])]
  useOffered(offered, stepOf(view, view.now), keys, (name) => {
    if (name === 'enter') typed(secret.now())
    const next = typedInto(secret.now(), name)
    if (next !== undefined) secret.set(next)
    return next !== undefined || name === 'enter'
  })
  return (
    <Frame offered={offered}>
      <Scroll lines={lines} top={top} rows={rows} />
    </Frame>
  )
}

/** A question whose default is no, and what there is to judge it by. */
export function Agree({ question, agreed }: { readonly question: string; readonly agreed: (yes: boolean) => void }) {
  const { view } = useWizard()
  const { columns, rows } = useBody()
  const step = stepOf(view, view.now)
  const facts = step === undefined ? [] : factLines(step).toReversed()
  const known = facts.length === 0 ? [] : [{ text: '' }, { text: 'what is known, the latest first:' }, ...facts]
  const lines = wrapped([{ text: oneLine(question), tone: 'strong' }, ...known], columns)
  const { top, keys } = useScroll(lines.length, rows)
  const offered: readonly Offered[] = [
    { id: 'yes', word: 'yes' },
    { id: 'no', word: 'no' },
    ...(lines.length > rows ? scrolling : []),
    { id: 'log' },
    { id: 'stop', word: 'leave' },
  ]
  useOffered(offered, step, { ...keys, yes: () => agreed(true), no: () => agreed(false) })
  return (
    <Frame offered={offered}>
      <Scroll lines={lines} top={top} rows={rows} />
    </Frame>
  )
}
