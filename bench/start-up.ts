// What starting costs, beside what one would type instead. Ratios, not promises: run it on your own machine.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const program = join(root, 'bin/lifeboat.js')
const rounds = 15

interface Measured {
  readonly what: string
  readonly medianMs: number
}

function measure(what: string, command: string, args: readonly string[]): Measured | undefined {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    const { status, error } = spawnSync(command, args, { stdio: 'ignore' })
    if (error !== undefined || status !== 0) return undefined
    times.push(performance.now() - began)
  }
  return { what, medianMs: times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0 }
}

/** Prints what starting costs. */
export function measureStartUp(): void {
  const bare = measure('node -e 0', process.execPath, ['-e', '0'])
  const all = [
    bare,
    measure('lifeboat --version', process.execPath, [program, '--version']),
    measure('lifeboat --help', process.execPath, [program, '--help']),
    measure('lifeboat runs', process.execPath, [program, 'runs', '--state-dir', '/nonexistent']),
    measure('aws --version', '/usr/bin/aws', ['--version']),
  ]

  process.stdout.write(`median of ${rounds} starts\n`)
  for (const each of all) {
    if (each === undefined || bare === undefined) continue
    process.stdout.write(
      `${each.what.padEnd(20)} ${each.medianMs.toFixed(0).padStart(6)} ms  ${(each.medianMs / bare.medianMs).toFixed(1)} × node\n`,
    )
  }
}
