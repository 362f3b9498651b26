import { expect, it } from 'vitest'
import { journalLine } from '../../src/screens/journal-line.ts'

it.each([
  ['2026-11-22T14:07:51+0100 irc-1 chatd[47]: ready: 3', '13:07:51Z chatd[47]: ready: 3'],
  ['2026-11-22T13:07:51+00:00 irc-1 systemd[1]: Started it.', '13:07:51Z systemd[1]: Started it.'],
  ['2026-11-22T13:07:51Z irc-1 a: b', '13:07:51Z a: b'],
  ['2026-99-22T13:07:51+0000 irc-1 a: b', '2026-99-22T13:07:51+0000 irc-1 a: b'],
  ['a line of another kind', 'a line of another kind'],
  ['', ''],
])('%j of the journal is shown as %j', (line, shown) => {
  expect(journalLine(line)).toBe(shown)
})
