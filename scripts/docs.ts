// `npm run docs`: one real restore in the lab, with the wizard's own keys. Its screens become docs/screens and the
// picture in the README, its journal docs/a-run.md, and the table of keys docs/keys.md.
import { execa } from 'execa'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { keyTable } from '../src/screens/keys.ts'
import { Pty } from '../test/screens/pty.ts'
import { svgOf } from './svg.ts'

const root = join(import.meta.dirname, '..')
const program = join(root, 'bin/lifeboat.js')
const screens = join(root, 'docs/screens')
const patienceMs = 300_000

/** How the terminal is on one tour, and where its screens are kept. */
interface Tour {
  readonly folder: string
  readonly size: { readonly columns: number; readonly rows: number }
  readonly env: Readonly<Record<string, string>>
  /** Whether the screens are kept as pictures too. */
  readonly pictures: boolean
}

/** As on a terminal of today, and as on the smallest one that can be worked with, without colours. */
const tours: readonly Tour[] = [
  { folder: screens, size: { columns: 80, rows: 24 }, env: {}, pictures: true },
  { folder: join(screens, '60x16'), size: { columns: 60, rows: 16 }, env: { NO_COLOR: '1' }, pictures: false },
]

/** Walks through the wizard, and keeps every screen on the way: as text, and as pictures. */
async function walkThrough(args: readonly string[], { folder, size, env, pictures }: Tour): Promise<void> {
  await using terminal = new Pty(args, { ...size, env })
  const shows = (what: string | RegExp): Promise<void> => terminal.shows(what, patienceMs)
  /** Before it is asked, the same question stands over what is being looked at for it. */
  const asks = async (question: string): Promise<void> => {
    await shows(question)
    await shows(/⏎ choose|y do it|Type irc-1/)
  }
  const keep = async (name: string, title: string): Promise<void> => {
    if (pictures) await writeFile(join(folder, `${name}.svg`), svgOf(terminal.screen, title))
    await writeFile(join(folder, `${name}.txt`), `${terminal.text().replaceAll(/ +$/gm, '')}\n`)
  }
  await asks('Which host gets its data back?')
  await keep('host', 'which host')
  terminal.press('choose')
  await shows('OpenZFS')
  await keep('target', 'the host is looked at')
  await asks('Where does the data come back from?')
  await keep('source', 'where the data comes from')
  terminal.press('choose')
  await asks('Which EBS snapshot')
  await keep('snapshot', 'which EBS snapshot')
  terminal.press('why')
  await shows(' Why')
  await keep('why', 'why this question is asked')
  terminal.press('close')
  await shows('❯')
  terminal.press('help')
  await shows(' Keys')
  await keep('keys', 'the keys of a screen')
  terminal.press('close')
  await shows('❯')
  terminal.press('choose')
  await asks('What should the new volume be like?')
  await keep('volume', 'what the new volume is like')
  terminal.press('choose')
  await asks('Shall this be done?')
  await keep('review', 'what will be done')
  terminal.press('commands')
  await shows('The commands, exactly')
  await keep('commands', 'the commands of a step')
  terminal.press('close')
  await shows('Shall this be done?')
  terminal.press('yes')
  await shows('aws ec2 create-volume')
  await keep('run', 'the run')
  await asks('What shall be done with the data?')
  await keep('way', 'what is done with the data')
  terminal.press('down', 'choose')
  await asks('Which moment of the data should it be?')
  terminal.press('down', 'down')
  await shows(/❯ .*--1w/)
  await keep('point', 'which moment of the data')
  terminal.press('datasets')
  await shows('The datasets at this moment')
  await shows(/^ . tank .* (B|KiB|MiB)$/m)
  await keep('datasets', 'what each dataset gets')
  terminal.press('filter')
  terminal.type('chat')
  terminal.press('choose')
  await shows('❯ tank/chat')
  terminal.press('choose')
  await shows('messages')
  await keep('files', 'the files of a snapshot')
  terminal.press('compare')
  await shows('changed since')
  await keep('compared', 'what has changed since')
  for (const there of ['Files of', '❯ tank/chat', 'tank/home', 'Which moment']) {
    terminal.press('back')
    await shows(there)
  }
  terminal.press('choose')
  await asks('Shall the services run on this data?')
  await keep('roll-back', 'what would be destroyed')
  terminal.type('irc-1\r')
  await shows(/● prove that/)
  await keep('prove', 'the proof')
  await shows('exit 0')
  await keep('done', 'what was done')
  terminal.press('choose')
  if ((await terminal.ended()) !== 0) throw new Error(`the restore in the lab failed:\n${terminal.all()}`)
}

/** The table of keys, to be read. */
const keysPage = (): string =>
  [
    '<!-- Made by npm run docs from the table of keys. -->',
    '# Keys',
    '',
    'On every screen `?` shows those that can be used there, and why another can not.',
    '',
    '| key | | |',
    '| --- | --- | --- |',
    ...Object.values(keyTable).map(
      ({ keys, word, help }) => `| ${keys.map((key) => `\`${key}\``).join(' ')} | ${word} | ${help} |`,
    ),
    '',
  ].join('\n')

/** One restore in a lab of its own. @returns the run's report */
async function take(tour: Tour): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'lifeboat-docs-'))
  const lab = execa(process.execPath, [program, 'lab', '--host', 'vm', '--json'])
  try {
    const ready = await new Promise<string>((resolve, reject) => {
      createInterface({ input: lab.stdout }).once('line', resolve)
      lab.then(() => reject(new Error('the lab ended before it was ready')), reject)
    })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the lab's own line
    const { config } = JSON.parse(ready) as { config: string }
    const given = ['--config', config, '--state-dir', stateDir]
    await mkdir(tour.folder, { recursive: true })
    await walkThrough(given, tour)
    const { stdout: runs } = await execa(process.execPath, [program, 'runs', ...given])
    const runId = /\d{8}-\d{6}-[0-9a-f]{4}/.exec(runs)?.[0] ?? ''
    return (await execa(process.execPath, [program, 'report', runId, ...given])).stdout
  } finally {
    lab.kill('SIGTERM')
    await lab.catch(() => undefined)
    await rm(stateDir, { recursive: true, force: true })
  }
}

await writeFile(join(root, 'docs/keys.md'), keysPage())
const reports: string[] = []
// One emulated host at a time.
for (const tour of tours) reports.push(await take(tour))
await writeFile(
  join(root, 'docs/a-run.md'),
  `<!-- Made by npm run docs from the journal of a run in the lab. -->\n${reports[0]}\n`,
)
const readme = await readFile(join(root, 'README.md'), 'utf8')
const between = /(<!-- capture: begin -->\n)[\s\S]*?(<!-- capture: end -->)/
const frame = await readFile(join(screens, 'roll-back.txt'), 'utf8')
const shown = `![Which moment: the list, and all snapshots of the tree over time](docs/screens/point.svg)\n\n\`\`\`text\n${frame}\`\`\`\n`
await writeFile(
  join(root, 'README.md'),
  readme.replace(between, (_all, begin: string, end: string) => `${begin}${shown}${end}`),
)
