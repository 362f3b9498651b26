import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { changeLine, readLine, type Output } from '../../src/remote/command.ts'
import type { ExecOptions, Host } from '../../src/remote/host.ts'
import { linkTo, type LinkParts } from '../../src/remote/link.ts'
import { Cancelled, PreflightError, RemoteCommandError } from '../../src/text/errors.ts'

const fine: Output = { code: 0, stdout: '', stderr: '' }

const lost = (line: string): RemoteCommandError =>
  new RemoteCommandError({ host: 'web', command: line, exitCode: null, signal: null, stderrTail: '', timedOut: false })

const unreachable = new PreflightError({ code: 'host-unreachable', message: 'web does not answer' })

const away = (): never => {
  throw unreachable
}

interface World {
  readonly lines: string[]
  readonly waited: string[]
  connections: number
  closed: number
}

/**
 * A link to a host of the test's own. `answers` is asked for each line; to throw is to lose the connection. `connects`
 * says what becomes of each attempt to connect, the last of it for ever.
 */
function linked(
  answers: (line: string, connection: number) => Output,
  {
    connects = [() => {}],
    bootIds = ['one'],
    ...more
  }: Partial<LinkParts> & {
    connects?: (() => void)[]
    bootIds?: string[]
  } = {},
) {
  const world: World = { lines: [], waited: [], connections: 0, closed: 0 }
  const connect = async (): Promise<Host> => {
    connects[Math.min(world.connections, connects.length - 1)]?.()
    const connection = ++world.connections
    return {
      destination: 'web',
      user: 'root',
      async exec(line: string, _options: ExecOptions) {
        if (line.includes('boot_id'))
          return { ...fine, stdout: bootIds[Math.min(connection, bootIds.length) - 1] ?? '' }
        world.lines.push(line)
        return answers(line, connection)
      },
      close: async () => void world.closed++,
    }
  }
  let time = 0
  const link = linkTo({
    connect,
    becomeRoot: async () => ({ wrap: (line, stdin) => ({ line, stdin }) }),
    pause: async (ms, signal) => {
      signal?.throwIfAborted()
      time += ms
    },
    now: () => time,
    ...more,
  })
  return { world, run: link.exec.bind(link), waiting: (what: string) => void world.waited.push(what) }
}

const unit = { run: 'r', step: 'import-pool', attempt: 1, part: '1' }
const change = changeLine('zpool import 1', { unit })
const asks = (line: string): boolean => line.includes('echo never')

/** Loses the connection under the first line that begins it, and then tells of the unit in turn. */
function cutOnce(...outcomes: string[]) {
  let cut = false
  return (line: string): Output => {
    if (asks(line)) return { ...fine, stdout: outcomes.shift() ?? '' }
    if (cut) return { ...fine, stdout: 'again' }
    cut = true
    throw lost(line)
  }
}

/** As in earnest: broken off with the timer's own error. */
const realPause = (ms: number, signal: AbortSignal | undefined) =>
  delay(ms, undefined, signal === undefined ? {} : { signal })

