import stringWidth from 'string-width'

const graphemes = new Intl.Segmenter()

/** A text in no more than `room` columns: what is cut off its end is told by `more`, where that fits. */
export function cut(text: string, room: number, more = '…'): string {
  if (stringWidth(text) <= room) return text
  const mark = stringWidth(more) <= room ? more : ''
  let left = room - stringWidth(mark)
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    left -= stringWidth(segment)
    if (left < 0) break
    kept += segment
  }
  return kept + mark
}
