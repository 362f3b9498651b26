import { describe, expect, it } from 'vitest'
import type { ReactNode } from 'react'
import type { RunEvent } from '../../src/run/events.ts'
import { Confirm, Destroy } from '../../src/screens/destroy.tsx'
import { End } from '../../src/screens/end.tsx'
import { Looking } from '../../src/screens/looking.tsx'
import { Overlay } from '../../src/screens/overlay.tsx'
import { Page } from '../../src/screens/page.tsx'
import { Pick } from '../../src/screens/pick.tsx'
import { Agree, Secret } from '../../src/screens/prompts.tsx'
import { Review } from '../../src/screens/review.tsx'
import { Run } from '../../src/screens/run.tsx'
import { stepOf, type View } from '../../src/screens/view.ts'
import { fakeQuestion, option } from '../run/fake-question.ts'
import { awkward, drawn, finding, viewOf } from './drawn.tsx'

const nothing = (): void => {}
const only = option('do it')

/** Each screen, with these texts wherever it shows some. */
const screens: Readonly<Record<string, (texts: readonly string[], view: View) => ReactNode>> = {
  looking: () => <Looking />,
  pick: (texts) => (
    <Pick
      question={fakeQuestion('target', {
        options: texts.map((text) => option(text, { detail: text, disabled: text })),
        suggested: undefined,
      })}
      answer={nothing}
    />
  ),
  review: () => <Review question={fakeQuestion('review', { options: [only] })} only={only} answer={nothing} />,
  destroy: (texts) => (
    <Destroy question={fakeQuestion('review')} word={texts[0] ?? 'web'} confirmed={nothing} goBack={nothing} />
  ),
  confirm: (texts) => (
    <Confirm what={`This deletes ${texts.join(', ')}`} word={texts.at(-1) ?? 'web'} confirmed={nothing} />
  ),
  page: (texts) => (
    <Page
      question={fakeQuestion('target', { options: [only, ...texts.slice(0, 3).map((text) => option(text))] })}
      page={{ text: ['  $ command', ...texts, ...texts.map((text) => `- ${text}`)].join('\n\n'), leaving: 'kept' }}
      answer={nothing}
    />
  ),
  secret: (texts) => <Secret prompt={texts.join(', ')} typed={nothing} />,
  agree: (texts) => <Agree question={texts.join(', ')} agreed={nothing} />,
  run: () => <Run />,
  end: (texts) => <End summary={texts.map((text) => text.replaceAll(/\p{Cc}|\p{Cf}/gv, ' '))} left={nothing} />,
  ...Object.fromEntries(
    (['why', 'commands', 'log', 'help'] as const).map((kind) => [
      kind,
      (_texts: readonly string[], view: View) => (
        <Overlay
          opened={{
            kind,
            step: stepOf(view, 'review'),
            offered: [{ id: 'why' }, { id: 'back', disabled: 'too late' }],
          }}
          close={nothing}
        />
      ),
    ]),
  ),
}

const large = [80, 24] as const
const narrow = [60, 16] as const
const least = [40, 10] as const

interface Content {
  readonly texts: readonly string[]
  readonly sizes: readonly (readonly [number, number])[]
}

const contents: Readonly<Record<string, Content>> = {
  nothing: { texts: [], sizes: [least] },
  'one text': { texts: ['one text'], sizes: [narrow] },
  'hundreds of texts': { texts: Array.from({ length: 200 }, (_none, at) => `number ${at} of many`), sizes: [narrow] },
  'one huge text': { texts: ['words and words '.repeat(200)], sizes: [large, least] },
  'awkward names': { texts: awkward, sizes: [narrow, least] },
}

const eventsOf = (texts: readonly string[]): RunEvent[] => [
  ...texts.flatMap((text) => [
    finding('review', text),
    finding('review', `  $ ${text}`, 'command'),
    finding('target', text),
    finding('create-volume', text),
  ]),
  ...texts.map((text): RunEvent => ({
    type: 'command',
    step: 'review',
    kind: 'shell',
    text,
    redacted: false,
    reads: true,
  })),
]

/** What each screen is about when it is shown. */
const at: Readonly<Record<string, RunEvent>> = {
  looking: { type: 'question', step: 'target', question: '', danger: 'none', options: [], suggested: null },
  run: { type: 'step-started', step: 'create-volume', title: 'make a volume' },
}

const views = Object.fromEntries(Object.entries(contents).map(([name, { texts }]) => [name, viewOf(eventsOf(texts))]))

const cases = Object.keys(screens).flatMap((name) =>
  Object.entries(contents).flatMap(([content, { texts, sizes }]) =>
    sizes.map(([columns, rows]) => ({ name, content, texts, columns, rows })),
  ),
)

describe('every screen, whatever is on it', () => {
  it.each(cases)('$name with $content fills $columns×$rows and no more', ({ name, content, texts, columns, rows }) => {
    const after = at[name] === undefined ? [] : [at[name]]
    const view = { ...viewOf(after, views[content]), log: texts, notice: texts[0] ?? null }
    const lines = drawn(screens[name]?.(texts, view), { view, columns, rows, seconds: 70 })
    expect(lines).toHaveLength(rows)
    expect(lines[0]).toMatch(/web .*03:15:17Z {2}\+01:10/)
    expect(lines[2]).toBe('─'.repeat(columns))
    expect(lines.at(-2)).toBe('─'.repeat(columns))
    expect(lines.at(-1)).toMatch(/^ \S+ \S/)
    // oxlint-disable-next-line no-control-regex
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  })
})
