// One process at a time in a run's folder. A lock names its process so surely that a dead one's is taken back unasked.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { PreflightError, UsageError } from '../text/errors.ts'
import { errorCode } from '../text/error-code.ts'
import { makeFolder } from '../text/make-folder.ts'

const owner = z.object({ pid: z.int(), bootId: z.string(), startedAt: z.string() })

type Owner = z.infer<typeof owner>

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The start time of a process in clock ticks since boot (proc(5), field 22); empty where there is no such process. */
const startTime = (pid: number): string => {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

const bootId = (): string => read('/proc/sys/kernel/random/boot_id').trim()

function alive(holder: Owner): boolean {
  if (holder.bootId !== bootId()) return false
  if (bootId() !== '') return startTime(holder.pid) === holder.startedAt
  try {
    // Not Linux: the number alone has to do.
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

const parse = (text: string): Owner | undefined => {
  try {
    return owner.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/**
 * Takes the lock of a run's folder. @returns what lets go of it @throws PreflightError when a living process has it
 */
export function lockFolder(folder: string): () => void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new UsageError(
      `the run's folder ${folder} can't be made (${errorCode(error) ?? 'unknown'}); name another place with --state-dir`,
    )
  }
  const path = join(folder, 'lock')
  const mine = JSON.stringify({ pid: process.pid, bootId: bootId(), startedAt: startTime(process.pid) })
  const draft = join(folder, `lock.${process.pid}`)
  writeFileSync(draft, mine, { mode: 0o600 })
  try {
    for (let tries = 0; ; tries++) {
      try {
        // A link appears with its whole content, or not at all.
        linkSync(draft, path)
        return () => {
          if (read(path) === mine) rmSync(path, { force: true })
        }
      } catch (error) {
        if (errorCode(error) !== 'EEXIST' || tries > 5) throw error
      }
      const seen = read(path)
      const holder = parse(seen)
      if (holder !== undefined && alive(holder)) {
        throw new PreflightError({
          code: 'run-busy',
          message: `process ${holder.pid} is working on this run`,
          notChanged: ['nothing was changed'],
          next: [{ why: 'see what it does', command: `ps -fp ${holder.pid}` }],
        })
      }
      takeAway(path, seen, `${draft}.stale`)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Moves a dead process's lock aside; if another process had replaced it in between, its lock is put back. */
function takeAway(path: string, seen: string, aside: string): void {
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (read(aside) !== seen) {
    try {
      linkSync(aside, path)
    } catch {
      // Somebody took the lock in the same moment: theirs stands.
    }
  }
  rmSync(aside, { force: true })
}
