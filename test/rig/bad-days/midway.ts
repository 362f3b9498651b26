// What goes wrong when something has been made already.
import type { FaultRule } from '../../../src/lab/cloud/fault-rules.ts'
import type { Scene } from '../rig.ts'
import { head, type BadDay } from './bad-day.ts'

/** After the fault the run has ended with an error; `mend` is what the operator does then. */
export interface Midway extends Omit<BadDay, 'world' | 'args' | 'env'> {
  readonly mend?: (scene: Scene) => unknown
  /** Flags of the restore; the newest backup's head unless said. */
  readonly flags?: readonly string[]
}

const failed = (code: string) => ({ exitCode: 3, code })

const instance = ({ world }: Scene) => world.instanceId

const expired: Midway = {
  situation: 'the credentials expire in the middle',
  faults: () => [
    { action: 'AttachVolume', fault: { kind: 'change', change: { credentialsExpireAt: '2026-01-01T00:00:00Z' } } },
  ],
  mend: ({ cloud }) => cloud.change({ credentialsExpireAt: null }),
  ...failed('credentials-expired'),
  message: /the AWS credentials have expired/,
  next: [/^aws sts get-caller-identity/],
}

const volumeError: Midway = {
  situation: 'AWS can not make the volume: it ends in state error',
  faults: () => [{ action: 'CreateVolume', fault: { kind: 'volume-error' } }],
  ...failed('volume-error'),
  message: /AWS could not make vol-\w+ from snap-\w+: it is in state error/,
  next: [/^aws ec2 describe-volume-status /],
}

/** Taken back by `undo`: the world is as before. */
export const takenBack: readonly Midway[] = [
  volumeError,
  {
    situation: 'somebody stops the instance in the middle',
    faults: (scene) => [
      {
        action: 'CreateVolume',
        fault: { kind: 'change', change: { instances: { [instance(scene)]: { state: 'stopped' } } } },
      },
    ],
    mend: (scene) => scene.cloud.change({ instances: { [instance(scene)]: { state: 'running' } } }),
    ...failed('instance-not-running'),
    message: /instance i-\w+ is stopped, and has to run to be given the volume/,
    next: [/^aws ec2 start-instances /],
  },
  {
    situation: 'the backup holds no snapshot of the chosen name',
    flags: ['--snapshot', 'latest', '--at', 'autosnap_2020-01-01', '--way', 'rollback'],
    ...failed('snapshot-missing'),
    message: /no dataset has a snapshot called autosnap_2020-01-01/,
    next: [/^lifeboat resume \S+ --at \S+ --way rollback$/],
  },
]

/** Each ends one process of the same run; `resume` goes on to the next, and at last to the end. */
export const resumed: readonly Midway[] = [
  volumeError,
  expired,
  {
    situation: 'the probe of the service does not get its answer',
    provoke: (scene) =>
      scene.editHost({
        probe_seconds: 1,
        probes: [{ kind: 'http', name: 'chat answers', url: 'http://127.0.0.1:6681/' }],
      }),
    mend: (scene) => scene.editHost({ probes: [{ kind: 'http', url: 'http://127.0.0.1:6680/', newest: 'newest' }] }),
    exitCode: 4,
    code: 'proof-failed',
    message: /the data is back, but the proof failed: probe chat answers/,
    next: [/^ssh .*journalctl -n 50 -u chat\.service/],
  },
  {
    situation: 'the identity may not take the tags of the run off the volume',
    faults: () => [{ action: 'DeleteTags', fault: { kind: 'error', code: 'UnauthorizedOperation' } }],
    ...failed('UnauthorizedOperation'),
    message: /AWS answers DeleteTags with UnauthorizedOperation/,
  },
]

export const flagsOf = (midway: Midway): readonly string[] => midway.flags ?? head

const passing = (action: string, fault: FaultRule['fault'], times = 1): FaultRule => ({ action, fault, times })

/** The first request of a changing call is the dry run, which finds out whether it is allowed. */
const whenItCounts = (action: string, kind: 'lost-answer' | 'device-taken'): FaultRule => ({
  action,
  after: 1,
  fault: { kind },
})

/** What Lifeboat gets over without being told, all in one run. */
export const gotOver: readonly { readonly situation: string; readonly rule: FaultRule }[] = [
  {
    situation: 'AWS throttles three calls in a row',
    rule: passing('DescribeInstances', { kind: 'error', code: 'RequestLimitExceeded' }, 3),
  },
  {
    situation: 'AWS answers two calls with 503',
    rule: passing('DescribeSnapshots', { kind: 'error', code: 'Unavailable' }, 2),
  },
  { situation: 'a connection to AWS is reset', rule: passing('DescribeInstanceTypes', { kind: 'reset' }) },
  { situation: 'the answer to CreateVolume never arrives', rule: whenItCounts('CreateVolume', 'lost-answer') },
  {
    situation: 'the device name is taken just before the volume is attached',
    rule: whenItCounts('AttachVolume', 'device-taken'),
  },
  { situation: 'the answer to AttachVolume never arrives', rule: whenItCounts('AttachVolume', 'lost-answer') },
  { situation: 'the answer to CreateTags never arrives', rule: whenItCounts('CreateTags', 'lost-answer') },
  {
    situation: 'tags that were taken off are listed for a while',
    rule: passing('DeleteTags', { kind: 'stale', for: { calls: 2 } }),
  },
]
