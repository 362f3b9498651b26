// A long run as a real one is: a recovery instance is launched, a volume made, datasets rolled back, and one step fails.
import type { Question } from '../../src/run/asking.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { linesOf } from '../../src/plain/lines.ts'
import { undoRoute } from '../../src/run/undo.ts'
import { routeFor, stepsOf } from '../../src/steps/routes.ts'
import type { AnyChoice, Option, Route, StepId } from '../../src/steps/step.ts'

export const route: Route = routeFor({ launchTemplate: 'lt-0a1b2c3d4e5f60718', source: undefined })

/** The clock of the screens that show it. */
export const now = '2026-11-22T13:07:51.000Z'

/** Not every step of the route is walked. */
export const isComing = (step: StepId): boolean => !['clone', 'copy-files', 'put-away'].includes(step)

export const place = ['RESTORE', 'irc-1', 'us-east-1']

export const said = linesOf

const run = '20261122-130747-29b7'

/** What this run is taken back by, when its volume has been attached. */
export const undoneRoute: Route = undoRoute(
  route,
  new Map(
    (['launch-instance', 'gate', 'create-volume', 'attach-volume'] as const).map((step) => [
      step,
      { status: 'done', attempt: 1, before: {}, effect: {} },
    ]),
  ),
)

const choiceOf = (id: StepId): AnyChoice => {
  const step = stepsOf(route).find((each) => each.id === id)
  if (step?.kind !== 'choice') throw new Error(`${id} is no question of the route`)
  return step
}

export const fact = (step: StepId, message: string, part?: 'summary' | 'command'): RunEvent => ({
  type: 'finding',
  step,
  level: 'info',
  message,
  ...(part === undefined ? {} : { part }),
})

const warning = (step: StepId, message: string): RunEvent => ({ type: 'finding', step, level: 'warn', message })

const read = (step: StepId, text: string): RunEvent => ({
  type: 'command',
  step,
  kind: text.startsWith('aws ') ? 'aws' : 'shell',
  text,
  redacted: false,
  reads: true,
})

const change = (step: StepId, text: string): RunEvent => ({ ...read(step, text), reads: false }) as RunEvent

/** What is found out about the host, and the look that goes on. */
export const looking: readonly RunEvent[] = [
  read('target', 'aws sts get-caller-identity'),
  fact('target', 'AWS account 854026359331 as arn:aws:iam::854026359331:user/operator, region us-east-1'),
  read('target', 'aws ec2 describe-instances --instance-ids i-0c7e1f2a3b4d5e6f7'),
  fact('target', 'instance i-0c7e1f2a3b4d5e6f7 is running: m5.large in us-east-1a, volumes attached: 1'),
  fact('target', 'host answers: irc-1, hostid 7f4a10c2, time zone Etc/UTC'),
  fact('target', 'OpenZFS 2.1.11-1+deb12u1'),
  warning('target', 'chat-backup.service has failed since 2026-11-20T04:12:09Z: its newest dump is 2 d 9 h old'),
  fact('target', 'these units may write meanwhile: chat.service, chat-bridge.service, mail-index.service'),
  read(
    'target',
    `for f in /proc/spl/kstat/zfs/*/state; do [ -e "$f" ] && printf '%s\\t%s\\n' "$f" "$(cat "$f")"; done; true`,
  ),
]

const lua = `zfs program -m 104857600 -t 1000000000 tank - 512 <<'END'
local args = ...
local trees = {
  { dataset = "tank/home/alice", target = "2026-11-21_22.00.00--1w", destroys = { "2026-11-21_23.00.00--1w" } },
  { dataset = "tank/home", target = "2026-11-21_22.00.00--1w", destroys = { "2026-11-21_23.00.00--1w" } },
}
local blocked = {}
for _, one in ipairs(trees) do
  local errno = zfs.check.rollback(one.dataset)
  if errno ~= 0 then blocked[one.dataset] = errno end
end
return { done = 1 }
END`

const gate = `set -e
mkdir -p /run/lifeboat
printf '%s\\n' ${run} > /run/lifeboat/hold
if ! mountpoint -q /etc/cron.d/zfsnap; then
  cp -p /etc/cron.d/zfsnap /run/lifeboat/${run}/cron/zfsnap
  mount --bind /run/lifeboat/${run}/cron/zfsnap /etc/cron.d/zfsnap
fi
systemctl daemon-reload`

