// What the way to the host, or the host itself, says no to before anything was changed.
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { listening } from '../../remote/host/listening.ts'
import type { Scene } from '../rig.ts'
import { head, restoreWith, type BadDay } from './bad-day.ts'

const preflight = (code: string) => ({ exitCode: 5, code })

const ssh = (pattern: RegExp, line: string) => (scene: Scene) => scene.editSsh((text) => text.replace(pattern, line))

/** A known_hosts file of the case's own. */
async function knowing(scene: Scene, text: string): Promise<void> {
  const file = join(scene.dir, 'known_hosts')
  await writeFile(file, text)
  await ssh(/UserKnownHostsFile .*/, `UserKnownHostsFile "${file}"`)(scene)
}

/** As a key's blob holds it: its length first (RFC 4251, 5). */
const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])

/** The public key of somebody who is not the host, as known_hosts has it. */
function otherKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]).toString('base64')}`
}

/** A port that takes connections and never says a word. */
async function silence(scene: Scene): Promise<void> {
  const server = createServer(() => undefined)
  const port = await listening(server)
  scene.later(async () => server.close())
  await ssh(/Port .*/, `Port ${port}\n  ConnectTimeout 2`)(scene)
}

const tool = '/usr/sbin/zdb'

export const hostRefusals: readonly BadDay[] = [
  {
    situation: "the host's name has no address",
    provoke: ssh(/HostName .*/, 'HostName irc-1.invalid'),
    ...preflight('host-unknown'),
    message: /no address is known for irc-1/,
    next: [/^getent hosts irc-1\.invalid$/],
  },
  {
    situation: 'nothing listens for ssh on the host',
    provoke: ssh(/Port .*/, 'Port 9'),
    ...preflight('host-unreachable'),
    message: /the connection is refused; nothing listens there/,
    next: [/^ssh .*irc-1 true$/],
  },
  {
    situation: 'the host does not answer',
    provoke: silence,
    ...preflight('host-unreachable'),
    message: /does not answer by ssh within 2 s/,
    next: [/^ssh .*irc-1 true$/],
  },
  {
    situation: "the host's key is not known",
    provoke: (scene) => knowing(scene, ''),
    ...preflight('host-key-unknown'),
    message: /the host key of irc-1 .* is not known: SHA256:\S+ \(ssh-ed25519\)/,
    next: [/--host-key SHA256:\S+$/, /^ssh .*irc-1$/],
  },
  {
    situation: "the host's key is not the one given with --host-key",
    provoke: (scene) => knowing(scene, ''),
    args: restoreWith('--host-key', 'SHA256:0000000000000000000000000000000000000000000', ...head),
    ...preflight('host-key-mismatch'),
    message: /the one given with --host-key is/,
    next: [/^ssh-keyscan /],
  },
  {
    situation: "the host's key has changed, and its console can not be read",
    faults: () => [
      { action: 'GetConsoleOutput', times: 'always', fault: { kind: 'error', code: 'UnauthorizedOperation' } },
    ],
    provoke: (scene) => knowing(scene, `[127.0.0.1]:${scene.rig.vm.ssh.port} ${otherKey()}\n`),
    ...preflight('host-key-changed'),
    message: /the host was rebuilt, or another one answers in its place/,
    next: [/^ssh-keygen -R /],
  },
  {
    situation: 'the host does not let the login in',
    provoke: ssh(/User .*/, 'User alice'),
    ...preflight('auth-failed'),
    message: /does not let alice in/,
    next: [/^ssh .*irc-1 true$/],
  },
  {
    situation: 'the login may not use sudo',
    provoke: ssh(/User .*/, 'User limited'),
    ...preflight('sudo-needs-password'),
    message: /sudo on irc-1 wants the password of limited/,
    next: [/--secret sudo=@FILE$/],
  },
  {
    situation: 'the host lacks a tool',
    provoke: (scene) => scene.onHost(`mv ${tool} ${tool}.away`, `mv ${tool}.away ${tool}`),
    ...preflight('tools-missing'),
    message: /^the host lacks zdb$/,
    next: [/sudo apt-get install zfsutils-linux/],
  },
  {
    situation: 'the host has no zfs kernel module',
    provoke: (scene) =>
      scene.onHost(
        'm=$(modinfo -F filename zfs) && echo "$m" > /run/zfs-module && systemctl stop zfs-zed && modprobe -r zfs && mv "$m" "$m.away"',
        'm=$(cat /run/zfs-module) && mv "$m.away" "$m" && rm /run/zfs-module && modprobe zfs && systemctl start zfs-zed',
      ),
    ...preflight('no-zfs'),
    message: /the host has no zfs kernel module/,
    next: [/modprobe zfs/],
  },
  {
    situation: 'the config names a service that the host does not have',
    provoke: (scene) => scene.editHost({ services: ['chat.service', 'bridge.service'] }),
    ...preflight('service-not-found'),
    message: /the host has no unit bridge\.service/,
    next: [/systemctl list-unit-files/],
  },
  {
    situation: 'somebody else is restoring this host',
    provoke: (scene) =>
      scene.onHost(
        "mkdir -p /run/lifeboat/lock && printf '%s\\n' 20260131-031400-0a1b ann@laptop 2026-01-31T03:14:00.000Z > /run/lifeboat/lock/who",
        'rm -r /run/lifeboat',
      ),
    ...preflight('host-locked'),
    message: /ann@laptop is restoring this host since .* \(run 20260131-031400-0a1b\)/,
  },
]
