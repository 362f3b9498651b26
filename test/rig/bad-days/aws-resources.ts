// What AWS does not have, or not in the state that a restore needs.
import type { CloudWorld, WorldInstance, WorldSnapshot } from '../../../src/lab/cloud/world.ts'
import { restoring } from '../program.ts'
import { emptyVolume, head, restoreWith, type BadDay } from './bad-day.ts'

const preflight = (code: string) => ({ exitCode: 5, code })

const instances = (change: Partial<WorldInstance>) => (world: CloudWorld) => ({
  ...world,
  instances: world.instances.map((instance) => ({ ...instance, ...change })),
})

const snapshots = (change: Partial<WorldSnapshot>) => (world: CloudWorld) => ({
  ...world,
  snapshots: world.snapshots.map((snapshot) => ({ ...snapshot, ...change })),
})

const letters = (from: string, count: number) =>
  Array.from({ length: count }, (_none, at) => String.fromCodePoint((from.codePointAt(0) ?? 0) + at))

const withVolumes =
  (devices: readonly string[]) =>
  (world: CloudWorld): CloudWorld => ({
    ...world,
    volumes: [
      ...world.volumes,
      ...devices.map((device, at) => emptyVolume(world, `vol-0${String(at).padStart(16, '0')}`, device)),
    ],
  })

/** The volume that the backups are of, as it may be found. */
const original = (zone: string, device: string | null) => (world: CloudWorld) => {
  const volumeId = world.snapshots[0]?.volumeId ?? ''
  return { ...world, volumes: [...world.volumes, { ...emptyVolume(world, volumeId, device), availabilityZone: zone }] }
}

export const resourcesRefused: readonly BadDay[] = [
  {
    situation: 'the config names no instance for the host',
    provoke: (scene) => scene.editConfig(({ hosts }) => delete hosts[0]['instance']),
    exitCode: 2,
    code: 'usage',
    message: /which instance is irc-1\?/,
  },
  {
    situation: 'the instance does not exist (or is in another region)',
    args: restoreWith('--instance', 'i-0123456789abcdef0', ...head),
    ...preflight('instance-not-found'),
    message: /there is no instance i-0123456789abcdef0/,
    next: [/^aws ec2 describe-instances /],
  },
  {
    situation: 'the instance is stopped',
    world: instances({ state: 'stopped' }),
    ...preflight('instance-not-running'),
    message: /is stopped, and a restore needs it running/,
    next: [/^aws ec2 start-instances --instance-ids i-\w+/],
  },
  {
    situation: 'the instance has no room for another volume',
    world: withVolumes([...letters('b', 25).map((letter) => `/dev/sd${letter}`), '/dev/xvdba', '/dev/xvdbb']),
    ...preflight('attachment-limit'),
    message: /has 28 of 28 volumes attached/,
    next: [/^aws ec2 describe-volumes /],
  },
  {
    situation: 'every device name for data volumes is taken',
    world: withVolumes(letters('f', 11).map((letter) => `/dev/sd${letter}`)),
    ...preflight('no-free-device'),
    message: /every device name from \/dev\/sdf to \/dev\/sdp is taken/,
  },
  {
    situation: "somebody's run on this host is in flight, begun on another machine",
    world: (world) => ({
      ...world,
      volumes: [
        ...world.volumes,
        {
          ...emptyVolume(world, 'vol-0fedcba9876543210', null),
          tags: { 'lifeboat:made': '20260131-031400-0a1b', 'lifeboat:host': 'irc-1', 'lifeboat:step': 'create-volume' },
        },
      ],
    }),
    ...preflight('run-in-flight'),
    message: /run 20260131-031400-0a1b has made vol-0fedcba9876543210 for irc-1/,
    next: [/^lifeboat resume \S+$/, /^lifeboat undo \S+ --confirm irc-1$/],
  },
  {
    situation: 'there is no backup of the volume',
    world: (world) => ({ ...world, snapshots: [] }),
    ...preflight('no-usable-snapshot'),
    message: /there is no EBS snapshot of irc-1's volume/,
    next: [/^aws ec2 describe-snapshots /],
  },
  {
    situation: 'the only backups are still being made',
    world: snapshots({ state: 'pending' }),
    ...preflight('no-usable-snapshot'),
    message: /it is pending: 0 % of it has arrived, and only a completed one can become a volume/,
    next: [/^aws ec2 describe-snapshots /],
  },
  {
    situation: 'the only backups are archived',
    world: snapshots({ storageTier: 'archive' }),
    ...preflight('no-usable-snapshot'),
    message: /it is archived/,
    next: [/^aws ec2 describe-snapshots /],
  },
  {
    situation: 'the chosen backup does not exist here (another region, another account)',
    args: restoreWith('--snapshot', 'snap-0123456789abcdef0'),
    ...preflight('snapshot-not-found'),
    message: /there is no EBS snapshot snap-0123456789abcdef0 in us-east-1/,
    next: [/^aws ec2 describe-snapshots /, /^aws ec2 copy-snapshot /],
  },
  {
    situation: 'the chosen backup is still being made',
    world: snapshots({ state: 'pending' }),
    args: ({ world }) => restoring(['--snapshot', world.snapshots.at(-1)?.snapshotId ?? '']),
    ...preflight('snapshot-unusable'),
    message: /it is pending: 0 % of it has arrived/,
    next: [/^lifeboat restore --host irc-1 --snapshot snap-\w+$/],
  },
  {
    situation: 'the original volume is wanted, and is gone',
    args: restoreWith('--snapshot', 'original'),
    ...preflight('original-gone'),
    message: /the original volume vol-\w+ is not there any more in us-east-1/,
    next: [/^lifeboat restore --host irc-1 --snapshot latest$/],
  },
  {
    situation: 'the original volume is in another zone than the instance',
    world: original('us-east-1b', null),
    args: restoreWith('--snapshot', 'original'),
    ...preflight('original-in-other-zone'),
    message: /vol-\w+ still exists, but in us-east-1b/,
    next: [/^aws ec2 create-snapshot /, /^lifeboat restore --host irc-1 --snapshot /],
  },
  {
    situation: 'the original volume is attached already',
    world: original('us-east-1a', '/dev/sdf'),
    args: restoreWith('--snapshot', 'original'),
    ...preflight('original-in-use'),
    message: /vol-\w+ still exists and is attached to i-\w+ as \/dev\/sdf/,
    next: [/^aws ec2 detach-volume /, /^lifeboat restore --host irc-1 --snapshot latest$/],
  },
  {
    situation: "nothing says which backups are this host's",
    provoke: (scene) => scene.editConfig(({ hosts }) => delete hosts[0]['volume']),
    exitCode: 2,
    code: 'usage',
    message: /which snapshots are irc-1's\?/,
  },
]
