import { describe, expect, it } from 'vitest'
import { linesOf } from '../../src/plain/lines.ts'
import type { Finished, RunEvent } from '../../src/run/events.ts'

const step = 'roll-back' as const

const command = (text: string, reads = false): RunEvent => ({
  type: 'command',
  step,
  kind: 'shell',
  text,
  redacted: false,
  reads,
})

const progress = { type: 'progress', step, done: null, total: null, unit: null } as const

const failed: RunEvent = {
  type: 'step-failed',
  step,
  error: {
    code: 'rollback-blocked',
    message: 'the rollback is blocked:\ntank@a is held',
    notChanged: ['no snapshot was destroyed'],
    exists: [],
    next: [],
  },
}

describe('the lines of an event', () => {
  it.each<[RunEvent, string[]]>([
    [
      { type: 'run-started', runId: 'r', route: 'ebs', host: 'web', version: '0.1.0', pid: 1, steps: [] },
      ['lifeboat 0.1.0 · web · route ebs · run r'],
    ],
    [
      { type: 'question', step, question: 'Which one?', danger: 'none', options: [], suggested: null },
      ['  Which one?'],
    ],
    [{ type: 'answer', step, value: 1, by: 'flag' }, ['  answered by flag']],
    [{ type: 'answer', step, value: { secret: 'asked', name: 'sudo' }, by: 'operator' }, []],
    [{ type: 'step-started', step, title: 'roll back' }, ['  roll back']],
    [command('zfs rollback tank@a'), ['  $ zfs rollback tank@a']],
    [command("cat <<'END'\none\n\ttwo\nEND"), ["  $ cat <<'END'", '    one', '        two', '    END']],
    [command('zfs list', true), []],
    [{ ...progress, waitingFor: 'the volume' }, ['  waiting for the volume']],
    [{ ...progress, waitingFor: 'the service', lines: ['a line of it'] }, []],
    [{ ...progress, waitingFor: 'the service', lines: [] }, ['  waiting for the service']],
    [{ ...progress, done: 1, total: 2, unit: 'GiB', waitingFor: null }, []],
    [{ type: 'step-finished', step, effect: {}, durationMs: 61_500 }, ['  done in 1 m 1 s']],
    [failed, ['  failed: the rollback is blocked:', '    tank@a is held', '  not changed: no snapshot was destroyed']],
    [{ type: 'finding', step, level: 'info', message: 'all is well' }, ['  all is well']],
    [{ type: 'finding', step, level: 'warn', message: 'beware' }, ['  warning: beware']],
    [{ type: 'finding', step, level: 'error', message: 'gone' }, ['  error: gone']],
  ])('$0.type', (event, lines) => {
    expect(linesOf(event)).toEqual(lines)
  })

  it('of a long command are all there: what is shown is what runs', () => {
    const lines = linesOf(command(Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\n')))
    expect(lines).toHaveLength(100)
    expect(lines.at(-1)).toBe('    line 99')
  })

  const hostile = 'a\u001b[2J\u001b]0;title\u0007b\rc\u202ed\u0000\u009b31me'

  it.each<RunEvent>([
    { type: 'finding', step, level: 'warn', message: hostile },
    command(hostile),
    { ...progress, waitingFor: hostile },
    { type: 'step-started', step, title: hostile },
    { ...failed, error: { ...failed.error, message: hostile, notChanged: [hostile] } },
  ])('are harmless on a screen: $type', (event) => {
    // eslint-disable-next-line no-control-regex
    expect(linesOf(event).join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(linesOf(event).join('\n')).toContain('ab c d e')
  })
})

describe('the last lines', () => {
  const finished: Finished = {
    outcome: 'restored',
    runId: 'r',
    exitCode: 0,
    changed: true,
    datasets: [
      { dataset: 'tank', snapshot: null, createdAt: '2026-11-20T23:45:12.000Z' },
      { dataset: 'tank/irc', snapshot: 'hourly', createdAt: '2026-11-20T23:00:00.000Z' },
    ],
    restoredTo: '2026-11-20T23:00:00.000Z',
    rtoMs: 750_000,
    dataLossMs: 3_600_000,
    resources: [{ kind: 'volume', id: 'vol-1', region: 'eu', host: 'web', state: 'attached', madeByUs: true }],
    leftovers: [],
    next: [{ why: 'tell Terraform', command: 'terraform import x vol-1' }],
  }

  it.each([0, -31_000])('of data from after the incident say that nothing from before it is lost', (dataLossMs) => {
    const lines = linesOf({ type: 'run-finished', ...finished, dataLossMs })
    expect(lines.filter((line) => line.startsWith('lost:'))).toEqual(['lost: nothing from before the incident'])
  })

  it('of a restored run say what stands where, how long it took, what was lost and what to do', () => {
    expect(linesOf({ type: 'run-finished', ...finished })).toEqual([
      '',
      'restored: the services run on this data (run r, exit 0)',
      'data:',
      '  tank  of 2026-11-20T23:45:12.000Z',
      '  tank/irc@hourly  of 2026-11-20T23:00:00.000Z',
      'restored to 2026-11-20T23:00:00.000Z',
      'from start to proof: 12 m 30 s',
      'lost: what was written in the 1 h before the incident',
      'what there is now:',
      '  volume vol-1 on web (attached)',
      'next:',
      '  tell Terraform:',
      '    terraform import x vol-1',
    ])
  })

  it('of a run that stopped before its first change say so, and nothing else', () => {
    const stopped: Finished = {
      ...finished,
      outcome: 'cancelled',
      exitCode: 130,
      changed: false,
      datasets: [],
      restoredTo: null,
      rtoMs: null,
      dataLossMs: null,
      resources: [],
      next: [],
    }
    expect(linesOf({ type: 'run-finished', ...stopped })).toEqual([
      '',
      'stopped (run r, exit 130)',
      'nothing was changed',
    ])
  })

  it.each([
    ['unproven', 'restored, but not proven (run r, exit 4)'],
    ['failed', 'failed (run r, exit 4)'],
  ] as const)('of one that is %s do not say that it was restored', (outcome, headline) => {
    expect(linesOf({ type: 'run-finished', ...finished, outcome, exitCode: 4 })[1]).toBe(headline)
  })
})
