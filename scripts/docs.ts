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

/** Keeps what is on the screen: as a picture, and as text. */
async function keep(terminal: Pty, name: string, title: string): Promise<void> {
  await writeFile(join(screens, `${name}.svg`), svgOf(terminal.screen, title))
  await writeFile(join(screens, `${name}.txt`), `${terminal.text().replaceAll(/ +$/gm, '')}\n`)
}

/** Walks through the wizard, and keeps every screen on the way. */
async function walkThrough(args: readonly string[]): Promise<void> {
  await using terminal = new Pty(args, { columns: 80, rows: 24 })
  const shows = (what: string | RegExp): Promise<void> => terminal.shows(what, patienceMs)
  /** Before it is asked, the same question stands over what is being looked at for it. */
  const asks = async (question: string): Promise<void> => {
    await shows(question)
    await shows(/⏎ choose|y do it|Type irc-1/)
  }
  await shows('OpenZFS')
  await keep(terminal, 'target', 'the host is looked at')
  await asks('Where does the data come back from?')
  await keep(terminal, 'source', 'where the data comes from')
  terminal.press('choose')
  await asks('Which EBS snapshot')
  await keep(terminal, 'snapshot', 'which EBS snapshot')
  terminal.press('why')
  await shows(' Why')
  await keep(terminal, 'why', 'why this question is asked')
  terminal.press('close')
  await shows('❯')
  terminal.press('help')
  await shows(' Keys')
  await keep(terminal, 'keys', 'the keys of a screen')
  terminal.press('close')
  await shows('❯')
  terminal.press('choose')
  await asks('What should the new volume be like?')
  await keep(terminal, 'volume', 'what the new volume is like')
  terminal.press('choose')
  await asks('Shall this be done?')
  await keep(terminal, 'review', 'what will be done')
  terminal.press('commands')
  await shows('The commands, exactly')
  await keep(terminal, 'commands', 'the commands of a step')
  terminal.press('close')
  await shows('Shall this be done?')
  terminal.press('yes')
  await shows('aws ec2 create-volume')
  await keep(terminal, 'run', 'the run')
  await asks('What shall be done with the data?')
  await keep(terminal, 'way', 'what is done with the data')
  terminal.press('down', 'choose')
  await asks('Which moment of the data should it be?')
  terminal.press('down', 'down')
  await keep(terminal, 'point', 'which moment of the data')
  terminal.press('choose')
  await asks('Shall the services run on this data?')
  await keep(terminal, 'roll-back', 'what would be destroyed')
  terminal.type('irc-1\r')
  await shows(/● prove that/)
  await keep(terminal, 'prove', 'the proof')
  await shows('exit 0')
  await keep(terminal, 'done', 'what was done')
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

const stateDir = await mkdtemp(join(tmpdir(), 'lifeboat-docs-'))
const lab = execa(process.execPath, [program, 'lab', '--host', 'vm', '--json'])
try {
  const ready = await new Promise<string>((resolve, reject) => {
    createInterface({ input: lab.stdout }).once('line', resolve)
    lab.then(() => reject(new Error('the lab ended before it was ready')), reject)
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the lab's own line
  const { config, hosts } = JSON.parse(ready) as { config: string; hosts: { name: string }[] }
  const given = ['--config', config, '--state-dir', stateDir]
  await mkdir(screens, { recursive: true })
  await writeFile(join(root, 'docs/keys.md'), keysPage())
  await walkThrough(['--host', hosts[0]?.name ?? '', ...given])
  const { stdout: runs } = await execa(process.execPath, [program, 'runs', ...given])
  const runId = /\d{8}-\d{6}-[0-9a-f]{4}/.exec(runs)?.[0] ?? ''
  const { stdout: report } = await execa(process.execPath, [program, 'report', runId, ...given])
  await writeFile(
    join(root, 'docs/a-run.md'),
    `<!-- Made by npm run docs from the journal of a run in the lab. -->\n${report}\n`,
  )
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const between = /(<!-- capture: begin -->\n)[\s\S]*?(<!-- capture: end -->)/
  const frame = await readFile(join(screens, 'roll-back.txt'), 'utf8')
  const shown = `![Which EBS snapshot: the list, with age, time, size and state](docs/screens/snapshot.svg)\n\n\`\`\`text\n${frame}\`\`\`\n`
  await writeFile(
    join(root, 'README.md'),
    readme.replace(between, (_all, begin: string, end: string) => `${begin}${shown}${end}`),
  )
} finally {
  lab.kill('SIGTERM')
  await lab.catch(() => undefined)
  await rm(stateDir, { recursive: true, force: true })
}
