// psql: scripts and single commands, as its documentation has them. Nobody types into it here: it reads what it is given.
import { FsError, reason } from '../files/fs-error.ts'
import { clusterOf, PostgresError, type Answered, type Column } from '../postgres/cluster.ts'
import { scriptParts, type ScriptPart } from '../postgres/sql-script.ts'
import { failed, notInThisLab, type Call, type HostCommand, type Result } from '../shell/command.ts'
import { readOptions, type Options } from './options.ts'

const known =
  'X no-psqlrc q quiet A no-align t tuples-only v: set: variable: d: dbname: U: username: c: command: f: file: o: output: F: field-separator: l list w no-password 1 single-transaction e echo-queries'

const socket = '/var/run/postgresql/.s.PGSQL.5432'

const unreachable = (why: string): Result =>
  failed(`psql: error: connection to server on socket "${socket}" failed: ${why}`, 2)

/** What it asks the server where it is asked to tell of it, by its own command. */
const told: Readonly<Record<string, string>> = {
  l: 'select datname as "Name", pg_get_userbyid(datdba) as "Owner" from pg_database order by 1',
  dt: `select schemaname as "Schema", tablename as "Name", tableowner as "Owner" from pg_tables where schemaname !~ '^(pg_|information_schema$)' order by 1, 2`,
  du: `select rolname as "Role name", rolsuper as "Superuser" from pg_roles where rolname !~ '^pg_' order by 1`,
}

interface Session {
  database: string
  readonly variables: ReadonlyMap<string, string>
  readonly options: Options
  readonly call: Call
}

/** Rows as psql prints them: in columns, or with separators only. */
function table(columns: readonly Column[], rows: Answered['rows'], options: Options): string {
  const bare = options.has('t', 'tuples-only')
  const cells = rows.map((row) => row.map((value) => value ?? ''))
  const footer = bare ? [] : [`(${rows.length} row${rows.length === 1 ? '' : 's'})`]
  if (options.has('A', 'no-align')) {
    const separator = options.value('F', 'field-separator') ?? '|'
    return [...(bare ? [] : [columns.map(({ name }) => name)]), ...cells]
      .map((row) => row.join(separator))
      .concat(footer)
      .map((row) => `${row}\n`)
      .join('')
  }
  const widths = columns.map(({ name }, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)))
  const aligned = (row: readonly string[]): string =>
    row
      .map((value, at) => {
        const width = widths[at] ?? 0
        return ` ${columns[at]?.isNumber === true ? value.padStart(width) : at === row.length - 1 ? value : value.padEnd(width)}`
      })
      .join(' |')
  const heads = columns.map(({ name }, at) => {
    const width = widths[at] ?? 0
    return ` ${name.padStart(name.length + Math.floor((width - name.length) / 2)).padEnd(width)} `
  })
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+')
  const lines = [...(bare ? [] : [heads.join('|'), rule]), ...cells.map(aligned), ...footer, '']
  return lines.map((row) => `${row}\n`).join('')
}

/** What is printed, and what is said beside it, as psql's own messages are. */
interface Shown {
  readonly stdout: string
  readonly notices: readonly string[]
}

const shown = (answers: readonly Answered[], options: Options): Shown => ({
  stdout: answers
    .map(({ columns, rows, tag }) =>
      columns === null ? (options.has('q', 'quiet') ? '' : `${tag}\n`) : table(columns, rows, options),
    )
    .join(''),
  notices: answers.flatMap(({ notices }) => notices),
})

const nothing: Shown = { stdout: '', notices: [] }

/** The line of a statement that an error is about, with a mark below the place. */
function placeIn(statement: string, position: number | null): string[] {
  if (position === null) return []
  const before = Array.from(statement)
    .slice(0, position - 1)
    .join('')
  const [number, column] = [before.split('\n').length, before.length - (before.lastIndexOf('\n') + 1)]
  const lead = `LINE ${number}: `
  return [`${lead}${statement.split('\n')[number - 1] ?? ''}`, `${' '.repeat(lead.length + column)}^`]
}

/** What psql does itself. What it prints of its own makes no difference between scripts and single commands. */
async function doMeta(session: Session, part: ScriptPart & { kind: 'meta' }): Promise<Shown> {
  const cluster = clusterOf(session.call.world.machine)
  const ask = told[part.name]
  if (ask !== undefined) return shown(await cluster.answers(session.database, ask), session.options)
  switch (part.name) {
    case 'c':
    case 'connect': {
      const [given = '-'] = part.args.filter((each) => !each.startsWith('-reuse-previous='))
      const database = given === '-' ? session.database : named(given)
      await cluster.connect(database)
      session.database = database
      const stdout = `You are now connected to database "${database}" as user "postgres".\n`
      return session.options.has('q', 'quiet') ? nothing : { ...nothing, stdout }
    }
    case 'gexec': {
      const answers = await cluster.answers(session.database, part.of)
      const made = answers.flatMap(({ rows }) => rows.flat().filter((each) => each !== null))
      const all: Answered[] = []
      for (const each of made) all.push(...(await cluster.answers(session.database, each)))
      return shown(all, session.options)
    }
    case 'echo':
      return { ...nothing, stdout: `${part.args.join(' ')}\n` }
    // What pg_dump writes: against scripts that are not its own, and of its encoding, which is UTF-8.
    case 'restrict':
    case 'unrestrict':
    case 'encoding':
      return nothing
    default:
      throw new UnknownMeta(`invalid command \\${part.name}`)
  }
}

