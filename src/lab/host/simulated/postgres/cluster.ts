// A cluster of PostgreSQL: the server itself, compiled to run in this process (pglite.dev). It has one connection, and so
// opens one database at a time; what would be beside another here comes after it.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PGlite, messages as Messages } from '@electric-sql/pglite'
import type { Machine } from '../machine.ts'

export interface Column {
  readonly name: string
  /** psql(1) puts numbers to the right. */
  readonly isNumber: boolean
}

/** One statement's answer, as psql(1) is sent it. */
export interface Answered {
  /** As `CREATE TABLE`, or `COPY 2`. */
  readonly tag: string
  /** Null where it answers with no rows at all, as one that makes a table. */
  readonly columns: readonly Column[] | null
  readonly rows: readonly (readonly (string | null)[])[]
  /** What it says beside them, as `NOTICE:  table "t" does not exist, skipping`. */
  readonly notices: readonly string[]
}

/** What the server refuses with. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError'
  /** Of the character in the statement that it is about, from 1; null where it is about none. */
  readonly position: number | null
  /** What was answered before it. */
  readonly before: readonly Answered[]

  constructor(message: string, position: number | null = null, before: readonly Answered[] = []) {
    super(message)
    this.position = position
    this.before = before
  }
}

// pg_type.dat: int8, int2, int4, oid, float4, float8, numeric; those that psql puts to the right (column_type_alignment).
const numbers = [20, 21, 23, 26, 700, 701, 1700]

const positionOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text))

export class Cluster {
  readonly #folder: string
  #open: { readonly database: string; readonly server: PGlite } | undefined
  #isUp = false
  #last: Promise<unknown> = Promise.resolve()

  /** @param folder where its files are, on this machine */
  constructor(folder: string) {
    this.#folder = folder
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** Makes the cluster at the first time, which takes seconds. */
  async start(): Promise<void> {
    await this.#alone(() => this.#in('postgres'))
    this.#isUp = true
  }

  /** Nobody is served any more; what is being answered comes to its end. */
  async stop(): Promise<void> {
    this.#isUp = false
    await this.#alone(() => this.#close())
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** As a new connection begins: in no transaction, and with no settings of an earlier one. @throws PostgresError */
  async connect(database: string): Promise<void> {
    await this.answers(database, 'rollback')
    await this.answers(database, 'discard all')
  }

  /**
   * Statements of SQL in a database, as its superuser.
   * @param copied what a `COPY … FROM stdin` among them reads
   * @throws PostgresError
   */
  answers(database: string, sql: string, copied?: string): Promise<Answered[]> {
    return this.#alone(async () => {
      if (!this.#isUp) throw new PostgresError('the database system is shutting down')
      const server = await this.#in(database)
      if (copied !== undefined) return [await copyInto(server, sql, copied)]
      const { protocol, messages: kinds } = await import('@electric-sql/pglite')
      const { messages } = await server.execProtocol(protocol.serialize.query(sql), { throwOnError: false })
      return answersIn(messages, kinds)
    })
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work)
    this.#last = mine.catch(() => undefined)
    return mine
  }

  async #close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.server.close()
  }

  /** The server with a database open. Template and all else are opened in turn, which takes a third of a second. */
  async #in(database: string): Promise<PGlite> {
    if (this.#open?.database === database) return this.#open.server
    if (database !== 'postgres' && !(await this.#has(database)))
      throw new PostgresError(`database "${database}" does not exist`)
    await this.#close()
    const { PGlite: Server } = await import('@electric-sql/pglite')
    const server = await Server.create({ dataDir: this.#folder, database })
    this.#open = { database, server }
    return server
  }

  async #has(database: string): Promise<boolean> {
    const server = this.#open?.server ?? (await this.#in('postgres'))
    return (await server.query('select from pg_database where datname = $1', [database])).rows.length > 0
  }
}

/** It has no standard input: what is copied is a file of its own. */
async function copyInto(server: PGlite, sql: string, copied: string): Promise<Answered> {
  const copy = sql.replace(/\bFROM\s+stdin\b/i, "FROM '/dev/blob'")
  try {
    const { affectedRows = 0 } = await server.query(copy, [], { blob: new Blob([copied]) })
    return { tag: `COPY ${affectedRows}`, columns: null, rows: [], notices: [] }
  } catch (error) {
    throw new PostgresError(error instanceof Error ? error.message : String(error))
  }
}

/** What the server sends for one or more statements (postgresql.org/docs/current/protocol-flow.html, Simple Query). */
function answersIn(sent: readonly Messages.BackendMessage[], kinds: typeof Messages): Answered[] {
  const answers: Answered[] = []
  let columns: Column[] | null = null
  let rows: (string | null)[][] = []
  let notices: string[] = []
  for (const message of sent) {
    if (message instanceof kinds.DatabaseError)
      throw new PostgresError(message.message, positionOf(message.position), answers)
    if (message instanceof kinds.RowDescriptionMessage)
      columns = message.fields.map(({ name, dataTypeID }) => ({ name, isNumber: numbers.includes(dataTypeID) }))
    else if (message instanceof kinds.DataRowMessage) rows.push(message.fields)
    else if (message instanceof kinds.NoticeMessage) notices.push(`${message.severity}:  ${message.message}`)
    else if (message instanceof kinds.CommandCompleteMessage) {
      answers.push({ tag: message.text, columns, rows, notices })
      columns = null
      rows = []
      notices = []
    }
  }
  return answers
}

const clusters = new WeakMap<Machine, Cluster>()

/** That of a host: it is made at the first look. */
export function clusterOf(machine: Machine): Cluster {
  const found = clusters.get(machine) ?? new Cluster(join(machine.folder, 'postgresql'))
  clusters.set(machine, found)
  return found
}
