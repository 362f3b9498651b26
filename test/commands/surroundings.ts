// The world outside of the program, in the test's hands.
import { PassThrough } from 'node:stream'
import { join } from 'node:path'
import { main } from '../../src/main.ts'
import type { Surroundings } from '../../src/commands/options.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'

export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The objects on standard output, one a line. */
  readonly objects: Record<string, unknown>[]
}

function collecting(): { readonly stream: PassThrough; text(): string } {
  const stream = new PassThrough()
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { stream, text: () => text }
}

/** Runs the command line with a state directory and a home of the test's own, and nobody to ask. */
export async function lifeboat(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Said> {
  const folder = await temporaryFolder()
  const [stdout, stderr] = [collecting(), collecting()]
  const exitCode = await main(args, {
    env: { LIFEBOAT_STATE_DIR: join(folder, 'state'), LIFEBOAT_CONFIG: join(folder, 'config.toml'), ...env },
    stdin: new PassThrough() as unknown as Surroundings['stdin'],
    stdout: stdout.stream as unknown as Surroundings['stdout'],
    stderr: stderr.stream as unknown as Surroundings['stderr'],
    onSignal: () => () => {},
    lend: (work) => work(),
  })
  const lines = stdout.text().split('\n')
  const objects = lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { exitCode, stdout: stdout.text(), stderr: stderr.text(), objects }
}
