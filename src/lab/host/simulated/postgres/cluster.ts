// A cluster of PostgreSQL: the server itself, compiled to run in this process (pglite.dev). It has one connection, and so
// opens one database at a time; what would be beside another here comes after it.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
// Not its types alone: it is loaded where a cluster is begun.
import type { PGlite, Results } from '@electric-sql/pglite'
import type { Machine } from '../machine.ts'

/** One statement's answer: its columns and rows, as psql(1) would be sent them. */
export interface Answered {
  /** As `CREATE TABLE`. */
  readonly tag: string
  /** Empty where it answers with no rows at all. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** What the server says when it refuses. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError'
}

type Row = (string | null)[]

const asSent = (text: string): string => text

/** How each statement is answered: nothing is made of a value's text. */
async function optionsOf() {
  const { types } = await import('@electric-sql/pglite')
  const numbers: unknown[] = Object.values(types)
  const parsers = Object.fromEntries(numbers.flatMap((oid) => (typeof oid === 'number' ? [[oid, asSent]] : [])))
  return { rowMode: 'array', parsers } as const
}

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

  /**
   * Statements of SQL in a database, as its superuser.
   * @param copied what a `COPY … FROM stdin` among them reads
   * @throws PostgresError
   */
  answers(database: string, sql: string, copied?: string): Promise<Answered[]> {
    return this.#alone(async () => {
      if (!this.#isUp) throw new PostgresError('the database system is shutting down')
      const server = await this.#in(database)
      const options = await optionsOf()
      try {
        if (copied === undefined) return (await server.exec(sql, options)).map((each) => answered(each, sql))
        // It has no standard input.
        const copy = sql.replace(/\bFROM\s+stdin\b/i, "FROM '/dev/blob'")
        return [answered(await server.query(copy, [], { ...options, blob: new Blob([copied]) }), sql)]
      } catch (error) {
        // A transaction that was begun in it has failed, and would refuse what comes next.
        await server.exec('ROLLBACK')
        throw new PostgresError(error instanceof Error ? error.message : String(error))
      }
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

function answered(result: Results, sql: string): Answered {
  const tag = result.command ?? sql.trim().split(/\s/, 1)[0]?.toUpperCase() ?? ''
  const rows: unknown[] = result.rows
  return {
    tag,
    columns: result.fields.map(({ name }) => name),
    rows: rows.flatMap((row): Row[] =>
      Array.isArray(row) ? [row.map((value: unknown) => (typeof value === 'string' ? value : null))] : [],
    ),
  }
}

const clusters = new WeakMap<Machine, Cluster>()

/** That of a host: it is made at the first look. */
export function clusterOf(machine: Machine): Cluster {
  const found = clusters.get(machine) ?? new Cluster(join(machine.folder, 'postgresql'))
  clusters.set(machine, found)
  return found
}
