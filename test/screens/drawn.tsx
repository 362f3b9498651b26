// One screen by itself, drawn once: no terminal, no keys.
import { render } from 'ink-testing-library'
import type { ReactNode } from 'react'
import stringWidth from 'string-width'
import { expect } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { LookContext, lookOf } from '../../src/screens/parts/look.tsx'
import { after, beginning, type View } from '../../src/screens/view.ts'
import { WizardContext } from '../../src/screens/wizard-context.ts'
import { fakeRoute } from '../run/fake-route.ts'

const began = Date.parse('2026-11-21T03:14:07.000Z')

/** The view before anything has happened. */
export const nothingYet = (place: readonly string[] = ['RESTORE', 'web', 'eu-central-1']): View =>
  beginning(fakeRoute(), place, [], began)

/** The view when all this has happened, all at the beginning. */
export const viewOf = (events: readonly RunEvent[], before: View = nothingYet()): View =>
  events.reduce((view, event) => after(view, event, began, []), before)

interface Surroundings {
  readonly events?: readonly RunEvent[]
  readonly place?: readonly string[]
  readonly view?: View
  readonly columns?: number
  readonly rows?: number
  readonly ascii?: boolean
  readonly hint?: string
  /** How long ago the events were. */
  readonly seconds?: number
}

/** The lines of a screen. It has exactly its rows, and nothing in it is wider than the terminal. */
export function drawn(screen: ReactNode, surroundings: Surroundings = {}): string[] {
  const { events = [], place, columns = 80, rows = 24, ascii = false, hint = null, seconds = 0 } = surroundings
  const wizard = {
    view: surroundings.view ?? viewOf(events, nothingYet(place)),
    now: new Date(began + seconds * 1000),
    isComing: () => true,
    usualMs: () => undefined,
    usualRuns: () => 0,
    size: { columns, rows },
    active: true,
    isDrawn: () => true,
    hint,
    say: () => {},
    open: () => {},
    cover: () => {},
    uncover: () => {},
    page: () => {},
    copy: () => {},
    leave: () => {},
    redraw: () => {},
    suspend: () => {},
  }
  const { lastFrame, unmount } = render(
    <LookContext value={lookOf(ascii)}>
      <WizardContext value={wizard}>{screen}</WizardContext>
    </LookContext>,
  )
  const lines = (lastFrame() ?? '').split('\n')
  unmount()
  expect(lines.length).toBeLessThanOrEqual(rows)
  expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([])
  return lines
}

/** What is between the rules. */
export const body = (lines: readonly string[]): string[] => lines.slice(3, -2)

export const finding = (
  step: 'target' | 'snapshot' | 'review' | 'create-volume',
  message: string,
  part?: 'summary' | 'command',
): RunEvent => ({ type: 'finding', step, level: 'info', message, ...(part === undefined ? {} : { part }) })

/** Names that others may have given. */
export const awkward = [
  'with two  spaces',
  `it's "quoted" \`$(so)\``,
  '日本語のデータ',
  '👩‍👩‍👧 family 🇩🇪',
  'e\u0301a\u0308',
  'a\u001b[2Jb\u001b]0;title\u0007c',
  '\u202egnp.exe',
  'tab\there',
  'no\u0000thing',
  'x'.repeat(500),
]
