// A pool that every story may begin with, and what takes it away.
import { sh } from '../../../src/text/quote.ts'
import type { ShellCommand } from '../../../src/remote/command.ts'
import { asked, disks, linkOf, type Case } from '../contract.ts'

export const older = '2026-03-28_11.00.00--1w'
export const newer = '2026-03-28_12.00.00--1w'

/** Two hours of a small pool, its service at work on it. */
export const poolAtWork: readonly string[] = [
  sh`zpool create -o ashift=12 -O compression=lz4 -O atime=off -O mountpoint=/tank tank ${linkOf(disks.one)}`,
  'zfs create tank/chat; zfs create tank/home; zfs create tank/home/alice; zfs create -o quota=200M tank/mail; zfs create -o canmount=noauto tank/scratch',
  "printf '2026-03-28T10:59:00Z alice hello\\n' > /tank/chat/messages.log; printf 'ops: keep calm\\n' > /tank/chat/topics.txt",
  "printf 'Notes\\n' > /tank/home/alice/notes.txt; mkdir /tank/home/alice/reports; printf 'day,messages\\n' > /tank/home/alice/reports/w12.csv; ln -s notes.txt /tank/home/alice/link",
  'chown -R chat:chat /tank/chat; chmod 750 /tank/chat; chown -R alice:alice /tank/home/alice',
  `zfs snapshot -r tank@${older}`,
  "printf '2026-03-28T11:30:00Z bob hi\\n' >> /tank/chat/messages.log",
  `zfs snapshot -r tank@${newer}`,
  `zfs bookmark tank/chat@${older} tank/chat#before`,
  "printf 'more\\n' >> /tank/home/alice/notes.txt; zpool sync tank",
]

export const startChat = 'systemctl reset-failed chat.service; systemctl start chat.service'

/** Keeps the pool's GUID, which only the host knows, for `withGuid`. */
export const keptGuid = 'zpool get -Ho value guid tank > /root/guid'

/** A command that names the pool by its GUID, which it has as `GUID`. */
export const withGuid = (name: string, command: ShellCommand<unknown>, before: readonly string[] = []): Case => {
  const one = asked(name, command, { before })
  return { ...one, line: one.line.replace('GUID', '"$(cat /root/guid)"') }
}

/** Every pool goes. */
export const poolGone: readonly string[] = [
  'systemctl stop chat.service',
  'for p in $(zpool list -H -o name); do zpool destroy -f "$p" || exit; done',
  'rmdir /tank 2>/dev/null; true',
]
