import { expect, it, onTestFinished, vi } from 'vitest'
import { changeLine } from '../../src/remote/command.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { findEnd } from '../../src/run/act.ts'
import { contextFor } from '../../src/run/context.ts'
import { makeVolume } from './fake-route.ts'
import { fakeSession } from './fake-session.ts'

/** Looks for the end of a step whose unit is seen at work so many times, a second apart. */
async function endOf(timeoutMs: number, looks: number): Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const session = fakeSession()
  let left = looks
  const remote: Remote = {
    async run(command) {
      if (command.kind === 'aws') throw new Error('AWS is not asked')
      const stdout = left-- > 0 ? `lifeboat-${session.state.runId}-create-volume-1-1.service\n` : ''
      return command.parse({ code: 0, stdout, stderr: '' })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  const run = contextFor(session, { step: 'create-volume', attempt: 1, shown: null, ignoresStopping: false })
  const load = changeLine('load', { timeoutMs })
  const found = findEnd(
    run,
    { ...makeVolume, commands: () => [load], find: async () => ({ state: 'absent' as const }) },
    { token: '' },
  )
  const ended = found.catch((error: unknown) => error)
  await vi.runAllTimersAsync()
  return ended
}

it('what was begun is waited for as long as it may take', async () => {
  expect(await endOf(24 * 3_600_000, 5000)).toEqual({ state: 'absent' })
})

it('what may take less than an hour is waited for an hour, and no longer', async () => {
  expect(await endOf(60_000, 5000)).toMatchObject({ code: 'waited-in-vain' })
})
