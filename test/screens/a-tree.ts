// A tree of a small server as the question for a moment shows it: hourly and weekly snapshots, a night that one dataset
// has missed, files, and what has changed in them.
import type { Entry, Looks } from '../../src/steps/looks.ts'
import type { Point } from '../../src/steps/point-answer.ts'
import type { Option } from '../../src/steps/step.ts'

const hour = 3_600_000
const newestMs = Date.parse('2026-11-21T23:00:00Z')
const datasets = ['tank', 'tank/chat', 'tank/home', 'tank/home/alice', 'tank/home/bob', 'tank/mail', 'tank/scratch']

const hours = Array.from({ length: 160 }, (_none, at) => newestMs - (159 - at) * hour)

const nameOf = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 13).replace('T', '_')}.00.00--1w`

/** The night that was missed, and who is never snapshot. */
const has = (dataset: string, atMs: number): boolean =>
  dataset !== 'tank/scratch' && !(dataset === 'tank/mail' && atMs > newestMs - 20 * hour && atMs < newestMs - 13 * hour)

const entry = (path: string, more: Partial<Entry> = {}): Entry => ({
  path,
  kind: 'file',
  bytes: 2048,
  changedAt: '2026-11-21T21:36:47.000Z',
  mode: '640',
  owner: 'irc',
  group: 'irc',
  to: null,
  ...more,
})

const entries = [
  entry('channels', { kind: 'folder', mode: '750' }),
  entry('uploads', { kind: 'folder', mode: '750' }),
  entry('chat.db', { bytes: 48_234_496 }),
  entry('chat.db-wal', { bytes: 4_194_304 }),
  entry('config.toml', { bytes: 1_312, mode: '600', changedAt: '2026-10-02T09:14:00.000Z' }),
  entry('current', { kind: 'link', to: 'releases/2026-11-18', owner: 'root', group: 'root', mode: '777' }),
]

const config = `# chat.service reads this once, at its start
[server]
listen = "127.0.0.1:6680"
database = "/srv/chat/chat.db"

[limits]
uploads_mib = 25
${Array.from({ length: 40 }, (_none, at) => `channel_${at} = "a room with a name that is longer than a narrow terminal is wide"`).join('\n')}
`

export const looks: Looks = {
  tracks: datasets.map((dataset) => ({
    dataset,
    marks: hours
      .filter((atMs) => has(dataset, atMs))
      .map((atMs) => ({ name: nameOf(atMs), atMs, createtxg: atMs / hour, holds: atMs === newestMs - hour ? 1 : 0 })),
    ...(dataset === 'tank/scratch' ? { closed: 'tank/scratch is a zvol: it holds a disk, not files' } : {}),
  })),
  expires: (name) =>
    new Date(Date.parse(`${name.slice(0, 13).replace('_', 'T').replaceAll('.', ':')}:00Z`) + 168 * hour),
  written: (refs) =>
    Promise.resolve(new Map(refs.map(({ dataset, snapshot }, at) => [`${dataset}@${snapshot}`, at * 3 * 1024 ** 2]))),
  list: () => Promise.resolve({ entries, cut: false }),
  read: () => Promise.resolve({ text: config, bytes: 1_312, cut: false, binary: false }),
  compare: () =>
    Promise.resolve({
      all: [
        { path: 'channels/general.log', before: entry('general.log'), after: null },
        { path: 'chat.db', before: entry('chat.db', { bytes: 48_234_496 }), after: entry('chat.db', { bytes: 8_192 }) },
        {
          path: 'config.toml',
          before: entry('config.toml'),
          after: entry('config.toml', { changedAt: '2026-11-22T00:31:08.000Z' }),
        },
        {
          path: 'current',
          before: entry('current', { kind: 'link', to: 'a' }),
          after: entry('current', { kind: 'link', to: 'b' }),
        },
        {
          path: 'uploads',
          before: entry('uploads', { kind: 'folder', mode: '750' }),
          after: entry('uploads', { kind: 'folder', mode: '755', owner: 'root', group: 'root' }),
        },
        { path: 'uploads/READ_ME_TO_GET_YOUR_FILES_BACK.txt', before: null, after: entry('READ', { bytes: 812 }) },
      ],
      cut: false,
    }),
}

/** The moments that can be chosen: each dataset's newest, then hour by hour back. @param way what is done with them */
export const moments = (way: 'rollback' | 'clone' = 'rollback', of = datasets): Option<Point>[] =>
  [undefined, ...hours.toReversed()].map((atMs) => {
    const its = of.filter((each) => has(each, atMs ?? newestMs))
    const made = atMs ?? newestMs
    const newer = its.length * ((newestMs - made) / hour)
    const targets = its.map((dataset) => ({
      dataset,
      snapshot: nameOf(made),
      guid: '1',
      createtxg: made / hour,
      createdAt: new Date(made).toISOString(),
    }))
    return {
      kind: 'option',
      label: atMs === undefined ? "each dataset's newest snapshot" : nameOf(made),
      detail:
        way === 'clone'
          ? `puts clones in the place of ${its.length} of ${datasets.length} datasets: destroys nothing, the old ones stay beside them`
          : `rolls back ${its.length} of ${datasets.length} datasets: loses 63 MiB written since, destroys ${newer} newer snapshots`,
      value: {
        way,
        at: atMs === undefined ? 'latest' : nameOf(made),
        targets,
        left: datasets.filter((each) => !its.includes(each)),
      },
    }
  })
