// psql: scripts and single commands, as its documentation has them. Nobody types into it here: it reads what it is given.
import { FsError, reason } from '../files/fs-error.ts'
import { clusterOf, PostgresError, type Answered } from '../postgres/cluster.ts'
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
function table({ columns, rows }: Answered, options: Options): string {
  const bare = options.has('t', 'tuples-only')
  const cells = rows.map((row) => row.map((value) => value ?? ''))
  const footer = bare ? [] : [`(${rows.length} row${rows.length === 1 ? '' : 's'})`]
  if (options.has('A', 'no-align')) {
    const separator = options.value('F', 'field-separator') ?? '|'
    return [...(bare ? [] : [columns]), ...cells]
      .map((row) => row.join(separator))
      .concat(footer)
      .map((row) => `${row}\n`)
      .join('')
  }
  const widths = columns.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)))
  const aligned = (row: readonly string[]): string =>
    row
      .map((value, at) => ` ${value.padEnd(widths[at] ?? 0)} `)
      .join('|')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+')
  const lines = [...(bare ? [] : [aligned(columns), rule]), ...cells.map(aligned), ...footer, '']
  return lines.map((row) => `${row}\n`).join('')
}

const shown = (answers: readonly Answered[], options: Options): string =>
  answers
    .map((each) => (each.columns.length > 0 ? table(each, options) : options.has('q', 'quiet') ? '' : `${each.tag}\n`))
    .join('')

async function doMeta(session: Session, part: ScriptPart & { kind: 'meta' }): Promise<string> {
  const cluster = clusterOf(session.call.world.machine)
  const [first] = part.args
  const ask = told[part.name]
  if (['c', 'connect'].includes(part.name)) {
    const database = first?.replace(/^dbname='((?:[^'\\]|\\.)*)'$/, (_all, name: string) => unescaped(name))
    if (database !== undefined && database !== '-') {
      await cluster.answers(database, '')
      session.database = database
    }
  } else if (part.name === 'gexec') {
    const answers = await cluster.answers(session.database, part.of)
    const made = answers.flatMap(({ rows }) => rows.flat().filter((each) => each !== null))
    const out: string[] = []
    for (const each of made) out.push(shown(await cluster.answers(session.database, each), session.options))
    return out.join('')
  } else if (ask !== undefined) return shown(await cluster.answers(session.database, ask), session.options)
  else if (part.name === 'echo') return `${part.args.join(' ')}\n`
  // What pg_dump writes against scripts that are not its own.
  else if (!['restrict', 'unrestrict'].includes(part.name)) throw new PostgresError(`invalid command \\${part.name}`)
  return ''
}

/** In a connection string a backslash takes the meaning from what follows it. */
const unescaped = (text: string): string => text.replaceAll(/\\(.)/g, '$1')

/** A script from its beginning to its end, or to its first error. */
async function runScript(session: Session, text: string, source: string): Promise<Result> {
  const { call, options, variables } = session
  const cluster = clusterOf(call.world.machine)
  const stops = /^(1|on|true)$/i.test(variables.get('ON_ERROR_STOP') ?? '')
  const out: string[] = []
  const complaints: string[] = []
  for (const part of scriptParts(text, variables)) {
    if (part.kind === 'meta' && ['q', 'quit'].includes(part.name)) break
    try {
      if (part.kind === 'meta') out.push(await doMeta(session, part))
      else if (part.kind === 'copy')
        out.push(shown(await cluster.answers(session.database, part.text, part.data), options))
      else out.push(shown(await cluster.answers(session.database, part.text), options))
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error
      const where = source === '' ? '' : `psql:${source}:${part.line}: `
      const isOwn = error.message.startsWith('invalid command')
      complaints.push(`${where}${isOwn ? '' : 'ERROR:  '}${error.message}`)
      if (stops || source === '') return { ...failed(complaints.join('\n'), source === '' ? 1 : 3, out.join('')) }
    }
  }
  return failed(complaints.join('\n'), 0, out.join(''))
}

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
    await cluster.answers(database, '')
    const results: Result[] = []
    for (const each of commands) {
      results.push(await runScript(session, each, ''))
      if (results.at(-1)?.exitCode !== 0) break
    }
    if (commands.length === 0) {
      const given = file === undefined || file === '-'
      const text = given ? call.stdin : Buffer.from(call.files.read(call.path(file))).toString('utf8')
      results.push(await runScript(session, text, given ? '<stdin>' : file))
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
