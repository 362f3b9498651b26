import { describe, expect, it, vi } from 'vitest'
import type { Question } from '../../src/run/asking.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { Option } from '../../src/steps/step.ts'
import { choice } from '../run/fake-route.ts'
import { Screen } from './screen.tsx'

const fact = (text: string, part?: 'summary' | 'command'): RunEvent => ({
  type: 'finding',
  step: 'review',
  level: 'info',
  message: text,
  ...(part === undefined ? {} : { part }),
})

const only: Option<unknown> = { kind: 'option', value: { value: 'go' }, label: 'do it' }

const question = (more: Partial<Question> = {}): Question => ({
  step: choice('review'),
  danger: 'moderate',
  options: [only],
  suggested: only,
  confirmation: undefined,
  earlier: ['target'],
  ...more,
})

function asked(what: Question, before: readonly RunEvent[] = []) {
  const screen = new Screen()
  screen.take(...before)
  const answer = screen.store.asker.ask(what, new AbortController().signal)
  return { screen, answer }
}

describe('a review', () => {
  const plan = [
    fact('create-volume: make a volume'),
    fact('  $ aws ec2 create-volume --size 1', 'command'),
    fact('in short:\nmakes a volume', 'summary'),
  ]

  it('says first what counts, keeps the commands a key away, and is answered by y alone', async () => {
    const { screen, answer } = asked(question(), plan)
    await screen.shows('Which review?')
    const text = screen.text()
    expect(text.indexOf('in short:')).toBeLessThan(text.indexOf('create-volume: make'))
    expect(text).not.toContain('aws ec2')
    screen.press('commands')
    await screen.shows('$ aws ec2 create-volume --size 1')
    screen.press('copy')
    await vi.waitFor(() => expect(screen.copied).toEqual(['aws ec2 create-volume --size 1\n']))
    screen.press('close')
    await screen.shows('in short:')
    screen.send('\r')
    await screen.shows('nothing was done')
    screen.press('yes')
    expect(await answer).toBe(only)
  })

  it('of many lines can be read to its end', async () => {
    const { screen } = asked(
      question(),
      Array.from({ length: 100 }, (_none, at) => fact(`line ${at}`)),
    )
    await screen.shows(/\d+ more below/)
    screen.press('last')
    await screen.shows('line 99')
    await expect(screen.shows('the end of')).resolves.toBeUndefined()
  })
})

describe('before data is destroyed', () => {
  const destroys = question({ danger: 'destructive', confirmation: 'web' })

  it('nothing but the whole name does it; another is said to be another', async () => {
    const { screen, answer } = asked(destroys, [fact('destroys tank@a  1 h old  3 MiB', 'summary')])
    await screen.shows('destroys tank@a')
    screen.send('wec\r')
    await screen.shows('"wec" is not web: nothing was done')
    screen.send('\u0015web\r')
    expect(await answer).toBe(only)
  })

  it('letters are the name’s, and Esc goes back', async () => {
    const { screen, answer } = asked(destroys)
    await screen.shows('Type web')
    screen.send('qwy')
    await screen.shows('do it: qwy_')
    screen.press('back')
    expect(await answer).toEqual({ kind: 'back', to: 'target' })
    expect(screen.interrupts).toBe(0)
  })

  it('Ctrl-C leaves', async () => {
    const { screen } = asked(destroys)
    await screen.shows('Type web')
    screen.press('stop')
    await vi.waitFor(() => expect(screen.interrupts).toBe(1))
  })
})

describe('a run', () => {
  const progress = {
    type: 'progress',
    step: 'create-volume',
    done: null,
    total: null,
    unit: null,
    waitingFor: null,
  } as const

  it('shows its steps, and of the present one the command and how far it is', async () => {
    const screen = new Screen()
    screen.take(
      { type: 'step-started', step: 'create-volume', title: 'make' },
      {
        type: 'command',
        step: 'create-volume',
        kind: 'aws',
        text: 'aws ec2 create-volume',
        redacted: false,
        reads: false,
      },
      { ...progress, done: 512 * 1024 ** 2, total: 1024 ** 3, unit: 'bytes' },
    )
    await screen.shows('$ aws ec2 create-volume')
    await screen.shows('50 %  512 MiB of 1 GiB')
    screen.take({ type: 'step-finished', step: 'create-volume', effect: null, durationMs: 61_000 })
    await expect(screen.shows('1 m 1 s')).resolves.toBeUndefined()
  })

  it('has lasted no less than nothing, also where it began after the clock was last read', async () => {
    const screen = new Screen({ ahead: 711 })
    screen.take({ type: 'step-started', step: 'create-volume', title: 'make' })
    await screen.shows('●')
    expect(screen.text()).not.toMatch(/-\d+ ms/)
  })

  it('says what is waited for only when that takes long', async () => {
    const screen = new Screen()
    screen.take({ type: 'step-started', step: 'create-volume', title: 'make' }, { ...progress, waitingFor: 'AWS' })
    await screen.shows('●')
    expect(screen.text()).not.toContain('waiting')
  })

  it('stops at Ctrl-C, and says so', async () => {
    const screen = new Screen()
    screen.take({ type: 'step-started', step: 'create-volume', title: 'make' })
    await screen.shows('^C stop')
    screen.press('stop')
    await vi.waitFor(() => expect(screen.interrupts).toBe(1))
    screen.store.notice('stopping (SIGINT)')
    await screen.shows('stopping (SIGINT)')
    screen.press('back')
    await screen.shows('lifeboat undo takes it back')
  })

  it('that is resumed has behind it what was done before', async () => {
    const screen = new Screen({ done: ['target', 'snapshot', 'review'] })
    await expect(screen.shows('Target ✓ › Snapshot ✓ › Review ✓ › Restore ›')).resolves.toBeUndefined()
  })
})

describe('what belongs to no step', () => {
  it('a secret is not shown, nor how long it is', async () => {
    const screen = new Screen()
    const secret = screen.store.asker.secret('the password of ann', new AbortController().signal)
    await screen.shows('Needed: the password of ann')
    const before = screen.text()
    screen.send('hun ter2')
    screen.send('\r')
    expect(await secret).toBe('hun ter2')
    expect(before).not.toContain('*')
    expect(screen.written).not.toContain('hun')
  })

  it('a question is answered no by Enter', async () => {
    const screen = new Screen()
    const agreed = screen.store.asker.agree('Is SHA256:x the key of web?', new AbortController().signal)
    await screen.shows('Is SHA256:x the key of web?')
    screen.send('\r')
    expect(await agreed).toBe(false)
  })

  it('the end stays until it was read', async () => {
    const screen = new Screen()
    const left = screen.store.end(new AbortController().signal)
    await screen.shows('next: nothing')
    screen.press('choose')
    await expect(left).resolves.toBe('leave')
  })

  it('the end of a plan is the plan', async () => {
    const screen = new Screen()
    const finished = {
      outcome: 'cancelled',
      runId: 'r',
      exitCode: 0,
      changed: false,
      datasets: [],
      restoredTo: null,
      rtoMs: null,
      dataLossMs: null,
      resources: [],
      leftovers: [],
      next: [],
    } as const
    screen.take(fact('in short:\nmakes a volume', 'summary'), { type: 'run-finished', ...finished })
    void screen.store.end(new AbortController().signal)
    await expect(screen.shows('makes a volume')).resolves.toBeUndefined()
  })

  it('the end is not waited for when the operator has asked to leave', async () => {
    const screen = new Screen()
    await expect(screen.store.end(AbortSignal.abort())).resolves.toBe('leave')
  })
})
