// Reads the world when all is over: outcomes count, and not which keys were pressed.
import { z } from 'zod'
import type { World } from '../host/manifest.ts'
import type { Aftermath, Scenario, Stage } from './scenario.ts'

const lines = {
  messages: 'sha256sum < /tank/chat/messages.log',
  notes: 'sha256sum < /tank/home/alice/notes.txt',
  answer: 'curl -s http://127.0.0.1:6680/',
  service: 'systemctl is-active chat.service',
  timer: 'systemctl is-active chat-backup.timer',
  gates: 'ls -d /run/lifeboat /etc/lifeboat /etc/systemd/system/chat*.service.d',
  cron: 'findmnt -rn -o TARGET | grep cron',
  held: "zfs list -H -o name,userrefs -t snapshot | awk -F '\\t' '$2 > 0 { print $1 }'",
  snapshots: 'zfs list -H -o name -t snapshot',
} as const

type Name = keyof typeof lines

const mark = '=== '

async function readAll(stage: Stage): Promise<Record<Name, string>> {
  const line = Object.entries(lines)
    .map(([name, command]) => `echo '${mark}${name}'; { ${command}; } 2>/dev/null`)
    .join('; ')
  const parts = (await stage.ssh(`${line}; true`)).split(mark).slice(1)
  const read = new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]))
  const of = (name: Name): string => read.get(name)?.trim() ?? ''
  return {
    messages: of('messages'),
    notes: of('notes'),
    answer: of('answer'),
    service: of('service'),
    timer: of('timer'),
    gates: of('gates'),
    cron: of('cron'),
    held: of('held'),
    snapshots: of('snapshots'),
  }
}

const rowsOf = (text: string): string[] => text.split('\n').filter((row) => row !== '')

const answerOf = z.object({ newest: z.string().nullable() })

/** The newest record that the service tells of. */
function newestOf(answer: string): string | null {
  try {
    return answerOf.parse(JSON.parse(answer)).newest
  } catch {
    return null
  }
}

const emptySum = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** A file that is not there has no digest: its shell printed that of nothing, or none. */
function sumOf(text: string): string | null {
  const sum = text.split(' ')[0] ?? ''
  return /^[0-9a-f]{64}$/.test(sum) && sum !== emptySum ? sum : null
}

async function looksAt(stage: Stage, looks: Scenario['looks'] = {}): Promise<Record<string, string>> {
  const seen = Object.entries(looks).map(async ([name, line]) => [name, await stage.ssh(`{ ${line}; } 2>&1; true`)])
  return Object.fromEntries(await Promise.all(seen))
}

/** Reads the world of a lab, with the scenario's own looks. */
export async function aftermathOf(stage: Stage, { looks }: Pick<Scenario, 'looks'>): Promise<Aftermath> {
  const read = await readAll(stage)
  const rootVolumes = new Set(stage.cloud.instances().map((each) => each.rootVolumeId))
  return {
    messagesSha256: sumOf(read.messages),
    notesSha256: sumOf(read.notes),
    newestServed: newestOf(read.answer),
    service: read.service,
    backupTimer: read.timer,
    gates: [...rowsOf(read.gates), ...rowsOf(read.cron)],
    holds: rowsOf(read.held),
    volumes: stage.cloud
      .volumes()
      .filter((each) => !rootVolumes.has(each.volumeId))
      .map(({ volumeId, state, snapshotId }) => ({ volumeId, state, snapshotId })),
    snapshots: rowsOf(read.snapshots),
    seen: await looksAt(stage, looks),
  }
}

/** What every restore that came to its end has to leave: a service that answers, schedules that run, nothing held back. */
export function untidy(after: Aftermath): string[] {
  return [
    ...(after.service === 'active' ? [] : [`chat.service is ${after.service}`]),
    ...(after.newestServed === null ? ['the chat server does not answer'] : []),
    ...(after.backupTimer === 'active' ? [] : [`chat-backup.timer is ${after.backupTimer}`]),
    ...after.gates.map((each) => `${each} is still there, and holds something back`),
    ...after.holds.map((each) => `${each} is still held`),
  ]
}

/** What is wrong with the data, where it should be as in the head of an EBS snapshot. */
export function notAsInHead(after: Aftermath, world: World, snapshotId: string): string[] {
  const head = world.snapshots.find((each) => each.snapshotId === snapshotId)?.head
  if (head === undefined) return [`the world has no snapshot ${snapshotId}`]
  return [
    ...(after.messagesSha256 === head.messagesSha256
      ? []
      : [`the chat server's records are not those of ${snapshotId}'s head, which has ${head.records}`]),
    ...(after.notesSha256 === head.notesSha256 ? [] : [`alice's notes are not those of ${snapshotId}'s head`]),
  ]
}

/** The newest EBS snapshot that can be used. */
export const newestIn = (world: World): string => world.snapshots.at(-1)?.snapshotId ?? ''
