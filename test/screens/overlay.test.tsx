import { describe, expect, it, vi } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { Overlay, type Opened } from '../../src/screens/overlay.tsx'
import { stepOf } from '../../src/screens/view.ts'
import { fakeQuestion, option } from '../run/fake-question.ts'
import { body, drawn, finding, nothingYet, viewOf } from './drawn.tsx'
import { Screen } from './screen.tsx'

const { signal } = new AbortController()

const only = option('do it')
const question = fakeQuestion('review', { danger: 'moderate', options: [only], suggested: only })

const command = (text: string, reads = false): RunEvent => ({
  type: 'command',
  step: 'review',
  kind: 'shell',
  text,
  redacted: false,
  reads,
})

const overlay = (kind: Opened['kind'], events: readonly RunEvent[], offered: Opened['offered'] = []): string[] => {
  const view = viewOf(events)
  const opened = { kind, step: stepOf(view, 'review'), offered }
  return drawn(<Overlay opened={opened} close={() => {}} />, { view })
}

describe('why', () => {
  it('says that nothing has begun yet where that is so', () => {
    const opened = { kind: 'why', step: undefined, offered: [] } as const
    const lines = drawn(<Overlay opened={opened} close={() => {}} />, { view: nothingYet() })
    expect(body(lines)[2]).toBe(' nothing has begun yet')
  })
})

describe('the commands', () => {
  it('of a step that has run none are said to be none', () => {
    expect(body(overlay('commands', []))[2]).toBe(' this step has run no command yet')
  })

  it('that only look are told from those that change something', () => {
    expect(body(overlay('commands', [command('look', true), command('make')])).slice(2, 4)).toEqual([
      ' # only reads: look',
      ' $ make',
    ])
  })

  it('of several lines keep their lines', () => {
    expect(body(overlay('commands', [finding('review', '  $ if a; then\n  b\nfi', 'command')])).slice(2, 5)).toEqual([
      ' $ if a; then',
      '     b',
      '   fi',
    ])
  })

  it('are copied letter for letter, also those that are shown otherwise', async () => {
    const screen = new Screen()
    screen.take(finding('review', `  $ IFS='\t' read <<'END'\ntank\t/tank\t\u202ex  \nEND`, 'command'))
    void screen.store.asker.ask(question, signal)
    await screen.shows('Which review?')
    screen.press('commands')
    await screen.shows(`$ IFS='    ' read`)
    screen.press('copy')
    await vi.waitFor(() => expect(screen.copied).toEqual([`IFS='\t' read <<'END'\ntank\t/tank\t\u202ex  \nEND\n`]))
  })

  it('that only look are not copied, and that is said', async () => {
    const screen = new Screen()
    screen.take(command('look', true))
    void screen.store.asker.ask(question, signal)
    await screen.shows('Which review?')
    screen.press('commands')
    await screen.shows('# only reads: look')
    expect(screen.lines().at(-1)).toContain('(y copy)')
    screen.press('copy')
    await screen.shows('nothing to copy')
    expect(screen.copied).toEqual([])
  })

  it.each([
    [60, 16],
    [40, 10],
  ])('that are many can be read to the last at %i×%i', async (columns, rows) => {
    const screen = new Screen({ columns, rows })
    screen.take(...Array.from({ length: 200 }, (_none, at) => finding('review', `  $ command ${at}`, 'command')))
    void screen.store.asker.ask(question, signal)
    await screen.shows('Which review?')
    screen.press('commands')
    await screen.shows('$ command 0')
    screen.press('last')
    await screen.shows('$ command 199')
    screen.press('close')
    await expect(screen.shows('Which review?')).resolves.toBeUndefined()
  })
})

describe('the log', () => {
  it('keeps what is below what, and begins at its end', () => {
    const log = [
      ...Array.from({ length: 100 }, (_none, at) => `line ${at}`),
      'next:',
      '  go on:',
      '    lifeboat resume',
    ]
    const opened = { kind: 'log', step: undefined, offered: [] } as const
    const lines = drawn(<Overlay opened={opened} close={() => {}} />, {
      view: { ...nothingYet(), log },
      rows: 12,
    })
    expect(body(lines)).toEqual([
      ' The log',
      '',
      ' line 99',
      ' next:',
      '   go on:',
      '     lifeboat resume',
      ' the end of 103 lines',
    ])
  })

  it('of nothing is empty, and can be closed', () => {
    expect(overlay('log', []).at(-1)).toBe(' Esc close  e pager')
  })
})

describe('the keys', () => {
  it('are said with the reason why one can not be used', () => {
    const lines = body(overlay('help', [], [{ id: 'why' }, { id: 'back', disabled: 'too late' }]))
    expect(lines[2]).toMatch(/^ w +why: says why/)
    expect(lines.slice(3, 6).join(' ')).toContain('Not now: too late')
  })

  it('are called as in the footers, and what they do stands in a column of its own', () => {
    const lines = body(
      overlay('help', [], [{ id: 'choose' }, { id: 'pageDown' }, { id: 'back', disabled: 'too late' }]),
    )
    expect(lines.slice(2, 6)).toEqual([
      ' ⏎             choose: takes what is marked',
      ' PgDn Space ^F page down: one page down',
      ' Esc ← b       back: to the question before, while nothing was made of its',
      '                 answer. Not now: too late',
    ])
  })
})
