import { describe, expect, it, vi } from 'vitest'
import type { Finished, RunEvent } from '../../src/run/events.ts'
import { End } from '../../src/screens/end.tsx'
import { body, drawn, finding, nothingYet, viewOf } from './drawn.tsx'
import { Screen } from './screen.tsx'

const { signal } = new AbortController()

const finished = (more: Partial<Finished>): RunEvent => ({
  type: 'run-finished',
  outcome: 'restored',
  runId: 'r',
  exitCode: 0,
  changed: true,
  datasets: [],
  restoredTo: null,
  rtoMs: null,
  dataLossMs: null,
  resources: [],
  leftovers: [],
  next: [],
  ...more,
})

const failure: RunEvent = {
  type: 'step-failed',
  step: 'create-volume',
  error: { code: 'x', message: 'it broke', notChanged: [], exists: [], next: [] },
}

const end = (summary: readonly string[], events: readonly RunEvent[]): string[] =>
  drawn(<End summary={summary} left={() => {}} />, { view: viewOf(events, nothingYet()) })

const proof: readonly RunEvent[] = [
  { type: 'finding', step: 'hand-over', level: 'info', message: 'x' },
  finding('review', 'in short: a volume', 'summary'),
]

describe('the end', () => {
  it('of nothing can be left', () => {
    expect(end([], []).at(-1)).toMatch(/^ ⏎ leave/)
  })

  it.each<[Finished['outcome'], boolean]>([
    ['failed', true],
    ['unproven', true],
    ['restored', false],
    ['cancelled', false],
  ])('of a run that is %s can be tried again: %s', (outcome, again) => {
    expect(
      end(['word'], [finished({ outcome })])
        .at(-1)
        ?.includes('r try again'),
    ).toBe(again)
  })

  it('begins with its first word, not with an empty line', () => {
    expect(body(end(['', 'restored', '', 'next:'], [finished({})])).slice(0, 3)).toEqual([' restored', '', ' next:'])
  })

  const made: Finished['resources'] = [
    { kind: 'volume', id: 'vol-1', region: null, host: 'web', state: 'attached', madeByUs: true },
    { kind: 'gate', id: 'dump.service', region: null, host: 'web', state: 'closed', madeByUs: true },
  ]
  const next = ['lifeboat resume r', 'lifeboat undo r'].map((command) => ({ why: `why ${command}`, command }))
  const datasets = Array.from({ length: 40 }, (_none, at) => `  tank/${at}@snap`)

  it('has what exists and what leads on on its first page, before a list that is longer than that', () => {
    const view = viewOf([finished({ resources: made, next })], nothingYet())
    const said = ['restored', 'data:', ...datasets, 'next:', '  why lifeboat resume r:', '    lifeboat resume r']
    const lines = body(drawn(<End summary={said} left={() => {}} />, { view, columns: 60, rows: 16 }))
    expect(lines.slice(0, 6)).toEqual([
      ' restored',
      ' exists: volume vol-1, held back until lifeboat lifts it:',
      '   dump.service',
      ' next: lifeboat resume r',
      ' next: lifeboat undo r',
      '',
    ])
    expect(lines[6]).toBe(' data:')
  })

  it('says what a command is for that has no room there', () => {
    const long = { why: 'when it is not needed any more', command: `ssh irc-1 'sudo rm -rf ${'x'.repeat(80)}'` }
    const view = viewOf([finished({ resources: made, next: [long] })], nothingYet())
    const said = ['restored', 'data:', ...datasets]
    const lines = body(drawn(<End summary={said} left={() => {}} />, { view, columns: 60, rows: 16 }))
    expect(lines.find((line) => line.includes('next:'))).toMatch(/^ next: when it is not needed any more: ssh irc-1/)
  })

  it('leaves room for them where a failure has much to say, and says all of it below', () => {
    const view = viewOf([failure, finished({ outcome: 'failed', resources: made, next })], nothingYet())
    const said = [
      '  failed: it broke',
      ...Array.from({ length: 30 }, (_none, at) => `    because ${at}`),
      'failed (run r)',
    ]
    const lines = body(drawn(<End summary={said} left={() => {}} />, { view, columns: 60, rows: 16 }))
    expect(lines.filter((line) => line.startsWith(' next: '))).toHaveLength(2)
    expect(lines.join('\n')).toMatch(/because \d …\n exists: volume vol-1/)
  })

  it('tells each way on once', async () => {
    const screen = new Screen({ summary: ['failed'] })
    const [resume] = next
    if (failure.type !== 'step-failed' || resume === undefined) throw new Error('no failure')
    screen.take({ ...failure, error: { ...failure.error, next: [resume] } }, finished({ outcome: 'failed', next }))
    void screen.store.end(signal)
    await screen.shows('failed')
    screen.press('copy')
    await vi.waitFor(() => expect(screen.copied).toHaveLength(1))
    expect(screen.copied[0]?.split('\n').filter((line) => line === 'lifeboat resume r')).toHaveLength(1)
  })

  it('shows the plan only where nothing else was wanted', () => {
    const planned = finished({ outcome: 'cancelled', changed: false })
    expect(end(['planned'], [...proof, planned]).join('\n')).toContain('in short: a volume')
    expect(end(['stopped'], [...proof, finished({ outcome: 'cancelled', exitCode: 130 })]).join('\n')).not.toContain(
      'in short',
    )
  })

  it('speaks of no proof where something failed', () => {
    expect(end(['failed'], [failure, finished({ outcome: 'failed' })]).join('\n')).not.toContain('proven by')
  })

  it.each([
    [80, 24],
    [60, 16],
    [40, 10],
  ])('of hundreds of lines can be read to the last at %i×%i, and is tried again by r', async (columns, rows) => {
    const summary = Array.from({ length: 300 }, (_none, at) => `line ${at}.`)
    const screen = new Screen({ columns, rows, summary })
    screen.take(failure, finished({ outcome: 'failed' }))
    const left = screen.store.end(signal)
    await screen.shows('line 0.')
    await screen.shows('r try again')
    screen.press('last')
    await screen.shows('line 299.')
    await screen.shows('the end of 300 lines')
    screen.press('again')
    expect(await left).toBe('again')
  })

  it('has the commands of the step that failed a key away', async () => {
    const screen = new Screen()
    const command = { type: 'command', step: 'create-volume', kind: 'aws', redacted: false, reads: false } as const
    screen.take({ ...command, text: 'aws make' }, failure, finished({ outcome: 'failed' }))
    void screen.store.end(signal)
    await screen.shows('next: nothing')
    screen.press('commands')
    await screen.shows('$ aws make')
    screen.press('close')
    await screen.shows('next: nothing')
    screen.press('leave')
    await vi.waitFor(() => expect(screen.store.shown().asking).toBeNull())
  })
})
