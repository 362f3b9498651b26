// A real sshd on a free port of 127.0.0.1, in a temp folder of its own, that lets the tests' user in by key.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePort } from './listening.ts'

const program = '/usr/sbin/sshd'

type HostKeyType = 'ed25519' | 'ecdsa' | 'rsa'

export interface SshdOptions {
  /** Which host keys it has; Ed25519 and ECDSA unless told. */
  readonly hostKeys?: readonly HostKeyType[]
  /** Lines of sshd_config(5). */
  readonly config?: readonly string[]
  /** A program and its arguments that becomes sshd in the end: it gets sshd's command line after its own. */
  readonly under?: readonly string[]
}

export interface ClientOptions {
  /** The whole known_hosts file; the Ed25519 key's line unless told. */
  readonly knownHosts?: string
  readonly identityFiles?: readonly string[]
  /** Lines of ssh_config(5). */
  readonly config?: readonly string[]
  readonly port?: number
}

export interface TestSshd extends AsyncDisposable {
  readonly port: number
  readonly folder: string
  /** The private key file that it lets in. */
  readonly clientKey: string
  /** What sshd said so far. */
  log(): string
  /** `[127.0.0.1]:port type blob`, for a known_hosts file. */
  knownHostsLine(type: HostKeyType, port?: number): Promise<string>
  /** `SHA256:…` as ssh-keygen shows it. */
  fingerprint(type: HostKeyType): Promise<string>
  /** Writes an ssh configuration in which the host is called `box`, and returns its path. */
  clientConfig(options?: ClientOptions): Promise<string>
}

export async function makeKey(file: string, type: string = 'ed25519', passphrase: string = ''): Promise<string> {
  await execa('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file])
  return file
}

/** Starts sshd on `port` and waits until it listens; null when the port was taken meanwhile. */
async function listen(configFile: string, port: number, under: readonly string[]) {
  const args = [...under.slice(1), ...(under.length === 0 ? [] : [program])]
  const sshd = spawn(under[0] ?? program, [...args, '-D', '-e', '-f', configFile, '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  const ready = new Promise<boolean>((resolve, reject) => {
    sshd.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes(`Server listening on 127.0.0.1 port ${port}`)) resolve(true)
    })
    sshd.once('error', reject)
    sshd.once('exit', () =>
      said.includes('in use') ? resolve(false) : reject(new Error(`sshd does not start: ${said}`)),
    )
  })
  return (await ready) ? { sshd, log: () => said } : null
}

async function listenSomewhere(configFile: string, under: readonly string[]) {
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort()
    const started = await listen(configFile, port, under)
    if (started !== null) return { ...started, port }
  }
  throw new Error('sshd finds no free port')
}

/** Dispose of it to end sshd and remove its folder. @throws Error when sshd is not installed */
export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-sshd-'))
  const types = options.hostKeys ?? ['ed25519', 'ecdsa']
  const hostKey = (type: HostKeyType): string => join(folder, `host-${type}`)
  await Promise.all(types.map((type) => makeKey(hostKey(type), type)))
  const clientKey = await makeKey(join(folder, 'client'))
  // For its separated part, which only root has; a package's service makes it otherwise.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true })
  const configFile = join(folder, 'sshd_config')
  // Of two lines for one keyword sshd takes the first.
  const lines = [
    ...(options.config ?? []),
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${hostKey(type)}`),
    `AuthorizedKeysFile ${clientKey}.pub`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
  ]
  await writeFile(configFile, `${lines.join('\n')}\n`)
  const { sshd, log, port } = await listenSomewhere(configFile, options.under ?? [])

  let configs = 0
  const knownHostsLine = async (type: HostKeyType, at = port): Promise<string> => {
    const [name, blob] = (await readFile(`${hostKey(type)}.pub`, 'utf8')).split(' ')
    return `[127.0.0.1]:${at} ${name} ${blob}\n`
  }
  return {
    port,
    folder,
    clientKey,
    log,
    knownHostsLine,
    async fingerprint(type) {
      const { stdout } = await execa('ssh-keygen', ['-l', '-f', `${hostKey(type)}.pub`])
      return stdout.split(' ')[1] ?? ''
    },
    async clientConfig(client = {}) {
      const at = client.port ?? port
      const file = join(folder, `client-${++configs}`)
      await writeFile(`${file}.known`, client.knownHosts ?? (await knownHostsLine('ed25519', at)))
      const settings = [
        ...(client.config ?? []),
        'HostName 127.0.0.1',
        `Port ${at}`,
        `User ${userInfo().username}`,
        `UserKnownHostsFile ${file}.known`,
        'GlobalKnownHostsFile none',
        ...(client.identityFiles ?? [clientKey]).map((each) => `IdentityFile ${each}`),
      ]
      await writeFile(file, `Host box\n${settings.map((each) => `  ${each}\n`).join('')}`)
      return file
    },
    async [Symbol.asyncDispose]() {
      const ended = once(sshd, 'exit')
      sshd.kill()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}
