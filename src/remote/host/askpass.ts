// Lets the system's ssh ask for passphrases: it runs a program, which asks us over a socket. Neither arguments nor
// environment ever hold a passphrase.
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { word } from '../../text/quote.ts'
import type { AskPassphrase } from './authentication.ts'

export interface Askpass {
  /** What ssh needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** The key files whose passphrase was asked for. */
  readonly asked: ReadonlySet<string>
  close(): void
}

const ask = `
const socket = require('node:net').connect(process.argv[1], () => socket.end(process.argv[2]))
socket.on('error', () => { process.exitCode = 1 }).pipe(process.stdout)`

/** The key file that a prompt of ssh is about; null: it asks for something else. */
export function promptedFile(prompt: string, identityFiles: readonly string[]): string | null {
  const shown = /^Enter (?:passphrase for key '(.*)'|PIN for \S+ key (.*)):\s*$/.exec(prompt)
  const file = shown?.[1] ?? shown?.[2]
  if (file === undefined) return null
  // ssh shows no more than its first 100 characters.
  return identityFiles.find((each) => each === file) ?? identityFiles.find((each) => each.startsWith(file)) ?? file
}

/**
 * @param folder one that only we can enter
 * @param failed told what `askPassphrase` threw; ssh gets no passphrase then
 */
export async function startAskpass(
  folder: string,
  identityFiles: readonly string[],
  askPassphrase: AskPassphrase,
  failed: (error: unknown) => void,
): Promise<Askpass> {
  const attempts = new Map<string, number>()
  const answer = async (prompt: string): Promise<string> => {
    const file = promptedFile(prompt, identityFiles)
    // A password, or whether to trust a jump's key: never answered.
    if (file === null) return ''
    const attempt = (attempts.get(file) ?? 0) + 1
    attempts.set(file, attempt)
    return (await askPassphrase(file, attempt)) ?? ''
  }
  const onSocket = (socket: Socket): void => {
    let prompt = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      prompt += text
    })
    socket
      .on('error', () => undefined)
      .once('end', () => {
        answer(prompt)
          .catch((error: unknown) => {
            failed(error)
            return ''
          })
          .then((passphrase) => socket.end(`${passphrase}\n`))
          .catch(failed)
      })
  }
  const server = createServer({ allowHalfOpen: true }, onSocket)
  const path = join(folder, 'a')
  await once(server.listen(path), 'listening')
  const program = join(folder, 'askpass')
  const script = `#!/bin/sh\nexec ${[process.execPath, '-e', ask, path].map((each) => word(each)).join(' ')} "$1"\n`
  await writeFile(program, script, { mode: 0o700 })
  return {
    // Before 8.4 ssh wants a display to be named, too.
    env: { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
    get asked() {
      return new Set(attempts.keys())
    },
    close: () => server.close(),
  }
}