const createVolume = `aws ec2 create-volume --availability-zone us-east-1a --snapshot-id snap-0a1bf8859d2117b6a --volume-type gp3 --size 500 --client-token 8f14e45f-ceea-467f-a8b1-3d7a2c9e1b50 --tag-specifications '[{"ResourceType":"volume","Tags":[{"Key":"Name","Value":"irc-data"},{"Key":"lifeboat:run","Value":"${run}"}]}]'`

const planned: Partial<Readonly<Record<StepId, string>>> = {
  gate,
  'create-volume': createVolume,
  'attach-volume':
    'aws ec2 attach-volume --volume-id @create-volume.volumeId --instance-id i-0c7e1f2a3b4d5e6f7 --device /dev/sdf',
  'find-disk': 'udevadm settle --timeout 30',
  'inspect-pool': 'zpool import -d /dev/disk/by-id -o readonly=on -N -R /run/lifeboat/pool 16856943988269429216',
}

/** Every step of the route, as if all of it were reviewed at once. */
const allSteps = stepsOf(route).map((step) => ({
  id: step.id,
  title: step.kind === 'action' ? step.title : step.question,
}))

/** What the first review shows. */
export const plan: readonly RunEvent[] = [
  read('review', 'aws iam simulate-principal-policy --action-names ec2:CreateVolume ec2:AttachVolume'),
  ...allSteps.flatMap(({ id, title }) => [
    fact('review', `${id}: ${title}`),
    ...(planned[id] === undefined ? [] : [fact('review', `  $ ${planned[id]}`, 'command')]),
  ]),
  fact(
    'review',
    [
      'in short:',
      'makes a gp3 volume of 500 GiB, which costs money while it exists',
      'attaches it to i-0c7e1f2a3b4d5e6f7 as /dev/sdf, and looks at it read-only',
      'holds back chat-backup.service, mail-backup.service, zfsnap.timer, /etc/cron.d/zfsnap until the end',
      'stops no service yet, destroys nothing; lifeboat undo takes all of it back',
    ].join('\n'),
    'summary',
  ),
]

const datasets = ['tank/home/alice', 'tank/home/bob', 'tank/chat', 'tank/home', 'tank/mail', 'tank/scratch', 'tank']

/** What the review before a rollback shows. */
export const destruction: readonly RunEvent[] = [
  fact('review-rollback', 'stop-services: stop the services'),
  fact('review-rollback', '  $ systemctl stop -- chat.service', 'command'),
  fact('review-rollback', 'roll-back: roll the datasets back'),
  fact('review-rollback', `  $ ${lua}`, 'command'),
  fact('review-rollback', 'in all: destroys 7 snapshots, and what 7 datasets have written since', 'summary'),
  fact(
    'review-rollback',
    'the EBS snapshot snap-0a1bf8859d2117b6a of 2026-11-21T23:45:04.000Z is not touched: all of this is still in it',
    'summary',
  ),
  ...datasets.map((each) => fact('review-rollback', `rolls back ${each} to @2026-11-21_22.00.00--1w`, 'summary')),
  ...datasets.map((each) =>
    fact('review-rollback', `destroys ${each}@2026-11-21_23.00.00--1w  14 h 8 m old  76 KiB`, 'summary'),
  ),
]

const only: Option<unknown> = { kind: 'option', value: { go: true }, label: 'do it' }

export const questionOf = (id: StepId, more: Partial<Question> = {}): Question => ({
  step: choiceOf(id),
  danger: 'moderate',
  options: [only],
  suggested: only,
  confirmation: undefined,
  earlier: ['target', 'source', 'snapshot', 'volume'],
  ...more,
})

