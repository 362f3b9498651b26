// A pool that another host used last and did not export, as an EBS snapshot of its volume has it.
import { exportPool, importPool, importable, readLabel } from '../../../src/remote/zfs/pool.ts'
import { asked, disks, linkOf, typed, type Story } from '../contract.ts'
import { only } from '../normalise.ts'
import { keptGuid, poolAtWork, poolGone, withGuid } from './pool-of.ts'

const node = `${linkOf(disks.one)}-part1`

const at = (more: Partial<Parameters<typeof importPool>[0]> = {}) =>
  importPool({ guid: 'GUID', node, force: false, ...more })
const look = { inspection: { altroot: '/run/lifeboat/r1/look' } }

export const otherHost: Story = {
  name: 'a pool of another host',
  // Another host is this one under another id; export -F leaves a pool as a power cut does.
  begin: ['zgenhostid -f 0a1b2c3d', ...poolAtWork, keptGuid, 'zpool export -F tank', 'zgenhostid -f 7f4a10c2'],
  end: [...poolGone, 'rm /root/guid'],
  cases: [
    asked('its label', readLabel(node), {
      normalise: only(/^ {4}(?:name|state|hostid|hostname|vdev_children):|labels = /),
    }),
    asked('what can be imported', importable(node)),
    typed('zpool import'),
    withGuid('importing it', at()),
    withGuid('importing it to look', at(look)),
    typed('zpool import tank'),
    withGuid('importing it to look by force', at({ ...look, force: true })),
    asked('letting go of it', exportPool('tank')),
    typed('zpool import tank', { name: 'looking has not made it ours' }),
    withGuid('importing it by force', at({ force: true })),
    typed('zpool export tank; zpool import -d /dev/disk/by-id tank', { name: 'importing it again needs no force' }),
  ],
}
