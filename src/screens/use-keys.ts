import { useInput } from 'ink'
import { useEffect, useRef } from 'react'
import { keysOf, remnant } from './read-keys.ts'

/** A slow link may tear an arrow key apart: what follows within this time belongs to it. */
const tornMs = 80

/** Calls `press` with the name of each key, in order. An Esc counts when nothing that belongs to it has followed. */
export function useKeys(press: (name: string) => void): void {
  const latest = useRef(press)
  latest.current = press
  const waiting = useRef<NodeJS.Timeout | undefined>(undefined)
  const settle = (): void => {
    if (waiting.current === undefined) return
    clearTimeout(waiting.current)
    waiting.current = undefined
    latest.current('esc')
  }
  useEffect(() => () => clearTimeout(waiting.current), [])
  useInput((input, key) => {
    const torn = waiting.current === undefined ? undefined : remnant(input)
    if (torn !== undefined) {
      clearTimeout(waiting.current)
      waiting.current = undefined
      latest.current(torn)
      return
    }
    settle()
    for (const name of keysOf(input, key)) {
      if (name === 'esc') waiting.current = setTimeout(settle, tornMs)
      else latest.current(name)
    }
  })
}
