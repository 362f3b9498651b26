import { render, type Instance } from 'ink'
import type { ReactNode } from 'react'
import { asciiStream } from './ascii-only.ts'
import { escApart } from './esc-apart.ts'

interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  /** Frames a second at most: a slow link has to carry them. */
  readonly maxFps?: number
  /** Another program draws on the terminal just now. */
  readonly isElsewhere?: () => boolean
  /** Told of each frame, when it has been written. */
  readonly drawn?: () => void
  /** Only ASCII is written. */
  readonly ascii?: boolean
}

export interface Mounted {
  /** Draws all anew, whatever is on the terminal. */
  redraw(): void
  /** Gives the terminal back as it was. */
  unmount(): Promise<void>
}

/** Home, and what is below erased: unlike a clear of the whole screen it is drawn over at once. */
const fromTheTop = '\u001b[H\u001b[J'

/** Draws on the alternate screen. */
export function mount(
  app: ReactNode,
  { stdin, stdout, maxFps = 15, ascii = false, isElsewhere = () => false, drawn = () => {} }: Streams,
): Mounted {
  const ink: Instance = render(app, {
    stdin: escApart(stdin),
    stdout: ascii ? asciiStream(stdout) : stdout,
    maxFps,
    onRender: drawn,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    kittyKeyboard: { mode: 'disabled' },
  })
  // A terminal that changes its size moves or cuts what is on it, each in its own way, and frames of the old size may
  // still come. Nobody knows then where what was drawn is, so all of it is drawn anew, before Ink draws differences.
  const forget = (): void => {
    if (isElsewhere()) return
    stdout.write(fromTheTop)
    ink.clear()
  }
  const redraw = (): void => {
    if (isElsewhere()) return
    forget()
    ink.rerender(app)
  }
  stdout.prependListener('resize', forget)
  // Made smaller and large again at once, it has its old size when Node looks, and Node tells of no change.
  process.on('SIGWINCH', redraw)
  return {
    redraw,
    async unmount() {
      stdout.off('resize', forget)
      process.off('SIGWINCH', redraw)
      ink.unmount()
      await ink.waitUntilExit()
    },
  }
}
