// Bringing a pool in and out, and how it is refused.
import {
  exportPool,
  importAgain,
  importAtBoot,
  importPool,
  importable,
  isImportedAtBoot,
  keepMountpoint,
  readLabel,
} from '../../../src/remote/zfs/pool.ts'
import { undestroyable } from '../../../src/remote/zfs/rollback-program.ts'
import { sh } from '../../../src/text/quote.ts'
import { asked, disks, linkOf, typed, type Story } from '../contract.ts'
import { both, diskNumbers, only } from '../normalise.ts'
import { keptGuid, older, poolAtWork, poolGone, startChat, withGuid } from './pool-of.ts'

/** ZFS makes a partition for itself of a disk that it is given whole. */
const node = `${linkOf(disks.one)}-part1`
const other = linkOf(disks.two)

const at = (more: Partial<Parameters<typeof importPool>[0]> = {}) =>
  importPool({ guid: 'GUID', node, force: false, ...more })
const look = { inspection: { altroot: '/run/lifeboat/r1/look' } }

export const imports: Story = {
  name: 'imports and exports',
  begin: [...poolAtWork, keptGuid],
  end: [...poolGone, 'rm /root/guid'],
  cases: [
    withGuid('importing what is in', at()),
    typed('zpool export tank', { name: 'exporting one in use', before: [startChat] }),
    asked('exporting', exportPool('tank'), { before: ['systemctl stop chat.service'] }),
    asked('exporting again', exportPool('tank')),
    asked('its label', readLabel(node), {
      normalise: only(/^ {4}(?:name|state|version|hostname|vdev_children):|labels = /),
    }),
    asked('what can be imported', importable(node), { normalise: diskNumbers }),
    typed('zpool import', { normalise: diskNumbers }),
    asked('what can be imported from the whole disk', importable(linkOf(disks.one))),
    typed('zpool import nope'),
    typed('zpool import 12345'),
    withGuid('importing to look', at(look)),
    typed('zpool list -H -o name,health,readonly,altroot tank', { name: 'how it is there' }),
    typed('zfs list -H -o name,mounted,mountpoint -r tank', { name: 'where it would be' }),
    ...[
      'zfs mount tank/chat; cat /run/lifeboat/r1/look/tank/chat/topics.txt; touch /run/lifeboat/r1/look/tank/chat/x; zfs unmount tank/chat',
      `zfs rollback -r tank/chat@${older}`,
      'zfs set quota=1G tank/mail',
      'zfs snapshot tank@now',
      `zfs hold keep tank@${older}`,
      `zfs clone tank/chat@${older} tank/x`,
      'zfs create tank/x',
      'zfs destroy tank/scratch',
      'zfs rename tank/chat tank/x',
      'zpool checkpoint tank',
    ].map((line) => typed(line)),
    asked('a program where nothing is written', undestroyable('tank', [`tank/chat@${older}`])),
    withGuid('importing it twice', at({ as: 'tank2' })),
    asked('letting go of it', exportPool('tank')),
    withGuid('importing it to look by another name', at({ ...look, as: 'tank_look' })),
    typed('zpool list -H -o name; zpool export tank_look', { name: 'its other name' }),
    withGuid('importing it where the name is taken', at(), [
      sh`zpool create -f -O mountpoint=none -O canmount=off tank ${other}`,
    ]),
    typed('zpool import tank', { name: 'by its name, which is taken' }),
    typed('zpool import', { name: 'zpool import beside another', normalise: diskNumbers }),
    withGuid('importing it for good by another name', at({ as: 'tank2' })),
    asked('keeping its mountpoint', keepMountpoint('tank2', 'tank')),
    typed('zfs get -H -o value,source mountpoint tank2 tank2/chat'),
    typed('zpool export tank2; zpool destroy tank', { name: 'away with the other' }),
    withGuid('importing it again', importAgain('GUID', [node], { atBoot: true })),
    typed('zpool list -H -o name; zpool get -Ho value,source cachefile tank2', { name: 'its name stays' }),
    asked('is it imported at boot', isImportedAtBoot('tank2')),
    asked('imported at boot', importAtBoot('tank2')),
    typed(sh`zpool create tank ${node}`, { normalise: diskNumbers }),
    typed(sh`zpool create tank /dev/nope`),
    typed(sh`zpool export tank2; zpool create tank ${node}`, {
      name: 'a new pool over an exported one',
      normalise: both(diskNumbers),
    }),
    typed(sh`zpool import -d ${node} tank2 tank && zpool list -H -o name`, { name: 'its old name' }),
  ],
}
