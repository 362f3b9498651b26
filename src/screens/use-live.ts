import { useRef, useState } from 'react'

/**
 * A state that can be read back at once. Fast keys come several at a time, and each has to find what the one before it
 * has left, not what was drawn last.
 */
export function useLive<T>(first: T | (() => T)) {
  const [value, draw] = useState(first)
  const live = useRef(value)
  return {
    value,
    now: (): T => live.current,
    set(next: T): void {
      live.current = next
      draw(next)
    },
  }
}
