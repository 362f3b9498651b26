// What every screen is given.
import { createContext, useContext, type ReactNode } from 'react'
import type { Usual } from '../run/usual.ts'
import type { StepId } from '../steps/step.ts'
import { keyTable, pressed, type KeyId, type Offered } from './keys.ts'
import type { Size } from './parts/frame.tsx'
import { useKeys } from './use-keys.ts'
import type { StepView, View } from './view.ts'

/** What can lie over a screen. */
export type Overlay = 'why' | 'commands' | 'log' | 'help'

export interface Wizard extends Usual {
  readonly view: View
  readonly now: Date
  /** Whether a step that is ahead will be walked. */
  readonly isComing: (step: StepId) => boolean
  /** Of the whole terminal. */
  readonly size: Size
  /** False while something lies over the screen: its keys are not this screen's. */
  readonly active: boolean
  /** Whether the operator can see what they are asked just now. */
  readonly isDrawn: () => boolean
  /** What is said in place of the keys, until the next key. */
  readonly hint: string | null
  readonly say: (hint: string | null) => void
  /** `step`: what it is about. */
  readonly open: (overlay: Overlay, step: StepView | undefined, offered: readonly Offered[]) => void
  /** Lays a screen over this one, as long as what is asked stays the same. */
  readonly cover: (screen: ReactNode) => void
  /** Takes the topmost of them away. */
  readonly uncover: () => void
  /** Puts a text where it can be pasted from, and says where that is. */
  readonly copy: (text: string) => void
  /** Gives a long text to the operator's own pager. */
  readonly page: (text: string) => void
  /** The same as Ctrl-C at any other program. */
  readonly leave: () => void
  /** Draws all anew: a bad line may have left anything on the terminal. */
  readonly redraw: () => void
  /** Stops the process, as a shell does it, and gives the terminal back meanwhile. */
  readonly suspend: () => void
}

export const WizardContext = createContext<Wizard | null>(null)

export function useWizard(): Wizard {
  const wizard = useContext(WizardContext)
  if (wizard === null) throw new Error('a screen is drawn outside the wizard')
  return wizard
}

const overlays = { why: 'why', commands: 'commands', log: 'log', help: 'help' } as const satisfies Partial<
  Record<KeyId, Overlay>
>

const isOverlay = (id: KeyId): id is keyof typeof overlays => id in overlays

/**
 * Handles the keys that a screen offers, those that were pressed when it could be seen. Those that open something, and those that leave, are the same everywhere.
 * @param step what `why` and `commands` are about
 * @param other gets every key that is not offered, such as the letters of a text; true where it was of use
 */
export function useOffered(
  offered: readonly Offered[],
  step: StepView | undefined,
  own: Partial<Readonly<Record<KeyId, () => void>>>,
  other: (name: string) => boolean = () => false,
): void {
  const wizard = useWizard()
  useKeys((name) => {
    if (!wizard.active) return
    const everywhere = pressed(name, [{ id: 'redraw' }, { id: 'suspend' }])?.id
    if (everywhere === 'redraw') return wizard.redraw()
    if (everywhere === 'suspend') return wizard.suspend()
    wizard.say(null)
    if (other(name)) return
    const found = pressed(name, offered)
    // Whatever a screen offers, this leads out.
    if (found === undefined && name === 'ctrl-c') return wizard.leave()
    if (found === undefined) return
    const { id, disabled, word } = found
    if (disabled !== undefined) wizard.say(`${word ?? keyTable[id].word}: ${disabled}`)
    else if (own[id] !== undefined) own[id]()
    else if (isOverlay(id)) wizard.open(overlays[id], step, offered)
    else if (id === 'leave' || id === 'stop') wizard.leave()
  }, wizard.isDrawn)
}
