// A host whose pool is in use, as before anything was lost: what a restore from the pool's own snapshots begins with.
import { runProgram, type Ran, type RunOptions } from './program.ts'
import type { Rig, Scene } from './rig.ts'

export const older = '2026-01-01_00.00.00--1w'
const newer = '2026-01-01_01.00.00--1w'

const image = '/root/living.img'
const key = '/root/living.key'

const write = (path: string, text: string): string => `printf '%s\\n' '${text}' >> '/tank/${path}'`

/** Every kind of dataset that there may be, with two hours of history and a last one that nobody wants to keep. */
const life = [
  'set -e',
  `truncate -s 320M ${image}; head -c 32 /dev/urandom > ${key}`,
  `zpool create -o ashift=12 -O mountpoint=/tank -O compression=lz4 -O atime=off tank ${image}`,
  `zfs create -o recordsize=16K -o "org.example:note=it's \\$HOME" tank/chat`,
  'zfs create -o quota=40M -o canmount=on tank/chat/media',
  'zfs create "tank/my home"',
  `zfs create -o encryption=on -o keyformat=raw -o keylocation=file://${key} tank/vault`,
  'zfs create tank/vault/inner',
  'zfs create -V 8M tank/disk',
  'udevadm settle',
  write('chat/messages.log', '2026-01-01T00:00:00Z alice hello'),
  write('chat/media/one.txt', 'one'),
  write('my home/it is "mine".txt', 'notes'),
  write('vault/secret.txt', 'a secret'),
  write('vault/inner/deeper.txt', 'deeper'),
  'mkdir -p "/tank/my home/sub dir"; head -c 300000 /dev/urandom > "/tank/my home/sub dir/blob"; ln -s blob "/tank/my home/sub dir/link"',
  'chown -R alice:alice "/tank/my home/sub dir"; chmod 750 "/tank/my home/sub dir"; chown -R chat:chat /tank/chat',
  `head -c 100000 /dev/urandom > /dev/zvol/tank/disk; sync; head -c 100000 /dev/zvol/tank/disk | sha256sum > ${image}.sum`,
  // A service that waits for its writes leaves an intent log in the snapshot.
  'sync /tank/chat/messages.log',
  `zfs snapshot -r tank@${older}`,
  // A second of its own, so that a moment tells the two apart.
  `t=$(zfs get -Hpo value creation tank@${older}); while [ "$(date +%s)" -le "$t" ]; do sleep 0.1; done`,
  'zfs create tank/chat/new',
  write('chat/new/kept.txt', 'made after the snapshot'),
  write('chat/messages.log', '2026-01-01T01:00:00Z bob hi'),
  write('chat/media/two.txt', 'two'),
  write('vault/inner/deeper.txt', 'more'),
  `zfs snapshot -r tank@${newer}`,
  `[ "$(zfs get -Hpo value creation tank@${newer})" -gt "$t" ]`,
  write('chat/messages.log', '2026-01-01T02:00:00Z mallory oops'),
  'rm "/tank/my home/it is \\"mine\\".txt"',
  write('vault/secret.txt', 'overwritten'),
  'head -c 100000 /dev/urandom > /dev/zvol/tank/disk; sync; zpool sync tank',
  'systemctl reset-failed chat.service; systemctl start chat.service',
].join('\n')

const end = [
  'systemctl stop chat.service',
  'for m in $(findmnt -rn -o TARGET | grep "^/run/lifeboat" | sort -r); do umount "$m"; done',
  'zpool list tank >/dev/null 2>&1 || zpool import -N -d /root tank 2>/dev/null',
  'zpool checkpoint -d tank 2>/dev/null',
  'zpool destroy -f tank',
  'umount /etc/cron.d/zfsnap 2>/dev/null',
  'systemctl stop "lifeboat-*" 2>/dev/null',
  'rm -rf --one-file-system /tank /run/lifeboat /etc/lifeboat /etc/systemd/system/chat*.service.d /etc/systemd/system/lifeboat-* /etc/systemd/system/multi-user.target.wants/lifeboat-*',
  `rm -f ${image} ${image}.sum ${key} /usr/local/sbin/zfs`,
  'systemctl daemon-reload',
].join('\n')

/** A scene whose host runs its service on a small pool of all kinds of datasets. It is taken away again at the end. */
export async function livingPool(rig: Rig): Promise<Scene> {
  const scene = await rig.scene()
  await scene.editHost({ pool: 'tank', stable_seconds: 1 })
  scene.later(() => scene.ssh(`${end}; true`))
  await scene.ssh(life)
  return scene
}

/** Every file with owner, mode and digest: of datasets that have the snapshot as it is there, of others as they are. */
const filesLine = (snapshot: string): string =>
  [
    "zfs list -H -o mountpoint,mounted -r tank | awk -F '\\t' '$2 == \"yes\" { print $1 }' | while IFS= read -r d; do",
    `x="$d/.zfs/snapshot/${snapshot}"; [ -d "$x" ] || x="$d"`,
    '(cd "$x" && find . -xdev -type f ! -name chatd.started -printf "%p %U:%G %m " -exec sha256sum {} \\; | sed "s,^\\.,$d,; s,  .*,,")',
    'done | sort',
  ].join('\n')

/** All that is in the datasets now: every file with its owner, mode and digest, and the volume. */
export const contents = (scene: Scene): Promise<string> =>
  scene.ssh(`${filesLine('none')}; head -c 100000 /dev/zvol/tank/disk | sha256sum`)

/** What that is to be when all that has the older snapshot stands on it. */
export const olderContents = (scene: Scene): Promise<string> => scene.ssh(`${filesLine(older)}; cat ${image}.sum`)

/** The moment of the older snapshot: what did not exist then has no snapshot of it. */
export const olderMoment = async (scene: Scene): Promise<string> =>
  new Date(Number(await scene.ssh(`zfs get -Hpo value creation tank@${older}`)) * 1000).toISOString()

/** What ZFS says of the pool: datasets with what was set on them, snapshots, holds, mounts, checkpoint. */
export async function poolListing(scene: Scene): Promise<string> {
  const lines = [
    'zfs list -H -t all -o name,guid,origin,mounted,userrefs,keystatus -r tank | sort',
    // Once set, canmount can't be unset: `on` is what it is without.
    "zfs get -H -s local,received -o name,property,value all -r tank | grep -v '\tcanmount\ton$' | sort",
    'zpool get -H -o property,value checkpoint,readonly tank',
    'findmnt -rn -t zfs -o SOURCE,TARGET | grep -v /.zfs/snapshot/ | sort',
  ]
  return scene.ssh(lines.join('; '))
}

/** `restore` from the pool's own snapshots, without questions. */
export const restoreLocally = (scene: Scene, flags: readonly string[], options?: RunOptions): Promise<Ran> =>
  runProgram(
    ['restore', '--host', 'irc-1', '--source', 'local', '--yes', '--no-input', '--json', ...flags].concat([
      '--config',
      scene.config,
      '--state-dir',
      scene.stateDir,
    ]),
    options,
  )
