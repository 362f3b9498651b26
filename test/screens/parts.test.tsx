import { render } from 'ink-testing-library'
import { describe, expect, it } from 'vitest'
import { Header } from '../../src/screens/parts/header.tsx'
import { Scroll, wrapped } from '../../src/screens/parts/scroll.tsx'
import { Stepper } from '../../src/screens/parts/stepper.tsx'
import { mark } from '../../src/screens/parts/window.ts'
import { fitting, labels, rowText } from '../../src/screens/table.ts'
import { beginning } from '../../src/screens/view.ts'
import { option } from '../run/fake-question.ts'
import { fakeRoute } from '../run/fake-route.ts'

const now = new Date('2026-11-21T03:14:07.000Z')
const began = (secondsAgo: number, place = ['RESTORE', 'irc-1', 'us-east-1']) =>
  beginning(fakeRoute(), place, [], now.getTime() - secondsAgo * 1000)

const header = (columns: number, view = began(151)): string =>
  render(<Header view={view} columns={columns} now={now} />).lastFrame() ?? ''

describe('the header', () => {
  it('tells mode, host, region, the time in UTC and since the start', () => {
    expect(header(80)).toMatch(/^ lifeboat · RESTORE · irc-1 · us-east-1 ·+ 03:14:07Z {2}\+02:31$/)
  })

  it('counts hours where there are some', () => {
    expect(header(80, began(3 * 3600 + 62))).toContain('+3:01:02')
  })

  it('leaves out what does not fit, never the clock, nor what is done to which host', () => {
    expect(header(44)).toMatch(/^ RESTORE · irc-1 ·+ 03:14:07Z {2}\+02:31$/)
    expect(header(50)).toMatch(/^ lifeboat · RESTORE · irc-1 ·+ 03:14:07Z {2}\+02:31$/)
  })

  it('tells the account by its alias and its number, and by the number alone where both do not fit', () => {
    const view = { ...began(151), account: { account: '854026359331', accountAlias: 'prod-ops' } }
    expect(header(100, view)).toMatch(/^ lifeboat · RESTORE · irc-1 · us-east-1 · acct prod-ops 854026359331 ·+ 03/)
    expect(header(80, view)).toMatch(
      /^ RESTORE · irc-1 · us-east-1 · acct prod-ops 854026359331 ·+ 03:14:07Z {2}\+02:31$/,
    )
    expect(header(72, view)).toMatch(/^ RESTORE · irc-1 · us-east-1 · acct 854026359331 ·+ 03:14:07Z {2}\+02:31$/)
    expect(header(60, view)).toMatch(/^ lifeboat · RESTORE · irc-1 · us-east-1 ·+ 03:14:07Z {2}\+02:31$/)
  })

  it('takes a long alias from outside for no reason to break the line', () => {
    const view = { ...began(151), account: { account: '854026359331', accountAlias: 'a\n'.repeat(40) } }
    expect(header(80, view)).toMatch(
      /^ lifeboat · RESTORE · irc-1 · us-east-1 · acct 854026359331 ·+ 03:14:07Z {2}\+02:31$/,
    )
  })

  it('shows a name from outside as one line', () => {
    expect(header(80, began(1, ['RESTORE', 'a\u001b[2J\nb']))).toContain('RESTORE · a b')
  })
})

describe('the stepper', () => {
  const stages = ['Target', 'Source', 'Snapshot', 'Volume', 'Review', 'Restore', 'Prove'].map((title, at) => ({
    title,
    state: at < 3 ? ('done' as const) : at === 3 ? ('now' as const) : ('ahead' as const),
  }))
  const stepper = (columns: number): string => render(<Stepper stages={stages} columns={columns} />).lastFrame() ?? ''

  it('marks what is behind and what is at hand', () => {
    expect(stepper(100)).toBe(' Target ✓ › Source ✓ › Snapshot ✓ › Volume ● › Review › Restore › Prove')
  })

  it('has the last stage in sight when all are done', () => {
    const all = stages.map(({ title }) => ({ title, state: 'done' as const }))
    expect(render(<Stepper stages={all} columns={40} />).lastFrame()).toMatch(/^ … .*Prove ✓$/)
  })

  it.each([60, 40, 30, 20])('has the stage at hand also in %i columns, and says that there are others', (columns) => {
    expect(stepper(columns)).toContain('Volume ●')
    expect(stepper(columns)).toContain('…')
    expect(stepper(columns).length).toBeLessThanOrEqual(columns)
  })
})

describe('a text', () => {
  it('keeps words together, and what follows a line is below its beginning', () => {
    expect(wrapped([{ text: '  one two three four' }], 14).map((line) => line.text)).toEqual([
      '  one two',
      '    three four',
    ])
  })

  it('says how much of it is below', () => {
    const lines = Array.from({ length: 10 }, (_none, at) => ({ text: `line ${at}` }))
    expect(render(<Scroll lines={lines} top={2} rows={4} />).lastFrame()).toBe(
      ' line 2\n line 3\n line 4\n 5 more below',
    )
    expect(
      render(<Scroll lines={lines} top={0} rows={10} />)
        .lastFrame()
        ?.split('\n'),
    ).toHaveLength(10)
  })
})

describe('a list', () => {
  it('moves no further than it has to', () => {
    expect(mark({ cursor: 0, top: 0 }, 4, 100, 5)).toEqual({ cursor: 4, top: 0 })
    expect(mark({ cursor: 4, top: 0 }, 5, 100, 5)).toEqual({ cursor: 5, top: 1 })
    expect(mark({ cursor: 5, top: 1 }, 1000, 100, 5)).toEqual({ cursor: 99, top: 95 })
    expect(mark({ cursor: 99, top: 95 }, 0, 2, 5)).toEqual({ cursor: 0, top: 0 })
    expect(mark({ cursor: 0, top: 0 }, 3, 0, 5)).toEqual({ cursor: 0, top: 0 })
  })

  const table = {
    columns: [
      { title: 'AGE', rank: 2 },
      { title: 'MADE BY', rank: 0 },
      { title: 'NAME', rank: 1 },
    ],
    rows: [['3 h', 'DLM', '日本語']],
  }

  const titles = (room: number) =>
    rowText(
      table.columns.map((each) => each.title),
      fitting(table, room),
    )

  it('folds its least important columns away first', () => {
    expect(titles(20)).toBe('AGE  MADE BY  NAME')
    expect(titles(19)).toBe('AGE  NAME')
    expect(titles(4)).toBe('AGE')
  })

  it('has its columns below each other also with wide letters', () => {
    expect(rowText(['日本', 'x', 'y'], fitting({ ...table, rows: [['日本', 'x', 'y']] }, 80))).toBe('日本  x        y')
  })

  it('of labels has a column for each of their parts, and what is the same in all of them folds away first', () => {
    const options = ['gp3  500 GiB  slow', 'gp3  500 GiB  initialized', 'gp2  500 GiB'].map((label) => option(label))
    const lines = labels(options)
    const shown = (room: number): string[] => lines.rows.map((row) => rowText(row, fitting(lines, room)))
    expect(shown(80)).toEqual(['gp3  500 GiB  slow', 'gp3  500 GiB  initialized', 'gp2  500 GiB'])
    expect(shown(20)).toEqual(['gp3  slow', 'gp3  initialized', 'gp2'])
    expect(labels([option('web  running'), option('database  stopped')]).columns).toHaveLength(2)
    expect(labels([]).rows).toEqual([])
  })
})
