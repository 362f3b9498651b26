import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { Run } from '../../src/screens/run.tsx'
import { body, drawn, finding, nothingYet, viewOf } from './drawn.tsx'

const began: RunEvent = { type: 'step-started', step: 'create-volume', title: 'make a volume' }

const progress = (waitingFor: string | null): RunEvent => ({
  type: 'progress',
  step: 'create-volume',
  done: 1,
  total: 4,
  unit: 'parts',
  waitingFor,
})

const script: RunEvent = {
  type: 'command',
  step: 'create-volume',
  kind: 'shell',
  text: `set -e\n${'do something more\n'.repeat(100)}`,
  redacted: false,
  reads: false,
}

const run = (events: readonly RunEvent[], more: Parameters<typeof drawn>[1] = {}): string =>
  body(drawn(<Run />, { events, seconds: 30, ...more })).join('\n')

describe('a step that is under way', () => {
  it.each([
    [80, 24],
    [60, 16],
    [40, 10],
  ])('with a script of a hundred lines says how far it is and what it waits for at %i×%i', (columns, rows) => {
    const text = run([began, script, progress('AWS')], { columns, rows })
    expect(text).toContain('25 %')
    expect(text).toContain('waiting 30 s for AWS')
  })

  it('has the beginning of its command in sight, and that there is more of it', () => {
    expect(run([began, script, progress('AWS')], { columns: 60, rows: 16 })).toMatch(/\$ set -e do something.* …\n/)
  })

  it('has its latest finding in sight', () => {
    const many = Array.from({ length: 50 }, (_none, at) => finding('create-volume', `found ${at}`))
    expect(run([began, script, ...many], { columns: 60, rows: 16 })).toContain('found 49')
  })

  it('that is taken back is called so', () => {
    expect(run([{ ...began, title: 'undo: make a volume' }])).toMatch(/● undo: make a volume {2}30 s/)
  })

  it('begun anew counts its time anew', () => {
    const done: RunEvent = { type: 'step-finished', step: 'create-volume', effect: null, durationMs: 3_600_000 }
    expect(run([began, done, began])).toMatch(/● make a volume {2}30 s/)
  })

  it('is in sight among hundreds, with its neighbours', () => {
    const view = viewOf([began])
    const present = view.steps.find((step) => step.id === 'create-volume')
    const others = Array.from({ length: 100 }, (_none, at) => ({
      ...nothingYet().steps[3],
      id: `step-${at}`,
      title: `step ${at}`,
      kind: 'action',
      state: 'done',
    }))
    const steps = [...others.slice(0, 50), present, ...others.slice(50)] as typeof view.steps
    const text = run([], { view: { ...view, steps }, rows: 16 })
    expect(text).toContain('✓ step 49')
    expect(text).toContain('● make a volume')
    expect(text).toContain('✓ step 50')
  })
})

describe('what belongs to no step', () => {
  it.each([
    [80, 24],
    [60, 16],
  ])('is whole at %i×%i, however long the steps are', (columns, rows) => {
    const notice =
      'stopping (SIGINT): no further step is begun; once more leaves at once; what runs on the host goes on'
    const view = { ...viewOf([began, script, progress('AWS')]), notice }
    const text = run([], { view, columns, rows })
    expect(text.replaceAll(/\s+/g, ' ')).toContain(notice)
  })
})
