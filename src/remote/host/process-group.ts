// Starts the programs that carry a connection, so that all of them end with it.
import { execa } from 'execa'

// What it said until then is all.
const holdMs = 500

/**
 * A program that leads a process group of its own: a terminal's Ctrl-C does not reach it, it has no terminal to ask
 * at, and `kill()` ends all of the group. The promise never rejects.
 */
export function startGroup(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) {
  const child = execa(program, args, {
    env,
    extendEnv: false,
    stdin: 'pipe',
    buffer: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: 1000,
  })
  child.nodeChildProcess.once('exit', () => {
    // A daemon that it left behind may hold its outputs open, such as the master of somebody's ControlPersist.
    setTimeout(() => {
      child.stdout.destroy()
      child.stderr.destroy()
    }, holdMs).unref()
  })
  return child
}
