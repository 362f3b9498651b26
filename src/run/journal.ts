// The journal of one run: an append-only file that is on the disk before anything outside is changed.
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { LifeboatError } from '../text/errors.ts'
import { word } from '../text/quote.ts'
import { journalRecord, journalVersion, type JournalRecord } from './record.ts'
import { errorCode } from '../text/error-code.ts'

const file = 'journal.jsonl'

const unreadable = (path: string, why: string): never => {
  throw new LifeboatError({
    code: 'journal-unreadable',
    message: `the journal ${path} can't be read: ${why}`,
    notChanged: ['the journal was not touched'],
  })
}

function parseLine(path: string, line: string, number: number): JournalRecord {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return unreadable(path, `line ${number} is not JSON`)
  }
  if (number === 1 && typeof value === 'object' && value !== null && 'v' in value && value.v !== journalVersion) {
    const by =
      'lifeboat' in value && typeof value.lifeboat === 'string' ? `Lifeboat ${value.lifeboat}` : 'another Lifeboat'
    return unreadable(path, `it is of version ${JSON.stringify(value.v)}, written by ${by}; use that one to go on`)
  }
  const parsed = journalRecord.safeParse(value)
  return parsed.success ? parsed.data : unreadable(path, `line ${number} is no record of version ${journalVersion}`)
}

/**
 * The records of a journal's text. A last line without its newline was torn off by a crash: it was never acted upon
 * and doesn't count.
 */
export function parseJournal(text: string, path = file): { records: JournalRecord[]; wholeBytes: number } {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines = whole.split('\n').slice(0, -1)
  return { records: lines.map((line, at) => parseLine(path, line, at + 1)), wholeBytes: Buffer.byteLength(whole) }
}

/** The records in a run's folder; none when it has no journal. @throws LifeboatError when it can't be read */
export function readJournal(folder: string): JournalRecord[] {
  const path = join(folder, file)
  try {
    return parseJournal(readFileSync(path, 'utf8'), path).records
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

export interface Journal {
  readonly folder: string
  readonly records: readonly JournalRecord[]
  /** Returns when the record is on the disk. */
  append(record: JournalRecord): void
  close(): void
}

const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, constants.O_RDONLY)
  fsyncSync(descriptor)
  closeSync(descriptor)
}

/**
 * Opens a run's journal to append to it, making its folder at the first record. `clean` is the one door through
 * which everything written goes: it takes secrets out.
 */
export function openJournal(folder: string, clean: (record: JournalRecord) => JournalRecord): Journal {
  const path = join(folder, file)
  const records = readJournal(folder)
  let descriptor: number | undefined

  const open = (): number => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const opened = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600)
    // What a crash tore off must go before anything is put behind it.
    ftruncateSync(opened, parseJournal(readFileSync(path, 'utf8'), path).wholeBytes)
    syncFolder(folder)
    syncFolder(dirname(folder))
    return opened
  }

  return {
    folder,
    get records() {
      return records
    },
    append(record) {
      const cleaned = clean(record)
      descriptor ??= open()
      const line = Buffer.from(`${JSON.stringify(cleaned)}\n`)
      const { size } = fstatSync(descriptor)
      try {
        for (let written = 0; written < line.length;) written += writeSync(descriptor, line, written)
        fdatasyncSync(descriptor)
      } catch (error) {
        // Half a line, as a full disk leaves it, would make what is put behind it unreadable.
        ftruncateSync(descriptor, size)
        throw new LifeboatError(
          {
            code: 'journal-not-written',
            message: `the journal ${path} can't be written (${errorCode(error) ?? 'for an unknown reason'}), and nothing is done that is not in it`,
            next: [{ why: 'make room, then go on', command: `df -h ${word(folder)}` }],
          },
          error,
        )
      }
      records.push(cleaned)
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}