/** So many EBS snapshots, a day between each: the newest is still being made, the oldest are archived. */
export const snapshots = (count: number): Option<unknown>[] =>
  Array.from({ length: count }, (_none, at) => {
    const startedAt = new Date(Date.parse('2026-11-21T23:45:04.000Z') - at * 86_400_000).toISOString()
    const snapshotId = `snap-0${(0xa1bf8859d2117 + at * 7_919).toString(16)}b6a`
    const archived = at > 30
    return {
      kind: 'option',
      value: {
        original: false,
        snapshotId,
        volumeId: 'vol-0a1b2c3d4e5f60718',
        startedAt,
        sizeGiB: 500,
        state: at === 0 ? 'pending' : 'completed',
        tier: archived ? 'archive' : 'standard',
        encrypted: true,
        kmsKeyId: null,
        progress: at === 0 ? 41 : 100,
        ownerId: '854026359331',
        description: 'Created for policy: policy-0d4c3b2a190807f6e schedule: Daily-2Weeks',
        tags: { SnapshotCreator: 'DLM', SnapshotPolicy: 'Daily-2Weeks' },
      },
      label: `${snapshotId}  ${at} d old`,
      detail:
        'what was written after it is not in it; the hourly snapshots before it are inside. Of vol-0a1b2c3d4e5f60718. Created for policy: policy-0d4c3b2a190807f6e schedule: Daily-2Weeks',
      ...(at === 0
        ? { disabled: 'it is pending: 41 % of it has arrived, and only a completed one can become a volume' }
        : archived
          ? {
              disabled: `it is archived, and its return takes up to 72 hours: aws ec2 restore-snapshot-tier --snapshot-id ${snapshotId} --temporary-restore-days 7`,
            }
          : {}),
    }
  })

const titleOf = (id: StepId): string => {
  const step = stepsOf(route).find((each) => each.id === id)
  return step?.kind === 'action' ? step.title : id
}

const began = (step: StepId): RunEvent => ({ type: 'step-started', step, title: titleOf(step) })

const ended = (step: StepId, durationMs: number): RunEvent => ({
  type: 'step-finished',
  step,
  effect: null,
  durationMs,
})

const answers: readonly StepId[] = ['launch', 'review-launch', 'target', 'source', 'snapshot', 'volume', 'review']

/** A run in its second part: the datasets are being rolled back. */
export const rollingBack: readonly RunEvent[] = [
  {
    type: 'run-started',
    runId: run,
    route: 'ebs',
    host: 'irc-1',
    version: '0.1.0',
    pid: 4711,
    steps: stepsOf(route).map(({ id }) => id),
  },
  ...looking,
  ...plan,
  ...answers.map((step): RunEvent => ({ type: 'answer', step, value: {}, by: 'operator' })),
  ...(['launch-instance', 'gate', 'create-volume', 'attach-volume', 'find-disk', 'inspect-pool'] as const).flatMap(
    (step, at) => [began(step), ended(step, 1_700 + at * 61_000)],
  ),
  ...(['way', 'point'] as const).map((step): RunEvent => ({ type: 'answer', step, value: {}, by: 'operator' })),
  ...destruction,
  { type: 'answer', step: 'review-rollback', value: {}, by: 'operator' },
  ...(['stop-services', 'import-pool', 'hold'] as const).flatMap((step) => [began(step), ended(step, 4_100)]),
  began('roll-back'),
  read('roll-back', 'zfs list -Hp -t snapshot,bookmark -o name,guid,createtxg,creation,used -r tank'),
  change('roll-back', lua),
  {
    type: 'progress',
    step: 'roll-back',
    done: 212,
    total: 1120,
    unit: 'snapshots',
    waitingFor: 'the pool to free what is destroyed',
  },
]

const error = {
  code: 'remote-command-failed',
  message: `a command on irc-1 ended with 1: zfs program -m 104857600 -t 1000000000 tank - 512
cannot destroy 'tank/home/alice@2026-11-21_23.00.00--1w': dataset is busy`,
  notChanged: ['no snapshot was destroyed and no dataset was rolled back'],
  exists: [],
  next: [],
}

const resources = [
  { kind: 'instance', id: 'i-0c7e1f2a3b4d5e6f7', region: 'us-east-1', host: 'irc-1', state: 'running', madeByUs: true },
  {
    kind: 'volume',
    id: 'vol-59084f7a8823b21fb',
    region: 'us-east-1',
    host: 'irc-1',
    state: 'attached',
    madeByUs: true,
  },
  {
    kind: 'pool',
    id: 'tank (GUID 16856943988269429216)',
    region: null,
    host: 'irc-1',
    state: 'imported',
    madeByUs: false,
  },
  {
    kind: 'gate',
    id: 'chat-backup.service, /etc/cron.d/zfsnap',
    region: null,
    host: 'irc-1',
    state: 'closed',
    madeByUs: true,
  },
  { kind: 'lock', id: '/run/lifeboat/lock', region: null, host: 'irc-1', state: 'taken', madeByUs: true },
] as const

