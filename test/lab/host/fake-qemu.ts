// Something that speaks QMP on a unix socket and notes what it is asked.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { QmpClient } from '../../../src/lab/host/vm/qmp.ts'

const askedSchema = z.object({ execute: z.string(), arguments: z.record(z.string(), z.unknown()).optional() })
export type Asked = z.infer<typeof askedSchema>

export interface FakeQemu extends AsyncDisposable {
  readonly qmp: QmpClient
  readonly asked: Asked[]
  readonly says: (message: object) => void
  readonly hangUp: () => void
}

/** `answer` is what a command is answered with; by default an empty success. */
export async function fakeQemu(
  answer: (asked: Asked, says: (message: object) => void) => object | undefined = () => ({ return: {} }),
): Promise<FakeQemu> {
  const folder = await mkdtemp(join(tmpdir(), 'qmp-'))
  const path = join(folder, 'qmp.sock')
  const asked: Asked[] = []
  const server = createServer()
  server.listen(path)
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const client = createConnection(path)
  const [socket]: Socket[] = await accepted
  if (socket === undefined) throw new Error('nobody came')
  const says = (message: object) => void socket.write(`${JSON.stringify(message)}\r\n`)
  createInterface(socket).on('line', (line) => {
    const command = askedSchema.parse(JSON.parse(line))
    asked.push(command)
    const answered = command.execute === 'qmp_capabilities' ? { return: {} } : answer(command, says)
    if (answered) says(answered)
  })
  says({ QMP: { version: { qemu: { major: 7 } }, capabilities: [] } })
  return {
    qmp: await QmpClient.over(client),
    asked,
    says,
    hangUp: () => void socket.destroy(),
    async [Symbol.asyncDispose]() {
      client.destroy()
      socket.destroy()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}
