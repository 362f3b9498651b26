import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const poolSuspended: Scenario = {
  id: 'pool-suspended',
  title: 'the volume was pulled from under a running host: the pool is suspended',
  brief: [
    'PAGE irc-1: chat.service hangs. So does every zpool command on the host.',
    'The volume was force-detached and deleted while the pool was in use.',
    'Bring the chat server back. A reboot of irc-1 is allowed.',
  ],
  hints: [
    '/proc/spl/kstat/zfs/tank/state says SUSPENDED: every ZFS command would wait for a disk that does not come back.',
    'The host has to be rebooted before anything else. Services are held back first, so that none begins on nothing.',
  ],
  objectives: { rto: 45, dataLoss: 24 * 60 },
  begins: 'pool-in-use',
  async prepare({ cloud, world, pull }) {
    await pull(world.originalVolumeId)
    cloud.change({ volumes: { [world.originalVolumeId]: 'gone' } })
  },
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [...untidy(after), ...notAsInHead(after, world, newestIn(world))],
  moral:
    'Look at the state that the kernel tells before the first ZFS command: on a suspended pool that command never ends.',
}
