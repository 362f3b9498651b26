// The host's sshd: keys only, commands and shells, many at once.
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session as SshSession } from 'ssh2'
import type { Account } from '../users.ts'
import type { Shell } from '../shell/shell.ts'
import { interactive } from './interactive.ts'
import type { HostKeys } from './keys.ts'
import { standardInput } from './standard-input.ts'

declare module 'ssh2' {
  // Its types know this of clients only.
  interface Connection {
    setNoDelay(noDelay?: boolean): this
  }
}

export interface SshServer {
  readonly port: number
  /** Ends every connection, as a host that goes away does. */
  dropAll(): void
  /** Ends every connection, as a bad line does: what was begun goes on. */
  dropConnections(): void
  /** Whether new connections are let in: a host that is off answers nothing. */
  answer(yes: boolean): void
  close(): Promise<void>
}

export interface SshdParts {
  readonly keys: HostKeys
  /** Who may log in. */
  account(name: string): Account | undefined
  /** A shell for one command or one person. */
  open(account: Account, command: string): Shell
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

function authenticate(context: AuthContext, allowed: string, parts: SshdParts): Account | undefined {
  const account = parts.account(context.username)
  const key = ssh2.utils.parseKey(allowed)
  if (context.method !== 'publickey' || account === undefined || key instanceof Error) {
    context.reject(['publickey'])
    return undefined
  }
  const isOurs = digest(context.key.data) === digest(key.getPublicSSH()) && context.key.algo === key.type
  // Without a signature the client only asks whether it may come with this key.
  const signed =
    context.signature === undefined ||
    (context.blob !== undefined && key.verify(context.blob, context.signature, context.hashAlgo))
  if (!isOurs || !signed) context.reject(['publickey'])
  else {
    context.accept()
    return account
  }
  return undefined
}

interface Terminal {
  columns: number
}

/** Runs one line and gives its end back. It goes on when the channel is closed, as it does under sshd. */
async function runLine(channel: ServerChannel, shell: Shell, line: string, signal: AbortSignal): Promise<void> {
  try {
    const stdin = await standardInput(channel, line)
    const output = await shell.run(line, { cwd: shell.session.account.home, stdin, signal })
    if (channel.destroyed) return
    channel.write(output.stdout)
    channel.stderr.write(output.stderr)
    channel.exit(output.exitCode)
    channel.end()
  } catch (error) {
    if (channel.destroyed) return
    channel.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (signal.aborted) channel.exit('TERM')
    else channel.exit(255)
    channel.end()
  } finally {
    shell.end()
  }
}

function onSession(session: SshSession, account: Account, parts: SshdParts, under: Set<AbortController>): void {
  let terminal: Terminal | undefined
  let control: AbortController | undefined
  const env: Record<string, string> = {}
  const begin = (): AbortController => {
    control = new AbortController()
    under.add(control)
    return control
  }
  session
    .on('pty', (accept, _reject, { cols }) => {
      terminal = { columns: cols }
      accept()
    })
    .on('window-change', (accept, _reject, { cols }) => {
      if (terminal !== undefined) terminal.columns = cols
      accept?.()
    })
    .on('env', (accept) => accept?.())
    .on('signal', (accept) => {
      control?.abort(new Error('terminated'))
      accept?.()
    })
    .on('exec', (accept, _reject, { command }) => {
      const channel: ServerChannel = accept()
      channel.on('error', () => undefined)
      const mine = begin()
      // Whoever has a terminal hangs up with it.
      if (terminal !== undefined) channel.once('close', () => mine.abort(new Error('hung up')))
      void runLine(channel, parts.open(account, command), command, mine.signal).finally(() => under.delete(mine))
    })
    .on('shell', (accept) => {
      const channel: ServerChannel = accept()
      channel.on('error', () => undefined)
      const mine = begin()
      channel.once('close', () => mine.abort(new Error('hung up')))
      const shell = parts.open(account, '-bash')
      void interactive(channel, shell, { isTerminal: terminal !== undefined, env, signal: mine.signal }).finally(() => {
        shell.end()
        under.delete(mine)
      })
    })
    .on('sftp', (_accept, reject) => reject())
    .on('subsystem', (_accept, reject) => reject())
}

/** Listens on that address of this machine; the port is a free one unless said. */
export async function startSshServer(
  parts: SshdParts,
  { host, port }: { readonly host: string; readonly port?: number },
): Promise<SshServer> {
  const connections = new Set<Connection>()
  const under = new Set<AbortController>()
  let answers = true
  const server = new ssh2.Server({ hostKeys: [parts.keys.hostPrivate], ident: 'OpenSSH_9.2p1 lab' }, (client) => {
    let account: Account | undefined
    connections.add(client)
    // Packets go out in two pieces: the second would wait for the client to say that it has the first, 40 ms or more.
    client.setNoDelay()
    client.on('error', () => undefined)
    client.once('close', () => connections.delete(client))
    if (!answers) {
      client.end()
      return
    }
    client.on('authentication', (context) => {
      account = authenticate(context, parts.keys.clientPublic, parts) ?? account
    })
    client.on('session', (accept, reject) => {
      if (account === undefined) reject()
      else onSession(accept(), account, parts, under)
    })
  })
  await once(server.listen(port ?? 0, host), 'listening')
  const address = server.address()
  const dropConnections = (): void => {
    for (const each of connections) each.end()
  }
  const dropAll = (): void => {
    for (const each of under) each.abort(new Error('the host went away'))
    dropConnections()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    dropAll,
    dropConnections,
    answer(yes) {
      answers = yes
    },
    async close() {
      dropAll()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await closed
    },
  }
}