const stepFailed: RunEvent = { type: 'step-failed', step: 'roll-back', error }

const runFailed: RunEvent = {
  type: 'run-finished',
  outcome: 'failed',
  runId: run,
  exitCode: 3,
  changed: true,
  datasets: [],
  restoredTo: null,
  rtoMs: null,
  dataLossMs: null,
  resources,
  leftovers: resources,
  next: [
    {
      why: 'see what holds the snapshot',
      command: `ssh -F /home/ann/.ssh/config irc-1 "sudo zfs holds -r 'tank/home/alice@2026-11-21_23.00.00--1w'; sudo fuser -vm /tank/home/alice"`,
    },
    { why: 'go on where it stopped', command: `lifeboat resume ${run}` },
    { why: 'or take back what it made', command: `lifeboat undo ${run} --confirm irc-1` },
  ],
}

/** The same, to its bitter end. */
export const failing: readonly RunEvent[] = [...rollingBack, stepFailed, runFailed]

/** The last word on it. */
export const failure: readonly string[] = [stepFailed, runFailed].flatMap(said)

const evidence = [
  'every dataset is mounted where it belongs: findmnt shows all 6',
  '7 datasets stand on the chosen snapshots: guids match; nothing had been written since them when the services were started',
  'chat.service stays up for 10 s: active (running), 0 restarts',
  'probe chat answers: 200 {"service":"chat","records":1033,"newest":"2026-11-21T21:36:47Z"}',
  'the data is of the restored moment: newest record 2026-11-21T21:36:47.000Z, 23 m 13 s before the restored moment 2026-11-21T22:00:00.000Z',
]

const runRestored: RunEvent = {
  ...runFailed,
  outcome: 'restored',
  exitCode: 0,
  datasets: datasets.map((dataset) => ({
    dataset,
    snapshot: '2026-11-21_22.00.00--1w',
    createdAt: '2026-11-21T22:00:00.000Z',
  })),
  restoredTo: '2026-11-21T22:00:00.000Z',
  rtoMs: 1_866_300,
  dataLossMs: 900_000,
  leftovers: [],
  resources: resources.slice(0, 3),
  next: [
    {
      why: 'tell Terraform of the new volume before its next run, or it will undo this',
      command: 'terraform import aws_ebs_volume.NAME vol-59084f7a8823b21fb',
    },
    {
      why: 'when all is well, for some days: delete the EBS snapshot that was made of the lost volume',
      command: 'aws ec2 delete-snapshot --snapshot-id snap-0a1bf8859d2117b6a',
    },
  ],
}

const saying = (waitingFor: string, lines: readonly string[]): RunEvent => ({
  type: 'progress',
  step: 'prove',
  done: null,
  total: null,
  unit: null,
  waitingFor,
  lines: [...lines],
})

/** A run whose services are watched: what they say meanwhile is shown. */
export const proving: readonly RunEvent[] = [
  ...rollingBack,
  ended('roll-back', 11_600),
  ...(['mount', 'start-services'] as const).flatMap((step) => [began(step), ended(step, 1_100)]),
  began('prove'),
  ...evidence.slice(0, 2).map((text) => fact('prove', text)),
  saying('probe chat to answer', [
    '2026-11-22T13:07:41+00:00 irc-1 chatd[4711]: replaying /srv/chat/chat.db-wal: 1033 of 48112 records',
    '2026-11-22T13:07:46+00:00 irc-1 chatd[4711]: replaying /srv/chat/chat.db-wal: 9200 of 48112 records',
    '2026-11-22T13:07:51+00:00 irc-1 chatd[4711]: replaying /srv/chat/chat.db-wal: 17455 of 48112 records',
  ]),
]

/** A run that has ended well. */
export const restored: readonly RunEvent[] = [
  ...rollingBack,
  ended('roll-back', 11_600),
  ...(['mount', 'start-services', 'prove'] as const).flatMap((step) => [
    began(step),
    ...(step === 'prove' ? evidence.map((text) => fact(step, text)) : []),
    ended(step, 1_100),
  ]),
  ...(['lift-gate', 'hand-over'] as const).flatMap((step) => [began(step), ended(step, 1_000)]),
  runRestored,
]

export const success: readonly string[] = said(runRestored)
