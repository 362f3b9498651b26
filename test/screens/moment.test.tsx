import { describe, expect, it } from 'vitest'
import type { Looks, Place } from '../../src/steps/looks.ts'
import type { Point } from '../../src/steps/point-answer.ts'
import type { Option } from '../../src/steps/step.ts'
import { fakeQuestion } from '../run/fake-question.ts'
import { Screen } from './screen.tsx'

const hour = 3_600_000
const now = '2026-11-21T03:14:07.000Z'
const datasets = ['tank', 'tank/chat', 'tank/my home']
const hours = Array.from({ length: 30 }, (_none, at) => Date.parse('2026-11-21T03:00:00Z') - (30 - at) * hour)

const nameOf = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 13).replace('T', '_')}.00.00--1w`
const nameAt = (at: number): string => nameOf(hours[at] ?? 0)

const entry = (path: string, more: object = {}) => ({
  path,
  kind: 'file' as const,
  bytes: 2048,
  changedAt: '2026-11-20T22:00:00.000Z',
  mode: '640',
  owner: 'irc',
  group: 'irc',
  to: null,
  ...more,
})

/** A tree of three datasets with an hourly each; one of them has a gap of three hours, and one is a zvol. */
const fakeLooks = (more: Partial<Looks> = {}): Looks => ({
  tracks: datasets.map((dataset) => ({
    dataset,
    marks: hours
      .filter((_each, at) => dataset !== 'tank/chat' || at < 20 || at > 22)
      .map((atMs) => ({ name: nameOf(atMs), atMs, createtxg: atMs / hour, holds: 0 })),
    ...(dataset === 'tank' ? { closed: 'tank is a zvol: it holds a disk, not files' } : {}),
  })),
  expires: () => new Date('2026-11-28T01:00:00Z'),
  written: () => Promise.resolve(new Map([[`tank/chat@${nameAt(28)}`, 3 * 1024 ** 2]])),
  list: (_place, path) =>
    Promise.resolve({
      entries: path === '' ? [entry('logs', { kind: 'folder' }), entry('it is "mine"\u001b[31m.txt')] : [],
      cut: false,
    }),
  read: () =>
    Promise.resolve({ text: 'first\u001b]0;evil\u0007 line\nsecond\n', bytes: 2048, cut: false, binary: false }),
  compare: () =>
    Promise.resolve({
      all: [
        { path: 'gone', before: entry('gone'), after: null },
        { path: 'grown', before: entry('grown'), after: entry('grown', { bytes: 4096 }) },
        { path: 'new', before: null, after: entry('new') },
      ],
      cut: false,
    }),
  ...more,
})

const moment = (atMs: number, of: readonly string[]): Option<Point> => ({
  kind: 'option',
  label: nameOf(atMs),
  detail: `goes back to ${nameOf(atMs)}`,
  value: {
    way: 'rollback',
    at: nameOf(atMs),
    targets: of.map((dataset) => ({
      dataset,
      snapshot: nameOf(atMs),
      guid: '1',
      createtxg: atMs / hour,
      createdAt: new Date(atMs).toISOString(),
    })),
    left: [],
  },
})

async function asked(looks = fakeLooks(), opened: ConstructorParameters<typeof Screen>[0] = {}, of = datasets) {
  const options = hours.toReversed().map((atMs) => moment(atMs, of))
  const question = fakeQuestion('point', { options, suggested: undefined, looks })
  const screen = new Screen({ now, ...opened })
  const stop = new AbortController()
  const answer: Promise<unknown> = screen.store.asker.ask(question, stop.signal).catch((error: Error) => error)
  await screen.shows(question.step.question)
  return { screen, answer, options, stop }
}

describe('the moment', () => {
  it('is chosen from a list, below which every dataset shows its snapshots over time', async () => {
    const { screen, answer, options } = await asked()
    screen.press('down')
    await screen.shows(`goes back to ${nameAt(28)}`)
    expect(screen.text()).toMatch(/AGE +MADE \(UTC\) +SNAPSHOT +DATASETS/)
    expect(screen.text()).toMatch(/UTC .*18h +now/)
    const row = screen.lines().find((line) => line.startsWith(' tank/chat'))
    // Three hours are missing, the marked one is chosen, and one is newer.
    expect(row).toMatch(/│···│{5}◆×/)
    screen.press('choose')
    expect(await answer).toBe(options[1])
  })

  it('long ago is in sight as well', async () => {
    const { screen } = await asked()
    screen.press('closer', 'closer', 'last')
    await screen.shows(`goes back to ${nameAt(0)}`)
    await expect(screen.shows(/ tank\/chat +◆/)).resolves.toBeUndefined()
  })

  it('is shown with more or less time, as far as that goes', async () => {
    const { screen } = await asked()
    screen.press('wider')
    await screen.shows(/ tank\/chat .*┃/)
    for (let at = 0; at < 12; at++) screen.press('wider')
    await screen.shows('it is as wide as it gets')
    for (let at = 0; at < 12; at++) screen.press('closer')
    await expect(screen.shows('it is as close as it gets')).resolves.toBeUndefined()
  })

  it.each([
    [60, 16],
    [40, 10],
  ])('can be chosen at %i×%i too', async (columns, rows) => {
    const { screen, answer, options } = await asked(fakeLooks(), { columns, rows })
    screen.press('down')
    await screen.shows('❯ 2 h')
    screen.press('choose')
    expect(await answer).toBe(options[1])
  })

  it('has the list and the tree in sight at 80×24, and a list without a tree where there is no room for both', async () => {
    const { screen } = await asked()
    await screen.shows('◆ chosen')
    expect(screen.text()).toContain('5 h 14 m')
    const { screen: low } = await asked(fakeLooks(), { columns: 120, rows: 16 })
    await low.shows('5 h 14 m')
    expect(low.text()).not.toContain('UTC ')
    expect(low.lines().at(-1)).toMatch(/t datasets .*l log/)
    expect(low.lines().at(-1)).not.toContain('zoom')
  })

  it('of a thousand datasets shows those that differ, and says how many more there are', async () => {
    const [, track] = fakeLooks().tracks
    const tracks = Array.from({ length: 1000 }, (_none, at) => ({
      dataset: `tank/${at}`,
      marks: at === 777 ? (track?.marks.slice(0, 5) ?? []) : (track?.marks ?? []),
    }))
    const of = tracks.map((each) => each.dataset).filter((each) => each !== 'tank/777')
    const { screen } = await asked(fakeLooks({ tracks }), {}, of)
    await screen.shows('tank/777')
    await expect(screen.shows(/and 99\d more datasets/)).resolves.toBeUndefined()
  })
})

describe('the datasets of a moment', () => {
  it('are shown with what each has written since, and how long its snapshot is kept', async () => {
    const { screen } = await asked(fakeLooks(), { columns: 100 })
    screen.press('down', 'datasets')
    await screen.shows('The datasets at this moment')
    await screen.shows(/tank\/chat .* 2 h 14 m +3 MiB +2026-11-28 01:00/)
    screen.press('back')
    await expect(screen.shows('❯ 2 h')).resolves.toBeUndefined()
  })

  it('without a snapshot say so, and those without files too', async () => {
    const { screen } = await asked(fakeLooks(), {}, ['tank', 'tank/chat'])
    screen.press('datasets')
    await screen.shows(/tank\/my home +none: left as it is/)
    screen.press('choose')
    await screen.shows('tank is a zvol')
    screen.press('last', 'choose')
    await expect(screen.shows('has no snapshot of this moment')).resolves.toBeUndefined()
  })

  it('are left when the question is no longer asked', async () => {
    const { screen, answer, stop } = await asked()
    screen.press('datasets')
    await screen.shows('The datasets at this moment')
    stop.abort(new Error('stopped'))
    expect(await answer).toEqual(new Error('stopped'))
    await expect(screen.hides('The datasets at this moment')).resolves.toBeUndefined()
  })
})

describe('the files of a snapshot', () => {
  const only = ['tank/chat']

  it('are listed, opened and left again, folder by folder', async () => {
    const { screen } = await asked(fakeLooks(), {}, only)
    screen.press('files')
    await screen.shows(`Files of tank/chat@${nameAt(29)}`)
    await screen.shows(/❯ logs\/ /)
    await screen.shows(/it is "mine"\.txt +2 KiB +2026-11-20 22:00 +irc:irc +640/)
    screen.press('choose')
    await screen.shows('the folder is empty')
    screen.press('back')
    await screen.shows('❯ logs/')
    screen.press('down', 'choose')
    await screen.shows('first line')
    await screen.shows('second')
    expect(screen.written).not.toContain('\u001b]0;')
    screen.press('edit')
    await expect.poll(() => screen.paged).toEqual(['first line\nsecond\n'])
    screen.press('back')
    await expect(screen.shows('❯ it is "mine".txt')).resolves.toBeUndefined()
  })

  it('are compared with the data as it is now, and with the next newer snapshot', async () => {
    const compared: (readonly [Place, Place, string])[] = []
    const { compare } = fakeLooks()
    const looks = fakeLooks({
      compare(from, to, path) {
        compared.push([from, to, path])
        return compare(from, to, path)
      },
    })
    const { screen } = await asked(looks, {}, only)
    screen.press('down', 'files')
    await screen.shows('logs/')
    screen.press('compare')
    await screen.shows('1 added, 1 removed, 1 changed since')
    await screen.shows(/~ +grown +2 KiB, then 4 KiB/)
    await screen.shows('gone: removed, 2 KiB')
    screen.press('back')
    await screen.shows('logs/')
    screen.press('nextNewer')
    await screen.shows(`to @${nameAt(29)}`)
    const from = { dataset: 'tank/chat', snapshot: nameAt(28) }
    expect(compared).toEqual([
      [from, { dataset: 'tank/chat', snapshot: null }, ''],
      [from, { dataset: 'tank/chat', snapshot: nameAt(29) }, ''],
    ])
  })

  it('that can not be read say why, and nothing else is lost', async () => {
    const { screen, answer, options } = await asked(
      fakeLooks({ list: () => Promise.reject(new Error('the connection was lost')) }),
      {},
      only,
    )
    screen.press('files')
    await screen.shows('the connection was lost')
    screen.press('back')
    await screen.shows('❯ 1 h')
    screen.press('choose')
    expect(await answer).toBe(options[0])
  })

  it('are waited for with a word on what is read', async () => {
    const { screen } = await asked(fakeLooks({ list: () => new Promise(() => {}) }), {}, only)
    screen.press('files')
    await screen.shows('reading /')
    screen.later(12_000)
    await screen.shows('reading / for 12 s now')
    screen.press('back')
    await expect(screen.hides('reading /')).resolves.toBeUndefined()
  })
})

it('Ctrl-C leads out from whatever lies over a screen', async () => {
  const { screen } = await asked()
  screen.press('datasets')
  await screen.shows('The datasets at this moment')
  screen.send('\u0003')
  await expect.poll(() => screen.interrupts).toBe(1)
})
