// This machine as a host that is restored: a real sshd, and folders that are seen by nobody but that sshd, in a mount
// namespace that ends with it. No systemd is at work in there: test/stand-ins stands in for it. Needs root.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { stringify } from 'smol-toml'
import { sh } from '../../src/text/quote.ts'
import { startSshd } from '../remote/host/sshd.ts'
import type { RgwAddress } from './start-rgw.ts'

const standIns = join(import.meta.dirname, '../stand-ins')

const setUp = [
  'set -e',
  // What lies on this file system of its own is gone with the namespace.
  'mount -t tmpfs none /mnt',
  'mkdir /mnt/run /mnt/srv /mnt/lib',
  'cp -a /etc /mnt/etc',
  'mkdir /mnt/run/sshd',
  'mount --bind /mnt/etc /etc',
  'mount --bind /mnt/srv /srv',
  'mount --bind /mnt/lib /var/lib',
  'mount --bind /mnt/run /run',
  ...['systemctl', 'systemd-run'].map((each) => sh`mount --bind ${join(standIns, each)} ${`/usr/bin/${each}`}`),
  'exec "$@"',
]

export interface OwnHost extends AsyncDisposable {
  /** The config that leads to it, and to S3. */
  readonly config: string
  readonly stateDir: string
  /** What a line puts out there, as root. */
  ssh(line: string): Promise<string>
}

/** @param host more of the host's profile, as the config has it */
export async function startOwnHost(s3: RgwAddress, host: object): Promise<OwnHost> {
  if (process.getuid?.() !== 0) throw new Error('to be restored, this machine needs folders of its own: be root')
  const under = ['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', setUp.join('\n'), 'sh']
  const sshd = await startSshd({ under })
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-own-host-'))
  const config = join(folder, 'lifeboat.toml')
  const sshConfig = await sshd.clientConfig()
  const { url, region, accessKeyId, secretAccessKey } = s3
  await writeFile(
    join(folder, 'credentials'),
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  )
  const aws = { region, credentials_file: 'credentials', endpoint_s3: url, permission_check: false }
  await writeFile(config, stringify({ aws, ssh: { config: sshConfig }, hosts: [{ name: 'box', ...host }] }))
  return {
    config,
    stateDir: join(folder, 'state'),
    ssh: async (line) => (await execa('ssh', ['-F', sshConfig, '-o', 'BatchMode=yes', 'box', line])).stdout,
    async [Symbol.asyncDispose]() {
      await sshd[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}
