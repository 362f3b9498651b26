import { describe, expect, it } from 'vitest'
import { debrief, judged, type Drill } from '../../src/commands/drill-debrief.ts'
import type { World } from '../../src/lab/host/manifest.ts'
import type { Aftermath } from '../../src/lab/scenarios/scenario.ts'
import { keyDenied } from '../../src/lab/scenarios/key-denied.ts'
import { volumeDeleted } from '../../src/lab/scenarios/volume-deleted.ts'
import type { RunEvent } from '../../src/run/events.ts'

const contents = (letter: string) => ({
  messagesSha256: letter.repeat(64),
  notesSha256: letter.repeat(64),
  records: 3,
  newestRecordAt: '2026-03-27T23:40:00Z',
})

const world: World = {
  builtAt: '2026-03-28T12:34:56.000Z',
  incidentAt: '2026-03-28T12:34:00.000Z',
  availabilityZone: 'us-east-1a',
  instanceId: 'i-0123456789abcdef0',
  originalVolumeId: 'vol-0123456789abcdef0',
  sizeGiB: 1,
  pool: 'tank',
  poolGuid: '1',
  hostid: '7f4a10c2',
  snapshots: [{ snapshotId: 'snap-1', startedAt: '2026-03-27T23:45:04.000Z', image: 'x', head: contents('a') }],
  hourlies: [],
}

const asInHead: Aftermath = {
  messagesSha256: 'a'.repeat(64),
  notesSha256: 'a'.repeat(64),
  newestServed: '2026-03-27T23:40:00Z',
  service: 'active',
  backupTimer: 'active',
  gates: [],
  holds: [],
  volumes: [],
  snapshots: [],
  seen: {},
}

const finished = (more: Partial<Extract<RunEvent, { type: 'run-finished' }>>): RunEvent => ({
  type: 'run-finished',
  outcome: 'restored',
  runId: '20260328-123500-abcd',
  exitCode: 0,
  changed: true,
  datasets: [],
  restoredTo: '2026-03-27T23:45:04.000Z',
  rtoMs: 90_000,
  dataLossMs: 46_136_000,
  resources: [],
  leftovers: [],
  next: [],
  ...more,
})

const drill = (more: Partial<Drill>): Drill => ({
  at: '2026-03-28T12:35:00.000Z',
  scenario: volumeDeleted,
  seed: 1,
  world,
  events: [finished({})],
  exitCode: 0,
  after: asInHead,
  hints: 1,
  ...more,
})

describe('a drill whose data came back', () => {
  it('is passed by what is in the world, with time and loss against the objectives', () => {
    const found = judged(drill({}))
    expect(found).toMatchObject({ passed: true, outcome: 'restored', faults: [], destroyed: [] })
    expect([...debrief(volumeDeleted, found)].slice(0, 6)).toEqual([
      'DRILL volume-deleted: passed',
      '  restored, and proven',
      '  time to restore: 1m 30s (objective 30m: kept)',
      '  data lost: 12h 48m (objective 1d: kept)',
      '  nothing was destroyed',
      '  hints used: 1 of 3',
    ])
  })

  it('is not passed with other data, whatever the program says', () => {
    const found = judged(drill({ after: { ...asInHead, messagesSha256: 'b'.repeat(64) } }))
    expect(found.passed).toBe(false)
    expect(found.faults).toEqual(["the chat server's records are not those of snap-1's head, which has 3"])
  })

  it('is not passed with something left behind on the host', () => {
    const left = {
      ...asInHead,
      gates: ['/run/lifeboat'],
      holds: ['tank@x'],
      backupTimer: 'inactive',
      newestServed: null,
    }
    expect(judged(drill({ after: left })).faults).toEqual([
      'the chat server does not answer',
      'chat-backup.timer is inactive',
      '/run/lifeboat is still there, and holds something back',
      'tank@x is still held',
    ])
  })

  it('names what a rollback has destroyed, and only where it was done', () => {
    const answer: RunEvent = {
      type: 'answer',
      step: 'review-rollback',
      value: { rollbacks: [{ dataset: 'tank/chat', snapshot: 'old', destroys: ['newer', 'newest'] }] },
      by: 'operator',
    }
    const rolledBack: RunEvent = { type: 'step-finished', step: 'roll-back', effect: {}, durationMs: 1 }
    expect(judged(drill({ events: [answer, finished({})] })).destroyed).toEqual([])
    const found = judged(drill({ events: [answer, rolledBack, finished({})] }))
    expect(found.destroyed).toEqual(['tank/chat@newer', 'tank/chat@newest'])
    expect([...debrief(volumeDeleted, found)]).toContain('  destroyed: 2 snapshots (tank/chat@newer, tank/chat@newest)')
  })
})

describe('a drill that can only end in a refusal', () => {
  const refusal: RunEvent = {
    type: 'step-failed',
    step: 'create-volume',
    error: { code: 'volume-vanished', message: '', notChanged: [], exists: [], next: [] },
  }
  const failed = finished({ outcome: 'failed', exitCode: 3, rtoMs: null, dataLossMs: null })

  it('is passed by that refusal, with nothing left that costs money', () => {
    const found = judged(drill({ scenario: keyDenied, events: [refusal, failed], exitCode: 3 }))
    expect(found).toMatchObject({ passed: true, outcome: 'refused', guards: ['volume-vanished'] })
  })

  it('is not passed without it, or with a volume that is left', () => {
    expect(judged(drill({ scenario: keyDenied, events: [failed], exitCode: 3 })).passed).toBe(false)
    const volumes = [{ volumeId: 'vol-1', state: 'available', snapshotId: null }]
    const left = judged(drill({ scenario: keyDenied, events: [refusal, failed], after: { ...asInHead, volumes } }))
    expect(left.faults).toEqual(['vol-1 is left, and costs money'])
  })
})
