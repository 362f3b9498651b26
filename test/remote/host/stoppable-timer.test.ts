import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stoppableTimer } from '../../../src/remote/host/stoppable-timer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('counts only the time while it runs', () => {
  const onEnd = vi.fn<() => void>()
  const timer = stoppableTimer(1000, onEnd)
  vi.advanceTimersByTime(600)
  timer.stop()
  vi.advanceTimersByTime(100_000)
  timer.start()
  vi.advanceTimersByTime(399)
  expect(onEnd).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(onEnd).toHaveBeenCalledOnce()
})