describe('a connection that is lost', () => {
  it('under a command that only reads is made anew, and the command run again', async () => {
    const { world, run } = linked(cutOnce())
    expect(
      await run(
        readLine('zpool list', () => 0),
        {},
      ),
    ).toMatchObject({ stdout: 'again' })
    expect(world).toMatchObject({ lines: ['zpool list', 'zpool list'], connections: 2, closed: 1 })
  })

  it('under a change that may be made twice is made anew, and the change made again', async () => {
    const { world, run } = linked(cutOnce())
    await run(changeLine('mkdir -p /a', { repeatable: true }), {})
    expect(world.lines).toEqual(['mkdir -p /a', 'mkdir -p /a'])
  })

  it('under a change in a unit is made anew, and the end of the unit waited for', async () => {
    const { world, run } = linked(cutOnce('running\n', 'running\n', 'ended 3\nso far'))
    expect(await run(change, {})).toEqual({ code: 3, stdout: 'so far', stderr: '' })
    expect(world.lines.filter((line) => !asks(line))).toHaveLength(1)
  })

  it('under a change that never began lets it begin, under another name', async () => {
    const { world, run } = linked(cutOnce('never\n'))
    expect(await run(change, {})).toMatchObject({ stdout: 'again' })
    expect(world.lines[0]).toContain('lifeboat-r-import-pool-1-1 ')
    expect(world.lines.at(-1)).toContain('lifeboat-r-import-pool-1-1.1 ')
  })

  it('under a change whose unit is gone without a trace is an error: nobody knows how it ended', async () => {
    const { run } = linked(cutOnce('unknown\n', 'unknown\n', 'unknown\n', 'unknown\n', 'unknown\n'))
    await expect(run(change, {})).rejects.toMatchObject({ code: 'connection-lost' })
  })

  it('under a change, to a host that was rebooted since, is an error: its units are gone', async () => {
    const { world, run } = linked(cutOnce('never\n'), { bootIds: ['one', 'two'] })
    await expect(run(change, {})).rejects.toMatchObject({
      code: 'connection-lost',
      stderrTail: 'the host was rebooted',
    })
    expect(world.lines.filter((line) => !asks(line))).toHaveLength(1)
  })

  it('under a change in no unit is an error', async () => {
    const { run } = linked(cutOnce())
    await expect(run(changeLine('zfs load-key a'), {})).rejects.toMatchObject({ code: 'connection-lost' })
  })

  it('is waited for while the host is out of reach, and it is said', async () => {
    const { world, run, waiting } = linked(cutOnce(), { connects: [() => {}, () => {}] })
    expect(
      await run(
        readLine('a', () => 0),
        { waiting },
      ),
    ).toMatchObject({ stdout: 'again' })
    let tries = 0
    const other = linked(cutOnce(), {
      connects: [() => {}, () => (++tries < 4 ? away() : undefined)],
    })
    expect(
      await other.run(
        readLine('a', () => 0),
        { waiting: other.waiting },
      ),
    ).toMatchObject({ stdout: 'again' })
    expect(other.world.waited).toEqual(Array(3).fill('the connection to come back: web does not answer'))
    expect(world.waited).toEqual([])
  })

  it('is waited for ten minutes, then it is an error that names the last try', async () => {
    const { run } = linked(cutOnce(), { connects: [() => {}, away] })
    await expect(
      run(
        readLine('a', () => 0),
        {},
      ),
    ).rejects.toMatchObject({
      code: 'host-lost',
      message: expect.stringMatching(/within 10 minutes: web does not answer/) as unknown,
    })
  })

  it('is not waited for when the operator asks to stop', async () => {
    const patience = AbortSignal.abort(new Error('stopped'))
    const { run } = linked(cutOnce(), { connects: [() => {}, away] })
    await expect(
      run(
        readLine('a', () => 0),
        { patience },
      ),
    ).rejects.toThrow('stopped')
  })

  it('is given up for the operator’s own reason, also in the middle of a pause', async () => {
    const leaving = new AbortController()
    const connects = [() => {}, away]
    const { run } = linked(cutOnce(), { connects, pause: realPause })
    const waiting = (): void => void setImmediate(() => leaving.abort(new Cancelled('SIGINT')))
    await expect(
      run(
        readLine('a', () => 0),
        { patience: leaving.signal, waiting },
      ),
    ).rejects.toBeInstanceOf(Cancelled)
  })

  it('again and again under one command is an error: it is the command that ends it', async () => {
    const { world, run } = linked((line) => {
      throw lost(line)
    })
    await expect(
      run(
        readLine('a', () => 0),
        {},
      ),
    ).rejects.toMatchObject({ code: 'connection-lost' })
    expect(world.connections).toBe(20)
  })

  it('is an error at once where the host has another key now', async () => {
    const changed = new PreflightError({ code: 'host-key-changed', message: 'another key' })
    const { world, run } = linked(cutOnce(), {
      connects: [
        () => {},
        () => {
          throw changed
        },
      ],
    })
    await expect(
      run(
        readLine('a', () => 0),
        {},
      ),
    ).rejects.toBe(changed)
    expect(world.connections).toBe(1)
  })
})

describe('a host that never answered', () => {
  it('is an error at once', async () => {
    const { world, run, waiting } = linked(() => fine, {
      connects: [
        () => {
          throw unreachable
        },
      ],
    })
    await expect(
      run(
        readLine('a', () => 0),
        { waiting },
      ),
    ).rejects.toBe(unreachable)
    expect(world.waited).toEqual([])
  })

  it('can be tried again', async () => {
    let tries = 0
    const { run } = linked(() => fine, {
      connects: [
        () => {
          if (++tries === 1) throw unreachable
        },
      ],
    })
    await expect(
      run(
        readLine('a', () => 0),
        {},
      ),
    ).rejects.toBe(unreachable)
    expect(
      await run(
        readLine('a', () => 0),
        {},
      ),
    ).toEqual(fine)
  })
})
