import { describe, expect, it, vi } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { Looking } from '../../src/screens/looking.tsx'
import { body, drawn, finding, nothingYet, viewOf } from './drawn.tsx'
import { Screen } from './screen.tsx'

const command = (text: string): RunEvent => ({
  type: 'command',
  step: 'target',
  kind: 'shell',
  text,
  redacted: false,
  reads: true,
})

const facts = (count: number): RunEvent[] =>
  Array.from({ length: count }, (_none, at) => finding('target', `fact ${at}`))

describe('while a question is prepared', () => {
  it('before anything is known it says that it looks', () => {
    expect(body(drawn(<Looking />)).filter((line) => line !== '')).toEqual([' Beginning', ' looking'])
  })

  it('before the first step it tells what is going on, and offers no keys that are about a step', () => {
    const lines = drawn(<Looking />, { view: { ...nothingYet(['LEARN']), notice: 'making a world' } })
    expect(body(lines).filter((line) => line !== '')).toEqual([' Beginning', ' making a world'])
    expect(lines.at(-1)).toBe(' ? keys  q leave')
  })

  it('the latest fact is in sight, and how many are above it', () => {
    for (const [columns, rows] of [
      [80, 24],
      [60, 16],
      [40, 10],
    ] as const) {
      const lines = body(drawn(<Looking />, { events: facts(300), columns, rows }))
      expect(lines).toContain(' fact 299')
      expect(lines.join('\n')).toMatch(/ \d+ more above; l shows all/)
    }
  })

  it('what fits is all there', () => {
    expect(body(drawn(<Looking />, { events: facts(3) })).slice(0, 5)).toEqual([
      ' Which target?',
      '',
      ' fact 0',
      ' fact 1',
      ' fact 2',
    ])
  })

  it('what is asked just now is named, and for how long where that takes long', () => {
    const view = viewOf([command('aws sts get-caller-identity')])
    expect(body(drawn(<Looking />, { view, seconds: 4 })).join('\n')).not.toContain(' now')
    const lines = body(drawn(<Looking />, { view, seconds: 12 }))
    expect(lines).toContain(' asking: aws sts get-caller-identity')
    expect(lines).toContain(' for 12 s now')
  })

  it('the time counts from what is asked, not from when the question was put', async () => {
    const screen = new Screen({ ahead: -300_000 })
    screen.take(command('first'))
    await screen.shows('for 5 m')
    const later = new Screen()
    later.take({ type: 'question', step: 'target', question: '', danger: 'none', options: [], suggested: null })
    const { view } = later.store.shown()
    const old = { ...view, steps: view.steps.map((step) => ({ ...step, startedMs: (step.startedMs ?? 0) - 300_000 })) }
    expect(body(drawn(<Looking />, { view: viewOf([command('second')], old), seconds: 3 })).join('\n')).not.toContain(
      ' now',
    )
  })

  it('the commands of a plan are no facts', () => {
    const events = [finding('target', 'a step'), finding('target', '  $ rm -r it', 'command')]
    const text = body(drawn(<Looking />, { events })).join('\n')
    expect(text).toContain('a step')
    expect(text).not.toContain('rm -r')
  })

  it('a warning is one also without colour', () => {
    const events: RunEvent[] = [{ type: 'finding', step: 'target', level: 'warn', message: 'old' }]
    expect(body(drawn(<Looking />, { events }))).toContain(' warning: old')
  })

  it('who leaves is told that it stops', async () => {
    const screen = new Screen()
    screen.take(...facts(1))
    await screen.shows('fact 0')
    screen.press('leave')
    await vi.waitFor(() => expect(screen.interrupts).toBe(1))
    screen.store.notice('stopping (SIGINT)')
    await expect(screen.shows('stopping (SIGINT)')).resolves.toBeUndefined()
  })
})
