// Questions that belong to no step: a secret, a host key.
import { Text } from 'ink'
import { oneLine } from '../text/display.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import { typedInto } from './text-field.ts'
import { useLive } from './use-live.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

const leaving: readonly Offered[] = [{ id: 'stop', word: 'leave' }]

/** What is typed is not shown, nor how long it is. */
export function Secret({ prompt, typed }: { readonly prompt: string; readonly typed: (secret: string) => void }) {
  const { view } = useWizard()
  const { columns, rows } = useBody()
  const secret = useLive('')
  useOffered(leaving, stepOf(view, view.now), {}, (name) => {
    if (name === 'enter') typed(secret.now())
    const next = typedInto(secret.now(), name)
    if (next !== undefined) secret.set(next)
    return next !== undefined || name === 'enter'
  })
  const asked = `Needed: ${oneLine(prompt)}`
  return (
    <Frame offered={leaving}>
      <Scroll lines={wrapped([{ text: asked, tone: 'strong' }], columns)} top={0} rows={rows - 3} />
      <Text> </Text>
      <Text>{' It is not shown while it is typed, and kept nowhere. ⏎ when it is whole.'}</Text>
    </Frame>
  )
}

const agreeing: readonly Offered[] = [
  { id: 'yes', word: 'yes' },
  { id: 'no', word: 'no' },
  { id: 'stop', word: 'leave' },
]

/** A question whose default is no. */
export function Agree({ question, agreed }: { readonly question: string; readonly agreed: (yes: boolean) => void }) {
  const { view } = useWizard()
  const { columns, rows } = useBody()
  useOffered(agreeing, stepOf(view, view.now), { yes: () => agreed(true), no: () => agreed(false) })
  return (
    <Frame offered={agreeing}>
      <Scroll lines={wrapped([{ text: oneLine(question), tone: 'strong' }], columns)} top={0} rows={rows} />
    </Frame>
  )
}