class UnknownMeta extends Error {}

async function doPart(session: Session, part: ScriptPart): Promise<Shown> {
  if (part.kind === 'meta') return doMeta(session, part)
  const copied = part.kind === 'copy' ? part.data : undefined
  const cluster = clusterOf(session.call.world.machine)
  return shown(await cluster.answers(session.database, part.text, copied), session.options)
}

const stopsAtError = (variables: ReadonlyMap<string, string>): boolean =>
  /^(1|on|true)$/i.test(variables.get('ON_ERROR_STOP') ?? '')

/**
 * A script from its beginning to its end, or to its first error.
 * @param file that it is in, as messages name it; empty for standard input
 */
async function runScript(session: Session, text: string, file: string): Promise<Result> {
  const { variables, options } = session
  const stops = stopsAtError(variables)
  let stdout = ''
  const said: string[] = []
  for (const part of scriptParts(text, variables)) {
    if (part.kind === 'meta' && ['q', 'quit'].includes(part.name)) break
    const where = file === '' ? '' : `psql:${file}:${part.line}: `
    try {
      const done = await doPart(session, part)
      stdout += done.stdout
      said.push(...done.notices.map((each) => `${where}${each}`))
    } catch (error) {
      if (error instanceof UnknownMeta) said.push(`${where}${error.message}`)
      else if (error instanceof PostgresError) {
        stdout += shown(error.before, options).stdout
        const statement = part.kind === 'meta' ? part.of : part.text
        said.push(`${where}ERROR:  ${error.message}`, ...placeIn(statement, error.position))
      } else throw error
      if (stops) return failed(said.join('\n'), 3, stdout)
    }
  }
  return failed(said.join('\n'), 0, stdout)
}

/** One of `-c`: it is over at its error, and those behind it are not, unless it was asked for. */
async function runCommand(session: Session, text: string): Promise<Result> {
  const result = await runScript(
    { ...session, variables: new Map([...session.variables, ['ON_ERROR_STOP', '1']]) },
    text,
    '',
  )
  return result.exitCode === 0 ? result : { ...result, exitCode: 1 }
}

/** In a connection string a backslash takes the meaning from what follows it. */
const unescaped = (text: string): string => text.replaceAll(/\\(.)/g, '$1')

/** The database that `-d` names, itself or in a connection string. */
const named = (given: string): string => {
  const [, quoted] = /(?:^|\s)dbname='((?:[^'\\]|\\.)*)'/.exec(given) ?? []
  return quoted === undefined ? (/(?:^|\s)dbname=(\S+)/.exec(given)?.[1] ?? given) : unescaped(quoted)
}

export const psql: HostCommand = async (call) => {
  const options = readOptions(call.args, known)
  if (options.unknown !== undefined) return notInThisLab(`psql ${options.unknown}`)
  const cluster = clusterOf(call.world.machine)
  if (!cluster.isUp)
    return unreachable(
      'No such file or directory\n\tIs the server running locally and accepting connections on that socket?',
    )
  const user = options.value('U', 'username') ?? call.account.name
  if (user !== call.account.name) return unreachable(`FATAL:  Peer authentication failed for user "${user}"`)
  if (user !== 'postgres') return unreachable(`FATAL:  role "${user}" does not exist`)
  const variables = new Map(
    options.values('v', 'set', 'variable').map((each) => {
      const [name = '', ...value] = each.split('=')
      return [name, value.join('=')] as const
    }),
  )
  const database = named(options.value('d', 'dbname') ?? options.rest[0] ?? user)
  const session: Session = { database, variables, options, call }
  const commands = options.has('l', 'list') ? ['\\l'] : options.values('c', 'command')
  const file = options.value('f', 'file')
  try {
    await cluster.connect(database)
    const results: Result[] = []
    for (const each of commands) {
      results.push(await runCommand(session, each))
      if (results.at(-1)?.exitCode !== 0 && stopsAtError(variables)) break
    }
    if (commands.length === 0) {
      const isGiven = file === undefined || file === '-'
      const text = isGiven ? call.stdin : Buffer.from(call.files.read(call.path(file))).toString('utf8')
      results.push(await runScript(session, text, file === '-' ? '<stdin>' : (file ?? '')))
    }
    const stdout = results.map((each) => each.stdout).join('')
    const output = options.value('o', 'output')
    if (output !== undefined) call.files.write(call.path(output), Buffer.from(stdout))
    return {
      stdout: output === undefined ? stdout : '',
      stderr: results.map((each) => each.stderr).join(''),
      exitCode: results.at(-1)?.exitCode ?? 0,
    }
  } catch (error) {
    if (error instanceof PostgresError) return unreachable(`FATAL:  ${error.message}`)
    if (error instanceof FsError) return failed(`psql: error: ${error.path}: ${reason(error)}`)
    throw error
  }
}
