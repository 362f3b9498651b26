import { useInput } from 'ink'
import { useEffect, useRef } from 'react'
import { keysOf, remnant } from './read-keys.ts'

/** A slow link may tear an arrow key apart: what follows within this time belongs to it. */
const tornMs = 80

/**
 * Calls `press` with the name of each key, in order. An Esc counts when nothing that belongs to it has followed.
 * @param hears whether a key that comes now is meant for what is there; Ctrl-C always is
 */
export function useKeys(press: (name: string) => void, hears: () => boolean): void {
  const latest = useRef(press)
  latest.current = press
  const waiting = useRef<NodeJS.Timeout | undefined>(undefined)
  const isThere = useRef(true)
  /** @returns whether an Esc had waited */
  const settle = (): boolean => {
    if (waiting.current === undefined) return false
    clearTimeout(waiting.current)
    waiting.current = undefined
    latest.current('esc')
    return true
  }
  const take = (names: readonly string[]): void => {
    for (const name of names) {
      if (name === 'esc') waiting.current = setTimeout(settle, tornMs)
      else latest.current(name)
    }
  }
  useEffect(() => {
    isThere.current = true
    return () => {
      isThere.current = false
      clearTimeout(waiting.current)
    }
  }, [])
  useInput((input, key) => {
    const torn = waiting.current === undefined ? undefined : remnant(input)
    if (torn !== undefined) {
      clearTimeout(waiting.current)
      waiting.current = undefined
      latest.current(torn)
      return
    }
    const names = keysOf(input, key).filter((name) => hears() || name === 'ctrl-c')
    // What the Esc has closed or opened has to be there before the next key: that is meant for it.
    if (settle()) setImmediate(() => isThere.current && take(names))
    else take(names)
  })
}
