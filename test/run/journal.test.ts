import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openJournal, parseJournal, readJournal } from '../../src/run/journal.ts'
import { journalVersion, type JournalRecord } from '../../src/run/record.ts'
import { started } from './fake-session.ts'
import { runs } from './records.ts'

// The disk is real, but it may become full, and it may take a line in pieces.
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY, piece: Number.POSITIVE_INFINITY }))

vi.mock(import('node:fs'), async (original) => {
  const fs = await original()
  const writeSync = (descriptor: number, line: Buffer, from: number): number => {
    if (disk.room === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const bytes = fs.writeSync(descriptor, line, from, Math.min(line.length - from, disk.room, disk.piece))
    disk.room -= bytes
    return bytes
  }
  return { ...fs, writeSync: writeSync as typeof fs.writeSync }
})

let parent: string
let folder: string

beforeEach(async () => {
  disk.room = Number.POSITIVE_INFINITY
  disk.piece = Number.POSITIVE_INFINITY
  parent = await mkdtemp(join(tmpdir(), 'lifeboat-journal-'))
  folder = join(parent, 'runs', 'a')
})

afterEach(() => rm(parent, { recursive: true, force: true }))

const path = (): string => join(folder, 'journal.jsonl')

const same = (record: JournalRecord): JournalRecord => record

/** A journal file with these records, written as a run does. */
function written(records: readonly JournalRecord[]): string {
  const journal = openJournal(folder, same)
  for (const record of records) journal.append(record)
  journal.close()
  return readFileSync(path(), 'utf8')
}

/** Puts a text there without a word about what it is. */
function put(text: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(path(), text)
}

const lineOf = (record: object): string => `${JSON.stringify(record)}\n`

const modeOf = (name: string): string => (statSync(name).mode & 0o777).toString(8)

const answered: JournalRecord = {
  type: 'answered',
  at: '2026-11-21T19:00:01.000Z',
  step: 'target',
  value: { host: 'wéb 世界' },
  by: 'flag',
}

describe('a journal', () => {
  it('gives back what was appended', () => {
    written([started(), answered])
    expect(readJournal(folder)).toEqual([started(), answered])
  })

  it('is one JSON object a line', () => {
    const text = written([started(), answered])
    expect(text.split('\n').map((line) => (line === '' ? 'end' : (JSON.parse(line) as JournalRecord).type))).toEqual([
      'run-started',
      'answered',
      'end',
    ])
  })

  it('goes on where another process left it', () => {
    written([started()])
    const journal = openJournal(folder, same)
    expect(journal.records).toEqual([started()])
    journal.append(answered)
    journal.close()
    expect(readJournal(folder)).toEqual([started(), answered])
  })

  it('is nothing where there is none', () => {
    expect(readJournal(folder)).toEqual([])
    expect(openJournal(folder, same).records).toEqual([])
  })

  it('makes neither folder nor file before its first record', () => {
    openJournal(folder, same).close()
    expect(() => statSync(folder)).toThrow(/ENOENT/)
  })

  it('can be read by nobody else', () => {
    written([started()])
    expect([modeOf(folder), modeOf(path())]).toEqual(['700', '600'])
  })

  it('gets only what came through the door that takes secrets out', () => {
    const journal = openJournal(folder, (record) => ({ ...record, at: '[redacted]' }))
    journal.append(started())
    journal.close()
    expect(readFileSync(path(), 'utf8')).toContain('"at":"[redacted]"')
    expect(journal.records).toEqual([{ ...started(), at: '[redacted]' }])
  })
})

describe('a crash in the middle of a record', () => {
  it('at any byte of the last two lines leaves the records before it, and a journal that can be gone on with', () => {
    fc.assert(
      fc.property(
        runs(4).filter((records) => records.length > 2),
        (records) => {
          const whole = Buffer.from(records.map(lineOf).join(''))
          const lines = records.map((record) => Buffer.byteLength(lineOf(record)))
          const lastTwo = (lines.at(-1) ?? 0) + (lines.at(-2) ?? 0)
          for (let bytes = whole.length - lastTwo; bytes <= whole.length; bytes++) {
            const torn = whole.subarray(0, bytes)
            let end = 0
            const kept = records.filter((_, at) => (end += lines[at] ?? 0) <= bytes)
            // As the file is read, where a character may be cut in two.
            const { records: read, wholeBytes } = parseJournal(torn.toString('utf8'))
            expect(read).toEqual(kept)
            const mended = Buffer.concat([torn.subarray(0, wholeBytes), Buffer.from(lineOf(answered))])
            expect(parseJournal(mended.toString('utf8')).records).toEqual([...kept, answered])
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is cut off the file before anything is put behind it', () => {
    const [first, whole] = [lineOf(started()), lineOf(started()) + lineOf(answered)].map((text) =>
      Buffer.byteLength(text),
    )
    const outcomes = [0, 1, Number(first) - 1, Number(first), Number(first) + 1, Number(whole) - 1].map((bytes) => {
      put(lineOf(started()) + lineOf(answered))
      truncateSync(path(), bytes)
      const journal = openJournal(folder, same)
      journal.append({ ...answered, at: 'later' })
      journal.close()
      return readJournal(folder).map((record) => record.at)
    })
    const [begun, later] = [started().at, 'later']
    expect(outcomes).toEqual([[later], [later], [later], [begun, later], [begun, later], [begun, later]])
  })
})

describe('a full disk', () => {
  it('leaves no half record for the next one to be put behind', () => {
    const journal = openJournal(folder, same)
    journal.append(started())
    disk.room = 20
    expect(() => journal.append(answered)).toThrow(/ENOSPC/)
    expect(journal.records).toEqual([started()])
    disk.room = Number.POSITIVE_INFINITY
    journal.append({ type: 'undone', at: '', step: 'gate' })
    journal.close()
    expect(readJournal(folder)).toEqual([started(), { type: 'undone', at: '', step: 'gate' }])
  })

  it('is told from one that takes a record in pieces', () => {
    disk.piece = 7
    written([started(), answered])
    expect(readJournal(folder)).toEqual([started(), answered])
  })
})

describe('a journal that cannot be read', () => {
  it('because of its version names the Lifeboat that wrote it', () => {
    put(lineOf({ ...started(), v: 2, lifeboat: '9.8.7' }))
    expect(() => readJournal(folder)).toThrow(
      `the journal ${path()} can't be read: it is of version 2, written by Lifeboat 9.8.7; use that one to go on`,
    )
    expect(journalVersion).toBe(1)
  })

  it('because of a damaged line in the middle names the line, and is not written to', () => {
    const text = `${lineOf(started())}{"type":"answ\n${lineOf(answered)}`
    put(text)
    expect(() => readJournal(folder)).toThrow(/line 2 is not JSON/)
    expect(() => openJournal(folder, same)).toThrow(/line 2 is not JSON/)
    expect(readFileSync(path(), 'utf8')).toBe(text)
  })

  it('because a line is no record names the line', () => {
    put(`${lineOf(started())}${lineOf({ ...answered, step: 'no-such-step' })}`)
    expect(() => readJournal(folder)).toThrow(/line 2 is no record of version 1/)
  })

  it('because of an empty line in the middle is refused too', () => {
    put(`${lineOf(started())}\n${lineOf(answered)}`)
    expect(() => readJournal(folder)).toThrow(/line 2 is not JSON/)
  })

  it('because it is a folder says so', () => {
    mkdirSync(path(), { recursive: true })
    expect(() => readJournal(folder)).toThrow(/EISDIR/)
  })

  it('is not taken for one that was never begun', () => {
    put(lineOf(started()))
    appendFileSync(path(), '\0\0\0\n')
    expect(() => readJournal(folder)).toThrow(/line 2/)
  })
})
