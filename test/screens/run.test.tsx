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

function asked(what: Question, before: readonly RunEvent[] = [], opened: ConstructorParameters<typeof Screen>[0] = {}) {
  const screen = new Screen(opened)
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
    // What is drawn may hear its first key a moment later.
    await vi.waitFor(() => {
      screen.send('\r')
      expect(screen.text()).toContain('nothing was done')
    })
    screen.press('yes')
    expect(await answer).toBe(only)
  })

  it('says what its steps took before, of those that were taken', async () => {
    const steps = [...plan, fact('attach-volume: attach it'), fact('create-volume: of another title')]
    const { screen } = asked(question(), steps, { usual: { 'create-volume': 240_400 } })
    await screen.shows('create-volume: make a volume  took 4 m before')
    expect(screen.text().match(/took/g)).toHaveLength(1)
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

  it('what the steps took before is said, too', async () => {
    const { screen } = asked(destroys, [fact('roll-back: roll back')], { usual: { 'roll-back': 340 } })
    await expect(screen.shows('roll-back: roll back  took under 1 s before')).resolves.toBeUndefined()
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

  it('tells how far a volume is hydrated beside the step that has made it, which is done', async () => {
    const screen = new Screen()
    screen.take(
      { type: 'step-started', step: 'create-volume', title: 'make' },
      { type: 'step-finished', step: 'create-volume', effect: null, durationMs: 61_000 },
      { type: 'step-started', step: 'attach-volume', title: 'attach it' },
      { type: 'progress', step: 'create-volume', done: 34, total: 100, unit: '%', waitingFor: null },
    )
    await screen.shows('✓ make  1 m 1 s  hydrated 34 %')
    await expect(screen.shows('● attach it')).resolves.toBeUndefined()
  })

  it('has lasted no less than nothing, also where it began after the clock was last read', async () => {
    const screen = new Screen({ ahead: 711 })
    screen.take({ type: 'step-started', step: 'create-volume', title: 'make' })
    await screen.shows('●')
    expect(screen.text()).not.toMatch(/-\d+ ms/)
  })

  describe('that was taken before', () => {
    const begun = { type: 'step-started', step: 'create-volume', title: 'make' } as const
    const usual = { 'create-volume': 12_400, 'attach-volume': 107_000 }

    it('says of the present step and of those ahead how long they usually take, and how long is left', async () => {
      const screen = new Screen({ usual, ahead: -8000 })
      screen.take(begun)
      await screen.shows('make  8 s, usually 12 s')
      await screen.shows('attach it  usually 1 m 47 s')
      await expect(screen.shows('about 2 m left, from 3 earlier runs')).resolves.toBeUndefined()
    })

    it('says only what a step has taken where there is no room for both', async () => {
      const screen = new Screen({ usual, ahead: -8000, columns: 60, rows: 16 })
      screen.take({ ...begun, title: 'make a volume from the snapshot of the lost one' })
      await screen.shows('● make a volume from the snapshot of the lost one  8 s')
      expect(screen.text()).not.toMatch(/lost one .*usu/)
    })

    it('says nothing more of it when a step has ended', async () => {
      const screen = new Screen({ usual })
      screen.take(begun, { type: 'step-finished', step: 'create-volume', effect: null, durationMs: 61_000 })
      await screen.shows('make  1 m 1 s')
      expect(screen.text()).not.toContain('1 m 1 s,')
    })

    it('leaves the last line to what has to be heard', async () => {
      const screen = new Screen({ usual })
      screen.take(begun)
      await screen.shows('about 2 m left')
      screen.store.notice('stopping (SIGINT)')
      await screen.shows('stopping (SIGINT)')
      expect(screen.text()).not.toContain('left')
    })

    it('in other steps only does not say how long all of it takes', async () => {
      const screen = new Screen({ usual: { 'attach-volume': 107_000 } })
      screen.take(begun)
      await screen.shows('attach it  usually 1 m 47 s')
      expect(screen.text()).not.toMatch(/left|make a volume.*usually/)
    })

    it('by nobody says nothing of it', async () => {
      const screen = new Screen()
      screen.take(begun)
      await screen.shows('attach it')
      expect(screen.text()).not.toMatch(/usually|left|earlier/)
    })
  })

  it('says what is waited for only when that takes long', async () => {
    const screen = new Screen()
    screen.take({ type: 'step-started', step: 'create-volume', title: 'make' }, { ...progress, waitingFor: 'AWS' })
    await screen.shows('●')
    expect(screen.text()).not.toContain('waiting')
  })

  describe('that waits for a service', () => {
    const seen = { ...progress, waitingFor: 'the service', lines: ['one', 'two', 'th\u001b[2Jree', 'x'.repeat(200)] }

    function waiting(rows: number): Screen {
      const screen = new Screen({ rows, ahead: -8000 })
      screen.take({ type: 'step-started', step: 'create-volume', title: 'make' }, seen, {
        type: 'finding',
        step: 'create-volume',
        level: 'info',
        message: 'found out before',
      })
      return screen
    }

    it('shows its newest lines below the wait, one row each, and before what was found out', async () => {
      const screen = waiting(24)
      await screen.shows('found out before')
      const lines = screen.lines()
      const at = lines.findIndex((line) => line.includes('waiting 8 s for the service'))
      expect(lines.slice(at + 1, at + 5).map((line) => line.trim())).toEqual([
        'two',
        'three',
        expect.stringMatching(/^x+…$/),
        'found out before',
      ])
    })

    it('shows two of them where there are few rows', async () => {
      const screen = waiting(16)
      await screen.shows(/x+…/)
      const lines = screen.lines()
      const at = lines.findIndex((line) => line.includes('waiting 8 s for the service'))
      expect(lines.slice(at + 1, at + 3).map((line) => line.trim())).toEqual(['three', expect.stringMatching(/^x+…$/)])
      expect(screen.text()).not.toContain('two')
    })

    it('shows them no longer when the step has ended', async () => {
      const screen = waiting(24)
      await screen.shows('three')
      screen.take({ type: 'step-finished', step: 'create-volume', effect: null, durationMs: 61_000 })
      await expect(screen.hides('three')).resolves.toBeUndefined()
    })
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
