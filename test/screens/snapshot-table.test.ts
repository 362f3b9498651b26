import { expect, it } from 'vitest'
import { snapshotTable } from '../../src/screens/snapshot.ts'
import { fitting, rowText } from '../../src/screens/table.ts'
import type { Option } from '../../src/steps/step.ts'

const now = new Date('2026-11-22T13:07:50Z')

const option = (more: object = {}): Option<unknown> => ({
  kind: 'option',
  label: 'a snapshot',
  detail: 'what was written after it is not in it',
  value: {
    original: false,
    snapshotId: 'snap-0a1bf8859d2117b6a',
    volumeId: 'vol-0a1b2c3d4e5f60718',
    startedAt: '2026-11-21T23:45:00.000Z',
    sizeGiB: 24,
    state: 'completed',
    tier: 'standard',
    encrypted: false,
    progress: 100,
    tags: { SnapshotCreator: 'DLM', SnapshotPolicy: 'Daily-2Weeks' },
    ...more,
  },
})

const shown = (room: number, ...options: readonly Option<unknown>[]): string[] => {
  const table = snapshotTable(options, now)
  const fit = fitting(table, room)
  return [table.columns.map((each) => each.title), ...table.rows].map((cells) => rowText(cells, fit))
}

it('on 80 columns a snapshot shows its age, time, size, id, maker and state', () => {
  const rows = shown(77, option(), option({ startedAt: '2026-11-08T23:45:00.000Z', tier: 'archive' }))
  expect(rows).toEqual([
    'AGE        STARTED (UTC)     SIZE    SNAPSHOT    MADE BY           STATE',
    '13 h 22 m  2026-11-21 23:45  24 GiB  ..d2117b6a  DLM Daily-2Weeks  completed',
    '13 d 13 h  2026-11-08 23:45  24 GiB  ..d2117b6a  DLM Daily-2Weeks  archived',
  ])
})

it('on a wider one its volume too, and on a narrow one its age and time at least', () => {
  expect(shown(120, option())[0]).toContain('SOURCE VOLUME')
  expect(shown(30, option())).toEqual(['AGE        STARTED (UTC)', '13 h 22 m  2026-11-21 23:45'])
})

it('the whole id is told of the one that is marked, and found by a filter', () => {
  expect(snapshotTable([option(), option({ encrypted: true })], now).details).toEqual([
    'snap-0a1bf8859d2117b6a: what was written after it is not in it',
    'snap-0a1bf8859d2117b6a, encrypted: what was written after it is not in it',
  ])
})

it('what a tag holds is shown harmlessly', () => {
  const tags = { SnapshotCreator: 'DLM', SnapshotPolicy: 'a\u001b[2J\u202eb\nc' }
  expect(snapshotTable([option({ tags })], now).rows[0]?.[5]).toBe('DLM a b c')
})
