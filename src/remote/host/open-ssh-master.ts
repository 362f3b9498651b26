// One connection of the system's ssh, kept open by a process of ours, through which commands go (ControlMaster).
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startAskpass, type Askpass } from './askpass.ts'
import { connectTimedOut } from './connect-errors.ts'
import { connectTimeout, keepalive, loginMs } from './connection.ts'
import { isHostKeyRefusal, openSshFailed } from './open-ssh-errors.ts'
import { asFlags, pinned, quiet, trustedKey, type Attempt } from './open-ssh-pin.ts'
import { startGroup } from './process-group.ts'
import { sshArguments } from './ssh-settings.ts'
import { stoppableTimer } from './stoppable-timer.ts'

export interface Master {
  /** The control socket. */
  readonly socket: string
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>
  /** The end of what it wrote to standard error. */
  said(): string
  end(): void
}

const failed = ({ settings, options }: Attempt, said: string, askpass: Askpass | null = null) =>
  openSshFailed({ settings, said, asked: askpass?.asked ?? new Set(), mayAsk: askpass !== null, env: options.env })

// Becomes ssh, beside a reader of our pipe that ends it and tidies up when we are gone, however that came about. The
// pipe also closes after ssh has ended by itself: the folder is in use then.
const guard = 'exec 3<&0; (read -r _ <&3; kill $$ && rm -rf -- "$0") >/dev/null 2>&1 & exec "$@" </dev/null 3<&-'

async function start(attempt: Attempt, hostKeys: Parameters<typeof asFlags>[0]): Promise<Master> {
  const { settings, options, folder } = attempt
  const { askPassphrase, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<Master>()
  let done = false
  // It may be rejected before anybody waits for it.
  promise.catch(() => undefined)
  const limit = (ms: number) => stoppableTimer(ms, () => reject(connectTimedOut(settings, ms)))
  let timer = limit(connectTimeout(settings, options))
  const onAbort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const askpass =
    askPassphrase === undefined
      ? null
      : await startAskpass(
          folder,
          settings.identityFiles,
          (file, tries) => {
            timer.stop()
            return askPassphrase(file, tries).finally(() => done || timer.start())
          },
          reject,
        )
  const { intervalMs, count } = keepalive(settings)
  const socket = join(folder, 'm')
  const flags = asFlags({
    ...quiet(attempt),
    ...hostKeys,
    BatchMode: askpass === null ? 'yes' : 'no',
    NumberOfPasswordPrompts: 3,
    StrictHostKeyChecking: 'yes',
    // Tells how far it has come, and when a key was accepted and more is wanted.
    LogLevel: 'DEBUG',
    ServerAliveInterval: Math.ceil(intervalMs / 1000),
    ServerAliveCountMax: count,
    ControlMaster: 'yes',
    ControlPersist: 'no',
    ControlPath: `"${socket}"`,
    // Run once the control socket is there.
    PermitLocalCommand: 'yes',
    LocalCommand: 'echo ready',
  })
  const ssh = ['ssh', '-N', '-a', '-x', ...flags, ...sshArguments(settings.destination, options)]
  const child = startGroup('/bin/sh', ['-c', guard, folder, ...ssh], {
    ...options.env,
    SSH_ASKPASS_REQUIRE: 'never',
    ...askpass?.env,
  })
  let said = ''
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('debug1: Server host key')) {
      timer.stop()
      timer = limit(loginMs)
    }
    if (!line.startsWith('debug1: ')) said = `${said}${line}\n`.slice(-4000)
  })
  const ended = child.then(() => {
    // The reader, too.
    child.kill()
  })
  let ready = false
  child.stdout.once('data', () => {
    ready = true
    resolve({ socket, ended, said: () => said, end: () => child.kill() })
  })
  child.stdout.resume()
  ended
    .then(async () => {
      if (ready) return
      if (isHostKeyRefusal(said)) throw new HostKeyVerificationFailed(said)
      throw await failed(attempt, said, askpass)
    })
    .catch(reject)
  try {
    return await promise
  } catch (error) {
    child.kill()
    await ended
    throw error
  } finally {
    done = true
    timer.stop()
    askpass?.close()
    signal?.removeEventListener('abort', onAbort)
  }
}

/** ssh itself does not trust the host's key. */
class HostKeyVerificationFailed extends Error {}

/**
 * OpenSSH judges the host's key by its own files first, for a certificate of an authority that it knows. What it
 * refuses, and what an operator has a word in, is judged here, and then pinned.
 * @throws UntrustedHostKey; PreflightError as openConnection; the signal's reason; what `askPassphrase` throws
 */
export async function startMaster(attempt: Attempt): Promise<Master> {
  const { trust, options } = attempt
  options.signal?.throwIfAborted()
  if (trust.expected === null && trust.accepted === null) {
    try {
      return await start(attempt, {})
    } catch (error) {
      if (!(error instanceof HostKeyVerificationFailed)) throw error
      await trustedKey(attempt)
      // Known to us and yet refused by ssh: its own words tell why.
      throw await failed(attempt, error.message)
    }
  }
  return start(attempt, await pinned(attempt, await trustedKey(attempt))).catch(async (error: unknown) => {
    throw error instanceof HostKeyVerificationFailed ? await failed(attempt, error.message) : error
  })
}
