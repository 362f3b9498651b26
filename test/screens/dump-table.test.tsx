import { expect, it } from 'vitest'
import type { Contents } from '../../src/steps/dumps/contents.ts'
import { dumpTable } from '../../src/screens/dump-table.ts'
import { fitting, rowText } from '../../src/screens/table.ts'
import type { Option } from '../../src/steps/step.ts'
import { fakeQuestion } from '../run/fake-question.ts'
import { Screen } from './screen.tsx'

const now = new Date('2026-11-22T13:07:50Z')

const option = (more: object = {}, disabled?: string): Option<unknown> => ({
  kind: 'option',
  label: 'a dump',
  detail: 's3://irc-dumps/matrix/11-21-2026/postgres.sql.gz',
  value: {
    bucket: 'irc-dumps',
    at: '2026-11-21T00:00:00.000Z',
    asOf: null,
    increments: null,
    kind: 'postgres',
    objects: 1,
    bytes: 1_288_490_189,
    cold: 0,
    storageClass: 'STANDARD',
    doubts: [],
    entry: 'matrix',
    ...more,
  },
  ...(disabled === undefined ? {} : { disabled }),
})

const shown = (room: number, ...options: readonly Option<unknown>[]): string[] => {
  const table = dumpTable(options, now)
  const fit = fitting(table, room)
  return [table.columns.map((each) => each.title), ...table.rows].map((cells) => rowText(cells, fit))
}

it('on 80 columns a dump shows its age, day, size, objects, kind and what is to be known of it', () => {
  const rows = shown(
    77,
    option(),
    option({ doubts: ['it has 1 B, those before had 100 B'] }),
    option({ cold: 1, doubts: ['it is archived'], storageClass: 'GLACIER' }),
    option({ asOf: '2026-11-21T03:00:00.000Z' }),
    option({}, 'it is still being uploaded'),
  )
  expect(rows).toEqual([
    'AGE       OF (UTC)          SIZE     OBJECTS  KIND      STATE          FROM',
    '1 d 13 h  2026-11-21 00:00  1.2 GiB  1        postgres                 matrix',
    '1 d 13 h  2026-11-21 00:00  1.2 GiB  1        postgres  in doubt       matrix',
    '1 d 13 h  2026-11-21 00:00  1.2 GiB  1        postgres  archived       matrix',
    '1 d 13 h  2026-11-21 00:00  1.2 GiB  1        postgres  older version  matrix',
    '1 d 13 h  2026-11-21 00:00  1.2 GiB  1        postgres  not now        matrix',
  ])
})

it('a moment of duplicity shows how many backups it takes upon the full one', () => {
  const rows = shown(77, option({ kind: 'duplicity', increments: 12 }), option({ kind: 'duplicity', increments: 0 }))
  expect(rows.slice(1)).toEqual([
    '1 d 13 h  2026-11-21 00:00  1.2 GiB  1        duplicity +12          matrix',
    '1 d 13 h  2026-11-21 00:00  1.2 GiB  1        duplicity full         matrix',
  ])
})

it('on a narrow one its age, day and state stay the longest', () => {
  expect(shown(40, option({ doubts: ['x'] }))).toEqual([
    'AGE       OF (UTC)          STATE',
    '1 d 13 h  2026-11-21 00:00  in doubt',
  ])
})

it('what is in a dump can be looked at before it is chosen', async () => {
  const object = {
    path: "it's\u001b[31m\nodd",
    sizeBytes: 2048,
    modifiedAt: '2026-11-21T03:00:00.000Z',
    storageClass: 'X',
  }
  const contents: Contents = () => Promise.resolve([object])
  const options = [option({ prefix: 'matrix/11-21-2026/' })]
  const screen = new Screen()
  const answer = screen.store.asker.ask(fakeQuestion('dump', { options, contents }), new AbortController().signal)
  await screen.shows('contents')
  screen.press('files')
  await screen.shows(/it's.*odd +2 KiB +2026-11-21 03:00 +X/)
  expect(screen.text()).toContain('s3://irc-dumps/matrix/11-21-2026/')
  screen.press('back')
  await screen.shows(/AGE +OF \(UTC\)/)
  screen.press('choose')
  expect(await answer).toBe(options[0])
})
