// A real sshd with throw-away users and sudo rules, which are seen by nobody but this sshd: it has a /etc of its own,
// in a mount namespace that ends with it. Needs root.
import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { sh } from '../../../src/text/quote.ts'
import { startSshd, type TestSshd } from './sshd.ts'

interface TestUser {
  readonly name: string
  readonly shell?: string
  /** Everybody has one; sudo asks for it. */
  readonly password?: string
}

interface UsersOptions {
  readonly users: readonly TestUser[]
  /** Lines of sudoers(5). */
  readonly sudoers?: readonly string[]
  /** Programs that are not there for this sshd. */
  readonly without?: readonly string[]
}

export const canMakeUsers = process.getuid?.() === 0 && existsSync('/usr/bin/unshare')

export async function startSshdWithUsers({ users, sudoers = [], without = [] }: UsersOptions): Promise<TestSshd> {
  const lines = [
    'set -e',
    // What lies on this file system of its own is gone with the namespace.
    'mount -t tmpfs none /mnt',
    'cp -a /etc /mnt/etc; mkdir /mnt/run /mnt/lib /mnt/home',
    'mount --bind /mnt/etc /etc',
    'if [ -d /run/sudo ]; then mount --bind /mnt/run /run/sudo; fi',
    'if [ -d /var/lib/sudo ]; then mount --bind /mnt/lib /var/lib/sudo; fi',
    ...users.flatMap(({ name, shell = '/bin/sh', password = 'unused' }) => [
      sh`useradd -m -d ${`/mnt/home/${name}`} -s ${shell} ${name}`,
      sh`printf '%s:%s\\n' ${name} ${password} | chpasswd`,
    ]),
    ...(sudoers.length === 0
      ? []
      : [sh`printf '%s\\n' ${sudoers} > /etc/sudoers.d/test; chmod 440 /etc/sudoers.d/test`]),
    ...without.map((program) => sh`mount --bind /dev/null ${program}`),
    'exec "$@"',
  ]
  const under = ['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', lines.join('\n'), 'sh']
  const sshd = await startSshd({ under })
  // sshd reads the authorized keys as the user.
  await chmod(sshd.folder, 0o711)
  return sshd
}
