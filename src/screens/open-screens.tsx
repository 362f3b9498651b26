// The wizard on a real terminal: Ink is mounted, the run's events are drawn, and at the end the terminal is given back.
import type { RunEvent } from '../run/events.ts'
import type { Face } from '../run/face.ts'
import { App } from './app.tsx'
import { isPlan } from './end.tsx'
import { mount, type Mounted } from './mount.ts'
import { makeStore, type StoreOptions } from './store.ts'

export { openPager } from './pager.ts'

export interface Screens extends StoreOptions {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly interrupt: () => void
  /** The operator has asked to leave: then nothing more is shown for them to close. */
  readonly stopping: AbortSignal
  /** Keeps a text as a file. @returns its path */
  readonly keep: (text: string) => string
  /** Gives a text to the operator's pager. @returns what went wrong, in words */
  readonly page: (text: string) => Promise<string | null>
  /** What stays on the normal screen. */
  readonly leave: (last: readonly RunEvent[]) => void
  readonly ascii: boolean
}

/** OSC 52: the terminal puts a text on the clipboard, also over ssh; many have to be allowed to. */
const clipboard = (text: string): string => `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`

export function openScreens(options: Screens): Face {
  const { stdin, stdout, clock } = options
  const store = makeStore(options)
  /** What went wrong and how it ended: it has to be there when the screens are gone. */
  const last: RunEvent[] = []
  const planned: RunEvent[] = []
  const copy = (text: string): string => {
    stdout.write(clipboard(text))
    return `handed to the terminal's clipboard, and kept as ${options.keep(text)}`
  }
  let paging = false
  async function page(text: string): Promise<string | null> {
    paging = true
    try {
      return await options.page(text)
    } finally {
      paging = false
    }
  }
  // Not before there is something to show: what is refused at once is better read on the normal screen.
  let screens: Mounted | undefined
  const shown = (): Mounted =>
    (screens ??= mount(
      <App
        store={store}
        clock={clock}
        interrupt={options.interrupt}
        copy={copy}
        page={page}
        summary={() => last.flatMap((event) => options.said(event))}
        redraw={() => screens?.redraw()}
        ascii={options.ascii}
      />,
      { stdin, stdout, ascii: options.ascii, isElsewhere: () => paging, drawn: store.drawn },
    ))
  return {
    asker: {
      ...store.asker,
      ask(question, signal) {
        // A page comes before anything has happened.
        shown()
        return store.asker.ask(question, signal)
      },
    },
    emit(event) {
      if (event.type === 'step-failed' || event.type === 'run-finished') last.push(event)
      // The plan is what is told after the last answer.
      if (event.type === 'answer') planned.length = 0
      if (event.type === 'finding') planned.push(event)
      store.take(event)
      shown()
    },
    notice: (text) => store.notice(text),
    async close() {
      if (screens === undefined) return 'leave'
      const leaving = last.length === 0 ? 'leave' : await store.end(options.stopping)
      await screens.unmount()
      options.leave(isPlan(store.shown().view) ? [...planned, ...last] : last)
      return leaving
    },
  }
}
