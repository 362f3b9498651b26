// Clones that take the place of what they were cloned from, and keys.
import {
  cloneSnapshot,
  destroyClone,
  ownProperties,
  promoteClone,
  renameDataset,
  setProperties,
} from '../../../src/remote/zfs/clone.ts'
import { loadKey, tryKey } from '../../../src/remote/zfs/keys.ts'
import { asked, typed, type Story } from '../contract.ts'
import { older, poolAtWork, poolGone } from './pool-of.ts'

const chat = { dataset: 'tank/chat', snapshot: older }
const names = 'zfs list -H -t all -o name -r tank'

export const clones: Story = {
  name: 'clones that take a place',
  begin: poolAtWork,
  end: poolGone,
  cases: [
    asked(
      'cloning',
      cloneSnapshot({ ...chat, type: 'filesystem' }, 'tank/chat-r1', [{ property: 'compression', value: 'gzip' }]),
    ),
    asked('cloning onto one', cloneSnapshot({ ...chat, type: 'filesystem' }, 'tank/chat-r1', [])),
    asked(
      'cloning nothing',
      cloneSnapshot({ dataset: 'tank/chat', snapshot: 'nope', type: 'filesystem' }, 'tank/x', []),
    ),
    asked('cloning into nothing', cloneSnapshot({ ...chat, type: 'filesystem' }, 'tank/no/x', [])),
    asked('its own properties', ownProperties(['tank/chat-r1'])),
    typed('zfs get -H -o property,value,source origin,mounted,canmount,mountpoint tank/chat-r1'),
    typed(`zfs get -H -o value clones tank/chat@${older}`),
    asked('promoting', promoteClone('tank/chat-r1')),
    asked('promoting again', promoteClone('tank/chat-r1')),
    typed(names, { name: 'who owns the snapshots' }),
    typed('zfs get -H -o value origin tank/chat'),
    asked('destroying what has a clone', destroyClone('tank/chat-r1')),
    asked('renaming onto one', renameDataset('tank/chat-r1', 'tank/chat', 'filesystem')),
    asked('renaming', renameDataset('tank/chat', 'tank/chat-old', 'filesystem')),
    asked('renaming to the place', renameDataset('tank/chat-r1', 'tank/chat', 'filesystem')),
    asked('renaming nothing', renameDataset('tank/nope', 'tank/nope2', 'filesystem')),
    typed('zfs get -H -o value mounted,mountpoint tank/chat-old'),
    asked(
      'setting',
      setProperties('tank/chat', [
        { property: 'canmount', value: 'on' },
        { property: 'org.example:note', value: 'it\'s "kept"' },
        { property: 'compression', value: null },
      ]),
    ),
    asked('setting on nothing', setProperties('tank/nope', [{ property: 'canmount', value: 'on' }])),
    asked('its own properties in the place', ownProperties(['tank/chat'])),
    asked('an encrypted one', tryKey({ name: 'tank/vault', keyLocation: 'prompt' }), {
      before: [
        'printf "secretsecret\\n" | zfs create -o encryption=on -o keyformat=passphrase -o keylocation=prompt tank/vault',
        'zfs unmount tank/vault; zfs unload-key tank/vault',
      ],
      secret: 'secretsecret\n',
    }),
    asked('a wrong key', tryKey({ name: 'tank/vault', keyLocation: 'prompt' }), { secret: 'wrongwrong\n' }),
    asked('a short key', tryKey({ name: 'tank/vault', keyLocation: 'prompt' }), { secret: 'x\n' }),
    typed('zfs mount tank/vault'),
    asked('loading a wrong key', loadKey({ name: 'tank/vault', keyLocation: 'prompt' }), { secret: 'wrongwrong\n' }),
    asked('loading a key', loadKey({ name: 'tank/vault', keyLocation: 'prompt' }), { secret: 'secretsecret\n' }),
    asked('loading a key again', loadKey({ name: 'tank/vault', keyLocation: 'prompt' }), { secret: 'secretsecret\n' }),
    typed('zfs get -H -o value keystatus,keyformat,keylocation,encryption,encryptionroot tank/vault'),
    typed('zfs mount tank/vault; zfs unload-key tank/vault', { name: 'unloading a key in use' }),
    typed('zfs load-key tank/chat'),
    asked('destroying', destroyClone('tank/chat-old'), { before: ['zfs unmount tank/chat-old 2>/dev/null; true'] }),
    asked('destroying again', destroyClone('tank/chat-old')),
  ],
}
