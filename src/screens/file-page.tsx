import { Text } from 'ink'
import type { Entry, Beginning, Looks, Place } from '../steps/looks.ts'
import { bytes } from '../text/bytes.ts'
import { lines as displayLines, oneLine } from '../text/display.ts'
import { placeName } from './files.tsx'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import { useLoaded, useWaited, type Loaded } from './use-loaded.ts'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'

function about(loaded: Loaded<Beginning>, file: Entry, waited: string): string {
  if (loaded.state === 'loading') return `reading ${bytes(file.bytes)}${waited}`
  if (loaded.state === 'failed') return loaded.why
  const { bytes: all, cut, binary } = loaded.value
  return `${bytes(all)}${cut ? ', only its beginning is shown' : ''}${binary ? '; it is not text: what can be read of it' : ''}`
}

/** How a file of a snapshot begins. */
export function FilePage(props: { readonly place: Place; readonly looks: Looks; readonly file: Entry }) {
  const { place, looks, file } = props
  const { uncover, page } = useWizard()
  const { columns, rows } = useBody()
  const loaded = useLoaded(file.path, () => looks.read(place, file))
  const waited = useWaited()
  const text = loaded.state === 'there' ? displayLines(loaded.value.text) : []
  const lines = wrapped(
    text.map((each) => ({ text: each })),
    columns,
  )
  const room = Math.max(1, rows - 3)
  const { top, keys } = useScroll(lines.length, room)
  const offered: readonly Offered[] = [
    { id: 'back' },
    ...(lines.length > room ? scrolling : []),
    loaded.state === 'there' ? { id: 'edit' } : { id: 'edit', disabled: 'it is not there yet' },
    { id: 'help' },
    { id: 'log' },
  ]
  useOffered(offered, undefined, { ...keys, back: uncover, edit: () => page(text.join('\n')) })
  return (
    <Frame offered={offered}>
      <Text bold wrap="truncate-end">{` /${oneLine(file.path)} of ${placeName(place)}`}</Text>
      <Text dimColor wrap="truncate-end">{` ${about(loaded, file, waited)}`}</Text>
      <Text> </Text>
      <Scroll lines={lines} top={top} rows={room} />
    </Frame>
  )
}
