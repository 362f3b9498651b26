import { Text } from 'ink'
import { useLook } from './parts/look.tsx'
import type { Size } from './parts/frame.tsx'
import { useOffered, useWizard } from './wizard-context.ts'

/** Below this nothing can be shown that could be answered with a clear mind. */
const least: Size = { columns: 40, rows: 10 }

export const isTooSmall = ({ columns, rows }: Size): boolean => columns < least.columns || rows < least.rows

/** In place of a screen. The run goes on, and can be stopped. */
export function TooSmall() {
  const { size } = useWizard()
  const { times } = useLook().glyphs
  useOffered([{ id: 'stop' }], undefined, {})
  const text = (each: Size): string => `${each.columns}${times}${each.rows}`
  return <Text>{`${text(size)} is too small: ${text(least)} at least. All goes on; ^C stops it.`}</Text>
}
