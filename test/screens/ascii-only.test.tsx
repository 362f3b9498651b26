import { expect, it } from 'vitest'
import { Screen } from './screen.tsx'

it('in ASCII nothing else is written, wherever it comes from', async () => {
  const screen = new Screen({ ascii: true, columns: 60, rows: 16, place: ['RESTORE', 'bücher', 'eu'] })
  screen.store.notice('hält')
  const step = { type: 'step-started', step: 'create-volume', title: `日本 → ${'lang '.repeat(30)}` } as const
  screen.take(step)
  await screen.shows('RESTORE - b?cher')
  await screen.shows('* ???? > lang lang')
  // oxlint-disable-next-line no-control-regex
  expect(screen.written).toMatch(/^[\u0000-\u007f]*$/)
})
