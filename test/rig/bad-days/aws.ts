// What AWS says no to, or does not have, before anything was made.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FaultRule } from '../../../src/lab/cloud/fault-rules.ts'
import type { CloudWorld, WorldInstance, WorldSnapshot } from '../../../src/lab/cloud/world.ts'
import { restoring } from '../program.ts'
import type { Scene } from '../rig.ts'
import { emptyVolume, head, restoreWith, type BadDay } from './bad-day.ts'

const preflight = (code: string) => ({ exitCode: 5, code })

/** As on a machine where nobody ever set AWS up. */
const noAws = ({ dir }: Scene) => ({
  HOME: dir,
  AWS_PROFILE: undefined,
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
})

const withKeys = (id: string, secret: string) => (scene: Scene) =>
  writeFile(join(scene.dir, 'credentials'), `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)

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

const answeringAlways = (fault: FaultRule['fault']) => () => [
  { action: 'DescribeInstances', fault, times: 'always' } satisfies FaultRule,
]

/** The volume that the backups are of, as it may be found. */
const original = (zone: string, device: string | null) => (world: CloudWorld) => {
  const volumeId = world.snapshots[0]?.volumeId ?? ''
  return { ...world, volumes: [...world.volumes, { ...emptyVolume(world, volumeId, device), availabilityZone: zone }] }
}

export const awsRefusals: readonly BadDay[] = [
  {
    situation: 'there are no AWS credentials',
    provoke: (scene) => scene.editConfig(({ aws }) => delete aws['credentials_file']),
    env: noAws,
    ...preflight('no-credentials'),
    message: /^there are no AWS credentials/,
    next: [/^aws configure list$/],
  },
  {
    situation: 'the access key is not known to AWS',
    provoke: withKeys('AKIAIOSFODNN7EXAMPLE', 'nobody'),
    ...preflight('credentials-refused'),
    message: /AWS refuses the credentials \(InvalidClientTokenId\)/,
    next: [/^aws sts get-caller-identity/],
  },
  {
    situation: 'the secret key is wrong',
    async provoke(scene) {
      const { accessKeyId } = scene.keys
      await withKeys(accessKeyId, 'nobody')(scene)
    },
    ...preflight('credentials-refused'),
    message: /AWS refuses the credentials \(SignatureDoesNotMatch\)/,
    next: [/^aws sts get-caller-identity/],
  },
  {
    situation: 'the identity may not look at instances',
    world: (world) => ({ ...world, denied: ['ec2:DescribeInstances'] }),
    ...preflight('UnauthorizedOperation'),
    message: /ec2:DescribeInstances/,
  },
  {
    situation: 'the identity may not make or attach volumes',
    world: (world) => ({ ...world, denied: ['ec2:CreateVolume', 'ec2:AttachVolume'] }),
    ...preflight('permission-missing'),
    message: /lacks ec2:CreateVolume, ec2:AttachVolume/,
    next: [/^aws iam simulate-principal-policy /],
  },
  {
    situation: 'the AWS endpoint does not answer',
    provoke: (scene) =>
      scene.editConfig(({ aws }) =>
        Object.assign(aws, { endpoint_ec2: 'http://127.0.0.1:9', endpoint_sts: 'http://127.0.0.1:9' }),
      ),
    ...preflight('endpoint-unreachable'),
    message: /127\.0\.0\.1:9/,
  },
  {
    situation: 'AWS throttles every call',
    faults: answeringAlways({ kind: 'error', code: 'RequestLimitExceeded' }),
    ...preflight('RequestLimitExceeded'),
    message: /AWS is throttling this account's calls/,
  },
  {
    situation: 'AWS is in trouble itself',
    faults: answeringAlways({ kind: 'error', code: 'Unavailable' }),
    ...preflight('Unavailable'),
    message: /AWS itself is in trouble/,
  },
  {
    situation: 'a proxy answers in place of AWS',
    faults: answeringAlways({ kind: 'html', status: 403 }),
    ...preflight('not-aws'),
    message: /answered with a web page, HTTP 403, and not AWS/,
    next: [/^curl /],
  },
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
    situation: 'the instance is of a type without NVMe disks (Xen)',
    world: instances({ instanceType: 't2.medium' }),
    ...preflight('no-nvme'),
    message: /t2\.medium/,
    next: [/--launch-template/],
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
    message: /it is pending, and only a completed one can become a volume/,
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
    message: /it is pending/,
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
