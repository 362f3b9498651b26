import { render, type Instance } from 'ink'
import type { ReactNode } from 'react'

interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  /** Frames a second at most: a slow link has to carry them. */
  readonly maxFps?: number
}

/** Home, and what is below erased: unlike a clear of the whole screen it is drawn over at once. */
const fromTheTop = '\u001b[H\u001b[J'

/** Draws on the alternate screen, and gives the terminal back as it was when it is unmounted. */
export function mount(app: ReactNode, { stdin, stdout, maxFps = 15 }: Streams): Instance {
  const ink = render(app, {
    stdin,
    stdout,
    maxFps,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    kittyKeyboard: { mode: 'disabled' },
  })
  // A terminal that changes its size moves or cuts what is on it, each in its own way, and frames of the old size may
  // still come. Nobody knows then where what was drawn is, so all of it is drawn anew, before Ink draws differences.
  const again = (): void => {
    stdout.write(fromTheTop)
    ink.clear()
  }
  stdout.prependListener('resize', again)
  void ink.waitUntilExit().finally(() => stdout.off('resize', again))
  return ink
}
