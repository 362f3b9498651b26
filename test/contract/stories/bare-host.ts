// A host without its pool, as a restore finds it.
import { mountsElsewhere, listMounts, processesOf, volumeUses } from '../../../src/remote/linux/dataset-users.ts'
import {
  listDevices,
  listIdLinks,
  listZfsMounts,
  missingNodes,
  nonEmptyDirectories,
  openFilesBelow,
} from '../../../src/remote/linux/disks.ts'
import { answers, bootId, hostFacts } from '../../../src/remote/linux/facts.ts'
import { gateState, lockHolder } from '../../../src/remote/linux/gate.ts'
import { existingFiles, snapshotCronFiles, snapshotCrontabLines } from '../../../src/remote/linux/schedules.ts'
import { unitsAtWork } from '../../../src/remote/linux/transient-unit.ts'
import { listTimers, unitJournal, unitStates } from '../../../src/remote/linux/units.ts'
import { unknownUsers } from '../../../src/remote/linux/users.ts'
import { listDatasets } from '../../../src/remote/zfs/dataset.ts'
import { zfsInFstab } from '../../../src/remote/zfs/mounting.ts'
import { importable, listPools, poolStates, readLabel } from '../../../src/remote/zfs/pool.ts'
import { asked, disks, linkOf, typed, type Normalise, type Story } from '../contract.ts'
import { blanks, links, noUsage, both, diskNumbers, only, ourDisks } from '../normalise.ts'

const gate = { run: 'r1', backups: ['chat-backup.service'], services: ['chat.service'], cron: ['/etc/cron.d/zfsnap'] }

/** A host of the lab has a number of its own. */
const hostId: Normalise = (text) => text.replaceAll(/^hostid [0-9a-f]{8}$/gm, 'hostid <hostid>')

const node = linkOf(disks.one)

/** As the kernel has counted them. */
const deviceNumbers: Normalise = (text) => blanks(text.replaceAll(/ \d+:\d+ /g, ' <n>:<n> '))

export const bareHost: Story = {
  name: 'a host without its pool',
  begin: [],
  end: [],
  cases: [
    asked('answers', answers()),
    asked('host facts', hostFacts(), { normalise: hostId }),
    asked('boot id', bootId()),
    asked('pools', listPools()),
    asked('states of pools', poolStates()),
    asked('devices', listDevices(), { normalise: both(ourDisks, diskNumbers) }),
    asked('links of disks', listIdLinks(), { normalise: both(only(/_vol/), diskNumbers) }),
    asked('missing nodes', missingNodes([node, '/dev/nope'])),
    asked('mounts of ZFS', listZfsMounts()),
    asked('mounts', listMounts(), { normalise: only(/^(?:ext4|zfs) /) }),
    asked('mounts elsewhere', mountsElsewhere()),
    asked('users of volumes', volumeUses('tank')),
    asked('processes that are gone', processesOf([999_999])),
    asked('ZFS in fstab', zfsInFstab()),
    asked('label of a blank disk', readLabel(node)),
    asked('label of no disk', readLabel('/dev/nope')),
    asked('what can be imported from a blank disk', importable(node)),
    asked('datasets of no pool', listDatasets('tank')),
    asked('nobody has the lock', lockHolder()),
    asked('no gates', gateState(gate)),
    asked('unit states', unitStates(['chat.service', 'chat-backup.timer', 'chat-backup.service', 'nope.service'])),
    asked('journal of no unit', unitJournal(['nope.service'], 5)),
    asked('timers', listTimers(), { normalise: only(/chat/) }),
    asked('unknown users', unknownUsers(['chat.service', 'nope.service'])),
    asked('cron files of snapshots', snapshotCronFiles()),
    asked('crontabs of snapshots', snapshotCrontabLines()),
    asked('existing files', existingFiles(['/etc/cron.d/zfsnap', '/etc/cron.d/nope'])),
    asked('folders with something in them', nonEmptyDirectories(['/etc', '/mnt', '/nope', '/etc/passwd'])),
    asked('open files below nothing', openFilesBelow(['/tank'])),
    asked('no units at work', unitsAtWork('r1')),
    ...[
      'zpool status',
      'zpool status tank',
      'zpool list',
      'zpool list tank',
      'zpool import',
      'zpool import tank',
      'zpool export tank',
      'zfs list',
      'zfs list tank',
      'zfs get all tank',
      'zfs mount',
      'systemctl status nope.service',
      'systemctl start nope.service',
      'systemctl is-active chat.service',
      'systemctl is-failed chat.service',
      'systemctl is-enabled chat.service',
      'systemctl cat chat-backup.timer',
      'id',
      'id alice',
      'id chat',
      'id nope',
      'whoami',
      'hostname',
      'uname -s',
      'ls /nope',
      'cat /nope',
      'cat /etc/cron.d/zfsnap',
      'findmnt -n -o SOURCE,FSTYPE /',
      'findmnt /nope',
      'mountpoint /',
      'mountpoint /etc',
      'mountpoint /nope',
      'umount /mnt',
      'umount /nope',
      'mount -t zfs tank /mnt',
      'df /nope',
      'stat -c "%U %G %a" /etc/passwd',
      'cd /nope',
      'test -e /nope',
      'rmdir /etc',
      'mkdir /etc',
      'getent passwd chat',
      'getent passwd nope',
    ].map((line) => typed(line)),
    typed('systemctl status chat-backup.timer', {
      normalise: both(only(/Loaded|Active|Trigger|timer - /), (text) => text.replaceAll(/^ *Trigger: .*\n/gm, '')),
    }),
    typed('zfs snapshot tank@now', { normalise: noUsage }),
    typed('zpool nonsense', { normalise: (text) => text.replace(/^where 'command'[\s\S]*/m, '') }),
    typed('ls -la /home', { normalise: links }),
    typed('lsblk', { normalise: both(only(/nvme|NAME/), diskNumbers, deviceNumbers) }),
    typed(`ls -l ${node}`, { normalise: diskNumbers }),
  ],
}
