import { useEffect, useState } from 'react'
import { oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import { useWizard } from './wizard-context.ts'

/** What is asked for over the link: it is on its way, it is there, or it can't be had. */
export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'there'; readonly value: T }
  | { readonly state: 'failed'; readonly why: string }

/** After so many milliseconds it says how long it has taken: a slow link is not one that is dead. */
const patienceMs = 5000

/** ` for 12 s now` since the screen was opened; nothing at first. */
export function useWaited(): string {
  const { now } = useWizard()
  const [began] = useState(now)
  const waited = Math.floor((now.getTime() - began.getTime()) / 1000) * 1000
  return waited < patienceMs ? '' : ` for ${duration(waited)} now`
}

/** Asks once for each `key`. What comes for another key than the present one is of no use any more. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [known, learn] = useState<{ readonly key: string; readonly loaded: Loaded<T> } | null>(null)
  useEffect(() => {
    let wanted = true
    const tell = (loaded: Loaded<T>): void => {
      if (wanted) learn({ key, loaded })
    }
    load().then(
      (value) => tell({ state: 'there', value }),
      (error: unknown) => tell({ state: 'failed', why: error instanceof Error ? oneLine(error.message) : 'it failed' }),
    )
    return () => {
      wanted = false
    }
    // `load` is made anew each time; what it loads is told by the key.
  }, [key])
  return known?.key === key ? known.loaded : { state: 'loading' }
}
