// A real ssh-agent for one test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'

export interface TestAgent extends AsyncDisposable {
  readonly socket: string
}

export async function startAgent(folder: string, keyFiles: readonly string[]): Promise<TestAgent> {
  const socket = join(folder, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  // It names its socket once it listens there.
  await once(createInterface(agent.stdout), 'line')
  for (const file of keyFiles) await execa('ssh-add', ['-q', file], { env: { SSH_AUTH_SOCK: socket } })
  return {
    socket,
    async [Symbol.asyncDispose]() {
      const ended = once(agent, 'exit')
      agent.kill()
      await ended
    },
  }
}
