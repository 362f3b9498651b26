// `npm run docs`: one real restore in the lab; its journal becomes docs/a-run.md, its screen the picture in the README.
import { execa } from 'execa'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..')
const program = join(root, 'bin/lifeboat.js')
const shownSteps = ['create-volume', 'import-pool', 'hold', 'prove']
const width = 120

/** Some steps of the plain output, and its end; what is left out is marked. */
function picture(output: string): string {
  const parts = output.split('\n\n')
  const chosen = parts.filter((part) => shownSteps.includes(part.split('\n')[0] ?? ''))
  const end = parts.findLast((part) => part.startsWith('restored')) ?? ''
  const summary = end.slice(0, end.indexOf('\nwhat there is now')).split('\n')
  const lines = [...chosen.join('\n\n…\n\n').split('\n'), '', '…', '', ...summary]
  return lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line)).join('\n')
}

const stateDir = await mkdtemp(join(tmpdir(), 'lifeboat-docs-'))
const lab = execa(process.execPath, [program, 'lab', '--host', 'vm', '--json'])
try {
  const ready = await new Promise<string>((resolve, reject) => {
    createInterface({ input: lab.stdout }).once('line', resolve)
    lab.then(() => reject(new Error('the lab ended before it was ready')), reject)
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the lab's own line
  const { config, hosts } = JSON.parse(ready) as { config: string; hosts: { name: string }[] }
  const host = hosts[0]?.name ?? ''
  const given = ['--config', config, '--state-dir', stateDir]
  const { stdout: snapshots } = await execa(
    process.execPath,
    [program, 'restore', '--host', host, '--snapshot', 'latest', '--no-input', ...given],
    { reject: false },
  )
  const evening = /not in snap-\S+/.test(snapshots) ? (/written after (\S+)/.exec(snapshots)?.[1] ?? '') : ''
  const moment = new Date(Date.parse(evening) - 2 * 3_600_000).toISOString()
  const flags = [
    '--source',
    'ebs',
    '--snapshot',
    'latest',
    '--at',
    moment,
    '--way',
    'rollback',
    '--yes',
    '--confirm',
    host,
  ]
  const { stdout } = await execa(process.execPath, [
    program,
    'restore',
    '--host',
    host,
    ...flags,
    '--no-input',
    '--plain',
    ...given,
  ])
  const runId = / run (\S+)$/m.exec(stdout)?.[1] ?? ''
  const { stdout: report } = await execa(process.execPath, [program, 'report', runId, ...given])
  await mkdir(join(root, 'docs'), { recursive: true })
  await writeFile(
    join(root, 'docs/a-run.md'),
    `<!-- Made by npm run docs from the journal of a run in the lab. -->\n${report}\n`,
  )
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const between = /(<!-- capture: begin -->\n)[\s\S]*?(<!-- capture: end -->)/
  const shown = `\`\`\`text\n$ npx lifeboat restore --host ${host} ${flags.join(' ')} --no-input\n${picture(stdout)}\n\`\`\`\n`
  await writeFile(
    join(root, 'README.md'),
    readme.replace(between, (_all, begin: string, end: string) => `${begin}${shown}${end}`),
  )
} finally {
  lab.kill('SIGTERM')
  await lab.catch(() => undefined)
  await rm(stateDir, { recursive: true, force: true })
}
