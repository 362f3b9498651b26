// Mounts, holds and copies of files, and how each is refused.
import { copyOut, makeFolder, mountSnapshot, removeDraft, unmountSnapshot } from '../../../src/remote/linux/copy-out.ts'
import { holdSnapshots, holdTags, releaseSnapshots } from '../../../src/remote/zfs/dataset.ts'
import { mountAll, unmountAll } from '../../../src/remote/zfs/mounting.ts'
import { undestroyable } from '../../../src/remote/zfs/rollback-program.ts'
import { asked, typed, type Story } from '../contract.ts'
import { sorted } from '../normalise.ts'
import { newer, older, poolAtWork, poolGone } from './pool-of.ts'

const chat = { dataset: 'tank/chat', snapshot: older }
const alice = { dataset: 'tank/home/alice', snapshot: older }
const mountings = ['chat', 'home', 'home/alice', 'mail'].map((each) => ({
  dataset: `tank/${each}`,
  mountpoint: `/tank/${each}`,
  legacy: null,
}))

export const mountsAndHolds: Story = {
  name: 'mounts, holds and copies',
  begin: poolAtWork,
  end: poolGone,
  cases: [
    asked('holding', holdSnapshots('lifeboat:r1', [chat, alice])),
    asked('holding again', holdSnapshots('lifeboat:r1', [chat, alice])),
    asked('holds', holdTags([chat, alice]), { normalise: sorted }),
    asked('what can not be destroyed', undestroyable('tank', [`tank/chat@${older}`, `tank/chat@${newer}`])),
    typed(`zfs destroy tank/chat@${older}`),
    typed(`zfs destroy -r tank@${older}`, { normalise: sorted }),
    typed(`zfs hold lifeboat:r1 tank/chat@${older}`),
    typed(`zfs holds tank/chat@${older}`),
    typed(`zfs release nope tank/chat@${newer}`),
    typed(`zfs list -H -o name,userrefs tank/chat@${older}`),
    asked('holding what is not there', holdSnapshots('lifeboat:r1', [{ dataset: 'tank/chat', snapshot: 'nope' }])),
    asked('releasing', releaseSnapshots('lifeboat:r1', [chat, alice, { dataset: 'tank/chat', snapshot: 'nope' }])),
    asked('releasing again', releaseSnapshots('lifeboat:r1', [chat, alice])),
    asked('no holds any more', holdTags([chat])),
    asked('unmounting', unmountAll(mountings.toReversed())),
    asked('unmounting again', unmountAll(mountings.toReversed())),
    asked('mounting', mountAll(mountings)),
    asked('mounting again', mountAll(mountings)),
    asked('unmounting what is not there', unmountAll([{ dataset: 'tank/nope', mountpoint: '/nope', legacy: null }])),
    asked('mounting what is not there', mountAll([{ dataset: 'tank/nope', mountpoint: '/nope', legacy: null }])),
    asked('mounting where files are', mountAll([{ dataset: 'tank/mail', mountpoint: '/tank/mail', legacy: null }]), {
      before: ['zfs set overlay=off tank/mail; zfs unmount tank/mail; printf x > /tank/mail/x'],
    }),
    typed('zfs get -H -o value mounted tank/mail', { name: 'is it mounted' }),
    typed('rm /tank/mail/x; zfs mount tank/mail; zfs get -H -o value mounted tank/mail', { name: 'it can be' }),
    asked('mounting a legacy one', mountAll([{ dataset: 'tank/scratch', mountpoint: '/mnt', legacy: 'rw,noatime' }]), {
      before: ['zfs set mountpoint=legacy tank/scratch'],
    }),
    typed('findmnt -n -o SOURCE,FSTYPE /mnt'),
    typed('zfs mount tank/scratch'),
    asked('unmounting a legacy one', unmountAll([{ dataset: 'tank/scratch', mountpoint: '/mnt', legacy: 'rw' }])),
    asked('mounting a snapshot', mountSnapshot(`tank/chat@${older}`, '/run/lifeboat/look')),
    asked('mounting a snapshot again', mountSnapshot(`tank/chat@${older}`, '/run/lifeboat/look')),
    typed(`zfs destroy tank/chat@${older}`, { name: 'destroying a mounted snapshot' }),
    typed(`zfs rollback -r tank/chat@${older}`, { name: 'a rollback over nothing mounted of it', before: [] }),
    typed('touch /run/lifeboat/look/x'),
    asked('unmounting a snapshot', unmountSnapshot('/run/lifeboat/look')),
    asked('unmounting a snapshot again', unmountSnapshot('/run/lifeboat/look')),
    asked('making a folder', makeFolder('/tank/mail/back')),
    asked('making a folder again', makeFolder('/tank/mail/back')),
    asked('making a folder nowhere', makeFolder('/nope/back')),
    asked('copying', copyOut('/tank/home/alice', '/tank/mail/back/alice', '/tank/mail/back/.draft')),
    asked('copying over something', copyOut('/tank/home/alice', '/tank/mail/back/alice', '/tank/mail/back/.draft')),
    asked('copying nothing', copyOut('/tank/home/nope', '/tank/mail/back/nope', '/tank/mail/back/.draft')),
    typed('ls -A /tank/mail/back; stat -c "%U %a %N" /tank/mail/back/alice/link /tank/mail/back/alice/notes.txt', {
      name: 'what was copied',
    }),
    asked('removing a draft', removeDraft('/tank/mail/back/.draft')),
    typed('zfs unmount tank/home/alice; zfs unmount tank/home; zfs unmount tank/home', { name: 'unmounting twice' }),
  ],
}
