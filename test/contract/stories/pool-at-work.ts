// A pool in use: everything that a restore asks of it, and that an operator looks at.
import { lookAtDestination, sizeInSnapshot, treeDigest, treeSize } from '../../../src/remote/linux/copy-out.ts'
import { listMounts, mountsElsewhere, volumeUses } from '../../../src/remote/linux/dataset-users.ts'
import { listDevices, listZfsMounts, nonEmptyDirectories, openFilesBelow } from '../../../src/remote/linux/disks.ts'
import { listBelow, listFolder, readStart } from '../../../src/remote/linux/look-inside.ts'
import { probeCommand } from '../../../src/remote/linux/probe.ts'
import { unitJournal, unitStates } from '../../../src/remote/linux/units.ts'
import { strangers } from '../../../src/remote/linux/users.ts'
import { checkpointRoom, markedBy } from '../../../src/remote/zfs/checkpoint.ts'
import { ownProperties } from '../../../src/remote/zfs/clone.ts'
import { findSnapshots, holdTags, listDatasets, listSnapshots, writtenSince } from '../../../src/remote/zfs/dataset.ts'
import { listLimits, referencedBy } from '../../../src/remote/zfs/limits.ts'
import {
  importable,
  isImportedAtBoot,
  listPools,
  poolCondition,
  poolDevices,
  poolStates,
  readLabel,
} from '../../../src/remote/zfs/pool.ts'
import { undestroyable } from '../../../src/remote/zfs/rollback-program.ts'
import { asked, disks, linkOf, typed, type Normalise, type Story } from '../contract.ts'
import {
  anyOrder,
  blanks,
  both,
  keys,
  links,
  noUsage,
  diskNumbers,
  numbers,
  only,
  ourDisks,
  sorted,
} from '../normalise.ts'
import { newer, older, poolAtWork, poolGone, startChat } from './pool-of.ts'

const chat = { dataset: 'tank/chat', snapshot: older }
const node = `${linkOf(disks.one)}-part1`
const inside = { kind: 'snapshot', name: `tank/home/alice@${newer}` } as const

/** Rows of eight fields that end with a NUL each, as lines; a folder's size is its filesystem's matter, and the order too. */
const nuls: Normalise = (text) =>
  (text.match(/(?:[^\0]*\0){8}/g) ?? [])
    .map((row) => row.replaceAll('\0', '|').replace(/^d\|\d+/, 'd|<n>'))
    .toSorted()
    .join('\n')

/** The host's own mounts, without those that the services of a whole system have of their own. */
const own: Normalise = (text) => numbers(text.replace(/^process\t[\s\S]*/m, ''))

/** A folder's size is its filesystem's matter. */
const entrySizes: Normalise = (text) => text.replaceAll(/^(d\S+ <n> \w+ +\w+) +\d+/gm, '$1 <n>')

const pids: Normalise = (text) => text.replaceAll(/\/proc\/\d+/g, '/proc/<pid>')

/** What runs a program is no matter of the lab. */
const perl: Normalise = (text) => text.replaceAll('/usr/bin/perl ', '')

/** How full a pool is, and how long it took. */
const state: Normalise = (text) => text.replaceAll(/\(PID: \d+\)|PID: \d+/g, 'PID: <pid>')

