// What somebody has learnt so far, in one file that is always whole: a new one takes its place by a rename.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { errorCode } from '../text/error-code.ts'
import { UsageError } from '../text/errors.ts'
import { makeFolder } from '../text/make-folder.ts'

/** Something done in the lab. */
const done = z.object({ tries: z.number().int().min(1), passedAt: z.string().nullable(), faults: z.array(z.string()) })

const lessonProgress = z.object({
  startedAt: z.string(),
  /** Where it goes on, as a place in the list of the lesson's steps. */
  step: z.number().int().min(0),
  /** When it was first finished. */
  doneAt: z.string().nullable(),
  /** By `looks` or the scenario's id. */
  tasks: z.record(z.string(), done),
  /** By the question's number from 0: whether its first answer was the right one. */
  answers: z.record(z.string(), z.object({ isRightAtFirst: z.boolean(), at: z.string() })),
})

const progressFile = z.object({ v: z.literal(1), lessons: z.record(z.string(), lessonProgress) })

export type LessonProgress = Readonly<z.infer<typeof lessonProgress>>
export type Progress = Readonly<z.infer<typeof progressFile>>

export const noProgress: Progress = { v: 1, lessons: {} }

export const begun = (startedAt: string): LessonProgress => ({
  startedAt,
  step: 0,
  doneAt: null,
  tasks: {},
  answers: {},
})

export const progressPath = (state: string): string => join(state, 'learn.json')

/** @throws UsageError where the file is there and is none of ours */
export function progressIn(state: string): Progress {
  try {
    return progressFile.parse(JSON.parse(readFileSync(progressPath(state), 'utf8')))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return noProgress
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw new UsageError(`${progressPath(state)} is not what learn has written: move it away to begin anew`)
    throw error
  }
}

/** Keeps it, 0600. Killed at any moment, there is the file before or the new one, whole. @throws UsageError */
export function keepProgress(state: string, progress: Progress): void {
  const path = progressPath(state)
  try {
    makeFolder(state)
    putInPlace(path, `${JSON.stringify(progress, null, 1)}\n`)
  } catch (error) {
    const code = errorCode(error)
    if (code === null) throw error
    throw new UsageError(`the progress ${path} can't be kept: ${code}; name another place with --state-dir`)
  }
}

function putInPlace(path: string, text: string): void {
  const next = `${path}.new`
  const file = openSync(next, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, path)
}

/** What there is of one lesson, changed. */
export const withLesson = (
  progress: Progress,
  id: string,
  at: string,
  change: (before: LessonProgress) => Partial<LessonProgress>,
): Progress => {
  const before = progress.lessons[id] ?? begun(at)
  return { ...progress, lessons: { ...progress.lessons, [id]: { ...before, ...change(before) } } }
}
