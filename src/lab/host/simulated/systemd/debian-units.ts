// The units that Debian brings, as far as they matter here.

const target = (description: string): string => `[Unit]\nDescription=${description}\n`

/** Those of a stock host that only stand for something that is done at boot. */
const oneshot = (description: string, more: string = ''): string =>
  `[Unit]\nDescription=${description}\n${more}\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n`

export const debianUnits: Readonly<Record<string, string>> = {
  'multi-user.target': target('Multi-User System'),
  'timers.target': target('Timer Units'),
  'network.target': target('Network'),
  'network-online.target': target('Network is Online'),
  'zfs.target': target('ZFS startup target'),
  'zfs-import.target': target('ZFS pool import target'),
  'cron.service':
    '[Unit]\nDescription=Regular background program processing daemon\n\n[Service]\nExecStart=/usr/sbin/cron -f\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\n',
  'ssh.service':
    '[Unit]\nDescription=OpenBSD Secure Shell server\nAfter=network.target\n\n[Service]\nType=notify\nExecStart=/usr/sbin/sshd -D\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n',
  'zfs-import-cache.service':
    '[Unit]\nDescription=Import ZFS pools by cache file\nBefore=zfs-mount.service\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/sbin/zpool import -c /etc/zfs/zpool.cache -aN\n\n[Install]\nWantedBy=multi-user.target\n',
  'zfs-import-scan.service': oneshot('Import ZFS pools by device scanning'),
  'zfs-mount.service': oneshot('Mount ZFS filesystems', 'After=zfs-import.target'),
}

/** Which are wanted at boot, and by which target. */
export const enabledUnits: readonly (readonly [string, string])[] = [
  ['ssh.service', 'multi-user.target'],
  ['cron.service', 'multi-user.target'],
  ['chat.service', 'multi-user.target'],
  ['zfs-import-cache.service', 'multi-user.target'],
  ['zfs-mount.service', 'multi-user.target'],
  ['chat-backup.timer', 'timers.target'],
]

/** As in the VM's image: no pool is imported at boot until these are unmasked. */
export const maskedUnits: readonly string[] = ['zfs-import-cache.service', 'zfs-import-scan.service']