export const atWork: Story = {
  name: 'a pool at work',
  begin: [...poolAtWork, startChat],
  end: poolGone,
  cases: [
    asked('pools', listPools()),
    asked('states of pools', poolStates()),
    asked('condition of the pool', poolCondition('tank')),
    asked('whether it is imported at boot', isImportedAtBoot('tank')),
    asked('devices of the pool', poolDevices('tank'), {
      normalise: both(blanks, diskNumbers, (text) => text.replaceAll(/[\d.]+%/g, '<n>%')),
    }),
    asked('label of its disk', readLabel(node), {
      normalise: both(
        diskNumbers,
        (text) => text.replaceAll(/\b(txg|metaslab_array|create_txg|hostid|asize|metaslab_shift): \d+/g, '$1: <n>'),
        (text) => text.replaceAll(/^\s+(?:path|devid|phys_path|vdev_enc_sysfs_path): .*\n/gm, ''),
      ),
    }),
    asked('what can be imported from a disk in use', importable(node)),
    asked('datasets', listDatasets('tank'), { normalise: (text) => text.replaceAll(/\t\d\t/g, '\t<n>\t') }),
    asked('datasets of a pool that is not there', listDatasets('nope')),
    asked('limits', listLimits('tank')),
    asked('snapshots', listSnapshots('tank'), { normalise: sorted }),
    asked('snapshots that are there', findSnapshots([chat, { dataset: 'tank/chat', snapshot: 'nope' }])),
    asked('snapshots that are not there', findSnapshots([{ dataset: 'tank/nope', snapshot: 'nope' }])),
    asked('what snapshots refer to', referencedBy([`tank/chat@${older}`])),
    asked('what was written since', writtenSince('tank', [chat, { dataset: 'tank/home', snapshot: older }]), {
      normalise: sorted,
    }),
    asked('no holds', holdTags([chat])),
    asked('own properties', ownProperties(['tank', 'tank/mail', 'tank/scratch'])),
    asked('room for a checkpoint', checkpointRoom('tank')),
    asked('no mark of a checkpoint', markedBy('tank')),
    asked('what can not be destroyed', undestroyable('tank', [`tank/chat@${older}`, 'tank/chat@nope']), {
      normalise: keys,
    }),
    asked('mounts of ZFS', listZfsMounts()),
    asked('mounts', listMounts(), { normalise: only(/^zfs /) }),
    asked('mounts elsewhere', mountsElsewhere(), { normalise: own }),
    asked('users of volumes', volumeUses('tank')),
    asked('devices', listDevices(), {
      normalise: both(ourDisks, (text) =>
        (text.match(/"(?:fstype|type)":"(?:zfs_member|part|disk)"/g) ?? []).join('\n'),
      ),
    }),
    asked('folders with something in them', nonEmptyDirectories(['/tank/chat', '/tank/mail', '/tank/nope'])),
    asked('open files', openFilesBelow(['/tank']), { normalise: both(pids, numbers) }),
    asked('unit states', unitStates(['chat.service'])),
    asked('journal', unitJournal(['chat.service'], 3), { normalise: both(numbers, anyOrder) }),
    asked('strangers', strangers(['/tank'])),
    asked('a strange owner', strangers(['/tank/mail']), {
      before: ['printf x > /tank/mail/x; chown 4242:4243 /tank/mail/x'],
    }),
    asked('folder in a snapshot', listFolder(inside, '', 100), { normalise: nuls }),
    asked('folder that is cut', listFolder(inside, '', 1), {
      normalise: (text) => `${text.split('\0').length} fields`,
    }),
    asked('folder that is not there', listFolder(inside, 'nope', 100)),
    asked('all in a snapshot', listBelow(inside, '', 100), { normalise: nuls }),
    asked('all in the head', listBelow({ kind: 'mounted', at: '/tank/home/alice' }, '', 100), { normalise: nuls }),
    asked('all in a dataset', listBelow({ kind: 'dataset', name: 'tank/mail' }, '', 100), { normalise: nuls }),
    asked('snapshot that is not there', listFolder({ kind: 'snapshot', name: 'tank/chat@nope' }, '', 100)),
    asked('start of a file', readStart(inside, 'notes.txt', 3)),
    asked('start of no file', readStart(inside, 'nope', 3)),
    asked('size in a snapshot', sizeInSnapshot(`tank/home/alice@${newer}`, 'notes.txt')),
    asked('size of a file', treeSize('/tank/home/alice/notes.txt')),
    asked('size of nothing', treeSize('/tank/home/alice/nope')),
    asked('kind of a link', treeSize('/tank/home/alice/link')),
    asked('digest of a file', treeDigest('/tank/chat/topics.txt'), {
      normalise: (text) => text.replace(/^[0-9a-f]{64}\n/, '<listing>\n'),
    }),
    asked('digest of nothing', treeDigest('/tank/chat/nope')),
    asked('destination', lookAtDestination('/tank/mail', ['x', 'y']), {
      normalise: (text) => text.replaceAll(/^free \d+$/gm, 'free <n>'),
    }),
    asked('destination that is absent', lookAtDestination('/nope/nope', ['x'])),
    asked('destination that is a file', lookAtDestination('/tank/mail/x', []), {
      normalise: (text) => text.replaceAll(/^free \d+$/gm, 'free <n>'),
    }),
    asked('probe of the port', probeCommand({ kind: 'tcp', host: '127.0.0.1', port: 6680 })),
    asked('probe of a closed port', probeCommand({ kind: 'tcp', host: '127.0.0.1', port: 6681 })),
    asked(
      'probe by http',
      probeCommand({ kind: 'http', url: 'http://127.0.0.1:6680/', status: 200, newest: 'newest' }),
    ),
    asked(
      'probe of a closed port by http',
      probeCommand({ kind: 'http', url: 'http://127.0.0.1:6681/', status: 200 }),
      {
        normalise: (text) => text.replaceAll(/after \d+ ms/g, 'after <n> ms'),
      },
    ),
    asked(
      'probe by a command',
      probeCommand({ kind: 'command', line: 'tail -n 1 /tank/chat/messages.log', newest: false }),
    ),
    ...[
      'zpool status',
      'zpool status -x',
      'zpool status tank',
      'zpool status nope',
      'zpool list',
      'zpool get -H -o property,value,source health,readonly,altroot,cachefile,comment,failmode,autotrim,bootfs tank',
      'zfs list',
      'zfs list -t all -o name,type -r tank/chat',
      'zfs list -t snapshot -o name -s creation tank/chat',
      'zfs list -H -o name -d 1 tank',
      'zfs list -o name,mountpoint,mounted tank/scratch',
      'zfs list nope',
      'zfs list tank/nope',
      'zfs list tank@nope',
      'zfs get -o name,property,value,source compression,atime,mountpoint,canmount,quota,recordsize,readonly,sharenfs tank/mail',
      'zfs get -o value -H mounted,type,origin,encryption tank/chat',
      'zfs get -H -o value nope:nope tank',
      'zfs mount',
      'zfs create tank/chat',
      'zfs create tank/a/b',
      'zfs snapshot tank@bad@name',
      `zfs snapshot tank/chat@${older}`,
      'zfs mount tank/chat',
      'zfs unmount tank/scratch',
      'zfs unmount tank/nope',
      'zfs destroy tank/nope',
      'zfs destroy tank/chat@nope',
      `zfs rollback tank/chat@${older}`,
      'zfs rollback tank/chat@nope',
      'zfs rename tank/chat tank/home',
      'zfs set nonsense=1 tank',
      'zfs set quota=1K tank/chat',
      'zfs set compression=nonsense tank/chat',
      'zfs inherit compression tank/nope',
      `zfs diff tank/chat@${older} tank/chat@${newer}`,
      'zpool import',
      'zpool import tank',
      'cat /tank/chat/topics.txt',
      'ls /tank',
      'ls /tank/chat/.zfs/snapshot',
      `cat /tank/chat/.zfs/snapshot/${older}/messages.log`,
      `touch /tank/chat/.zfs/snapshot/${older}/x`,
      `mount -t zfs tank/chat@nope /mnt`,
      'mount -t zfs tank/chat /mnt',
      'findmnt -n -o SOURCE -T /tank/chat/messages.log',
      'findmnt /tank/chat',
      'systemctl is-active chat.service',
    ].map((line) => typed(line)),
    ...['zfs list -t nonsense', 'zfs list -o nonsense', 'zfs get nonsense tank'].map((line) =>
      typed(line, { normalise: noUsage }),
    ),
    ...['zfs destroy tank/home', 'zfs destroy tank/chat'].map((line) => typed(line, { normalise: sorted })),
    typed('df -h /tank/chat', { normalise: (text) => blanks(text.replaceAll(/\d+%/g, '<n>%')) }),
    typed('systemctl status chat.service', {
      normalise: both(state, numbers, perl, only(/Loaded|Active|chat\.service -|Main PID|CGroup|chatd|─/), anyOrder),
    }),
    typed('umount /tank/chat'),
    typed('zpool export tank'),
    typed('ls -la /tank/home/alice', { normalise: both(links, entrySizes) }),
    typed('systemctl stop chat.service'),
    typed('systemctl status chat.service', {
      name: 'systemctl status chat.service, stopped',
      normalise: both(state, numbers, only(/Loaded|Active: \S+ \S+|chat\.service -/), (text) =>
        text.replaceAll(/since.*/g, 'since …'),
      ),
    }),
    typed('systemctl is-active chat.service', { name: 'systemctl is-active, stopped' }),
    typed('zpool history tank | tail -n 2', { normalise: (text) => text.replaceAll(/^[-\d.:]+ /gm, '<time> ') }),
  ],
}
