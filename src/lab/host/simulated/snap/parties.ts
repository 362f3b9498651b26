// The database `parties` of Rocket.Chat's snap, in place of MongoDB: a collection is a file, a document a line of JSON as
// mongoexport(1) writes it (Extended JSON, relaxed: a time is {"$date":"2026-01-31T02:10:00Z"}). Dumps have the same lines
// in place of BSON. Only what stands here reads and writes the files, and only while MongoDB listens.
import { z } from 'zod'
import { mkdirs, type Machine } from '../machine.ts'

/** The snap's folder for data of all its revisions. */
export const common = '/var/snap/rocketchat-server/common'

/** MongoDB keeps its own files right in `common`, under names that say nothing. */
export const databaseFolder = `${common}/parties`

export const mongoPort = 27_017

/** What its tools say where it does not listen. */
export const notConnected = `Failed: error connecting to db server: connect ECONNREFUSED 127.0.0.1:${mongoPort}`

const document = z.looseObject({ _id: z.string() })
const message = z.object({ ts: z.object({ $date: z.iso.datetime() }) })

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

const isDocument = (line: string): boolean => {
  try {
    return document.safeParse(JSON.parse(line)).success
  } catch {
    return false
  }
}

export interface Parties {
  readonly collections: () => string[]
  /** The documents of a collection, a line each. */
  readonly dump: (collection: string) => { readonly text: string; readonly count: number }
  /** Drops a collection and makes it anew, as `mongorestore --drop` does. @returns how many documents it has; undefined: these are none */
  readonly restore: (collection: string, text: string) => number | undefined
  /** How many messages there are, and when the newest was written: ISO UTC, null where there is none. */
  readonly messages: () => { readonly count: number; readonly newest: string | null }
}

/** The database; undefined where MongoDB does not listen. */
export function connect(machine: Machine): Parties | undefined {
  if (!machine.services.has(mongoPort)) return undefined
  const files = machine.files()
  mkdirs(files, databaseFolder)
  const pathOf = (collection: string): string => `${databaseFolder}/${collection}.json`
  const textOf = (collection: string): string => machine.text(pathOf(collection)) ?? ''
  return {
    collections: () => files.list(databaseFolder).map((name) => name.replace(/\.json$/, '')),
    dump: (collection) => ({ text: textOf(collection), count: linesOf(textOf(collection)).length }),
    restore(collection, text) {
      const lines = linesOf(text)
      if (!lines.every(isDocument)) return undefined
      files.write(pathOf(collection), Buffer.from(lines.map((line) => `${line}\n`).join('')))
      return lines.length
    },
    messages() {
      const times = linesOf(textOf('rocketchat_message')).map((line) => message.parse(JSON.parse(line)).ts.$date)
      return { count: times.length, newest: times.toSorted().at(-1) ?? null }
    },
  }
}
