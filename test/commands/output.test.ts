import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { plainOutput, typedHere, writeRefusal } from '../../src/commands/output.ts'

describe('a refusal before any run began', () => {
  it('shows nothing of what a screen would obey', () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const error = {
      code: 'x',
      message: 'a\u001b[2Jb',
      notChanged: ['c\u001b[2J'],
      exists: [
        { kind: 'lock', id: 'i\u001b[2J', region: null, host: 'h\u001b[2J', state: 's\u001b[2J', madeByUs: false },
      ],
      next: [{ why: 'w\u001b[2J', command: "lifeboat resume 'r\u001b[2J'\nb" }],
    } as const
    writeRefusal(
      { stdout, stderr },
      false,
      5,
      error,
      () => new Date(),
      (command) => command,
    )
    expect(String(stderr.read())).toBe(
      "lifeboat: ab\nexists: lock i on h (s)\nnot changed: c\nhint: w: lifeboat resume 'r'\nb\n",
    )
  })
})

const waiting = (waitingFor: string) =>
  ({ type: 'progress', step: 'mount', done: null, total: null, unit: null, waitingFor }) as const

describe('a wait', () => {
  it('is said again after a minute only, and another one at once', () => {
    const out = new PassThrough()
    let nowMs = 0
    const emit = plainOutput(
      out,
      (command) => command,
      () => nowMs,
    )
    for (const [atMs, what] of [
      [0, 'the host'],
      [1_000, 'the host'],
      [2_000, 'the pool'],
      [59_999, 'the host'],
      [60_000, 'the host'],
    ] as const) {
      nowMs = atMs
      emit(waiting(what))
    }
    expect(String(out.read())).toBe('\nmount\n  waiting for the host\n  waiting for the pool\n  waiting for the host\n')
  })
})

describe('a command that leads on', () => {
  it.each([
    ['lifeboat resume r1', {}, {}, 'lifeboat resume r1'],
    ['lifeboat resume r1', {}, { npm_command: 'exec' }, 'npx lifeboat resume r1'],
    ['lifeboat undo r1', { stateDir: '/a b', config: '/c' }, {}, "lifeboat undo r1 --config /c --state-dir '/a b'"],
    ['lifeboat … --config FILE', { config: '/c' }, {}, 'lifeboat … --config FILE'],
    ['aws ec2 describe-volumes', { config: '/c' }, { npm_command: 'exec' }, 'aws ec2 describe-volumes'],
  ])('is told as it has to be typed here: %s %j %j', (command, options, env, typed) => {
    expect(typedHere(options, env)(command)).toBe(typed)
  })
})
