// Checkpoints of a pool, and going back to one.
import {
  checkpointRoom,
  discardCheckpoint,
  makeCheckpoint,
  markCheckpoint,
  markedBy,
  rewindToCheckpoint,
  unmarkCheckpoint,
} from '../../../src/remote/zfs/checkpoint.ts'
import { asked, typed, type Story } from '../contract.ts'
import { keptGuid, poolAtWork, poolGone, withGuid } from './pool-of.ts'

export const checkpoints: Story = {
  name: 'checkpoints',
  begin: [...poolAtWork, keptGuid],
  end: [...poolGone, 'rm /root/guid'],
  cases: [
    asked('making one', makeCheckpoint('tank')),
    asked('making a second', makeCheckpoint('tank')),
    asked('making one of nothing', makeCheckpoint('nope')),
    asked('its room', checkpointRoom('tank')),
    asked('marking', markCheckpoint('tank', 'r1')),
    asked('the mark', markedBy('tank')),
    typed('zpool status tank'),
    typed('zpool get -H -o value feature@zpool_checkpoint tank'),
    typed('zfs destroy tank/scratch; rm /tank/chat/topics.txt; zpool sync tank; zpool list -H -o name,health tank', {
      name: 'going on',
    }),
    withGuid('rewinding', rewindToCheckpoint({ pool: 'tank', guid: 'GUID', directories: ['/dev/disk/by-id'] }, 'then')),
    asked('no mark', markedBy('tank')),
    typed('zfs list -H -o name,mounted -r tank', { name: 'what is back' }),
    asked('its room afterwards', checkpointRoom('tank')),
    asked('discarding none', discardCheckpoint('tank')),
    asked('discarding one', discardCheckpoint('tank'), { before: ['zpool checkpoint tank'] }),
    asked('unmarking', unmarkCheckpoint('tank')),
    typed('zpool checkpoint -d tank'),
    typed('zpool export tank; zpool import --rewind-to-checkpoint -d /dev/disk/by-id tank', {
      name: 'rewinding to none',
    }),
    typed('zpool import -d /dev/disk/by-id tank; zpool list -H -o name', { name: 'it is still there' }),
  ],
}
