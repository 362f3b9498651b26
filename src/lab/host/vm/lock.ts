// One set-up at a time on one cache. The kernel holds the lock (flock(1)), so none outlives its process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Lock {
  readonly release: () => Promise<void>
}

/**
 * Waits for the lock on a file. `onWait` is told once if another process holds it.
 * The holder is a child that lives as long as our end of its standard input: it ends with us, however we end.
 */
export async function lock(path: string, onWait: () => void): Promise<Lock> {
  const holder = spawn('flock', ['--exclusive', path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = setTimeout(onWait, 500)
  const held = once(createInterface(holder.stdout), 'line')
  const ended = once(holder, 'exit').then(([code]) => {
    throw new Error(`flock ended with ${code} and did not get ${path}`)
  })
  try {
    await Promise.race([held, ended])
  } finally {
    clearTimeout(waiting)
  }
  ended.catch(() => {})
  return {
    async release() {
      const gone = once(holder, 'exit')
      holder.stdin.end()
      await gone
    },
  }
}
