// What is on the host's root disk before anything was done to it: the files of the VM's guest, and what Debian brings.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileTree } from './file-tree.ts'
import { growing } from './files/grow.ts'
import { debianUnits, enabledUnits, maskedUnits } from './systemd/debian-units.ts'
import { group, passwd, users } from './users.ts'

declare const LIFEBOAT_GUEST: string | undefined

/** The built program has the guest's files beside it. */
const guest = join(import.meta.dirname, typeof LIFEBOAT_GUEST === 'undefined' ? '../vm/image/guest' : LIFEBOAT_GUEST)

const folders = ['/dev', '/proc', '/sys', '/run', '/tmp', '/mnt', '/srv', '/media', '/opt', '/root']
const emptyFolders = ['/etc/zfs', '/etc/cron.d', '/var/log', '/var/lib/systemd/timers', '/var/backups']

/** The names of the programs, and where they are. */
const sbin = [
  'zfs',
  'zpool',
  'zdb',
  'zstream',
  'zgenhostid',
  'zfSnap',
  'reboot',
  'poweroff',
  'useradd',
  'groupadd',
  'modprobe',
  'cron',
  'sshd',
  'ip',
]

/**
 * @param commands the host's programs: each is a file that can be executed, as it must be to be found
 * @param world the zone of its clocks (an IANA name), and more files, by path: what another world has
 */
export async function rootTree(
  nowMs: number,
  commands: readonly string[],
  { timeZone, files }: { readonly timeZone: string; readonly files: Readonly<Record<string, string>> },
): Promise<FileTree> {
  const grown = growing(nowMs)
  for (const path of [...folders, ...emptyFolders]) grown.folder(path)
  grown.folder('/tmp', { mode: 0o1777 })
  grown.folder('/root', { mode: 0o700 })
  grown.folder('/var/spool/cron/crontabs', { mode: 0o1730 })
  for (const [link, target] of [
    ['/bin', 'usr/bin'],
    ['/sbin', 'usr/sbin'],
    ['/lib', 'usr/lib'],
    ['/var/run', '/run'],
  ] as const) {
    grown.link(link, target)
  }
  for (const name of commands) {
    // just-bash finds its commands in /usr/bin only.
    grown.file(`/usr/bin/${name}`, 'a program of the lab\n', { mode: 0o755 })
    if (sbin.includes(name)) grown.file(`/usr/sbin/${name}`, `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`, { mode: 0o755 })
  }
  for (const user of users) {
    if (user.home.startsWith('/home/')) grown.folder(user.home, { uid: user.uid, gid: user.gid, mode: 0o755 })
  }
  grown.file('/etc/passwd', passwd)
  grown.file('/etc/group', group)
  grown.file('/etc/timezone', `${timeZone}\n`)
  grown.link('/etc/localtime', `/usr/share/zoneinfo/${timeZone}`)
  grown.file(`/usr/share/zoneinfo/${timeZone}`, 'TZif\n')
  grown.file(
    '/etc/os-release',
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
  )
  for (const [name, text] of Object.entries(debianUnits))
    grown.file(`/lib/systemd/system/${name}`.replace('/lib', '/usr/lib'), text)
  for (const [name, target] of enabledUnits) {
    const folder = name in debianUnits ? '/lib/systemd/system' : '/etc/systemd/system'
    grown.link(`/etc/systemd/system/${target}.wants/${name}`, `${folder}/${name}`)
  }
  for (const name of maskedUnits) grown.link(`/etc/systemd/system/${name}`, '/dev/null')
  for (const entry of await readdir(guest, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const mode = path.includes('/usr/local/bin/') ? 0o755 : path.includes('/sudoers.d/') ? 0o440 : 0o644
    grown.file(path.slice(guest.length), await readFile(path, 'utf8'), { mode })
  }
  for (const [path, text] of Object.entries(files)) grown.file(path, text)
  return grown.tree
}
