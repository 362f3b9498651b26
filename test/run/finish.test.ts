import { describe, expect, it } from 'vitest'
import { finished } from '../../src/run/finish.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import type { Flags } from '../../src/steps/flags.ts'
import { ProofFailed } from '../../src/steps/prove.ts'
import { ebsRoute } from '../../src/steps/routes.ts'
import type { StepId } from '../../src/steps/step.ts'
import { LifeboatError } from '../../src/text/errors.ts'
import { FakeJournal, fakeSession, started, type FakeSession } from './fake-session.ts'

const answered = (step: StepId, value: unknown): JournalRecord => ({
  type: 'answered',
  at: '2026-11-21T19:00:01.000Z',
  step,
  value,
  by: 'flag',
})

const done = (step: StepId, effect: unknown): JournalRecord[] => [
  { type: 'intended', at: '2026-11-21T19:01:00.000Z', step, attempt: 1, before: {}, commands: [] },
  { type: 'done', at: '2026-11-21T19:02:00.000Z', step, attempt: 1, effect },
]

const snapshot = {
  snapshotId: 'snap-0aaaaaaaaaaaaaaaa',
  volumeId: 'vol-0dddddddddddddddd',
  startedAt: '2026-11-20T23:45:12.000Z',
  sizeGiB: 1,
  state: 'completed',
  tier: 'standard',
  encrypted: false,
  ownerId: '123456789012',
  description: '',
  tags: {},
}

const target = (dataset: string, createdAt: string) => ({
  dataset,
  snapshot: 'hourly',
  guid: '1',
  createtxg: 5,
  createdAt,
})

/** A restored run with this moment chosen. */
const restored = (point: unknown, given: Partial<Flags> = {}): FakeSession => {
  const journal = new FakeJournal([
    started(given, ebsRoute),
    answered('snapshot', snapshot),
    answered('point', point),
    ...done('attach-volume', {
      volumeId: 'vol-0eeeeeeeeeeeeeeee',
      instanceId: 'i-0aaaaaaaaaaaaaaaa',
      device: '/dev/sdf',
    }),
    ...done('inspect-pool', { pool: 'tank', guid: '12', datasets: ['tank', 'tank/irc', 'tank/home'] }),
    ...done('prove', { evidence: [], provenAt: '2026-11-21T19:12:30.000Z', newestRecordAt: null }),
  ])
  return fakeSession({ journal, route: ebsRoute })
}

const head = { way: 'none', at: 'head' }

const rolledBack = {
  way: 'rollback',
  at: 'latest',
  left: ['tank/home'],
  targets: [target('tank', '2026-11-20T23:00:00.000Z'), target('tank/irc', '2026-11-20T22:00:00.000Z')],
}

describe('the last word of a restored run', () => {
  it('says how long it took from the first start to the proof', () => {
    expect(finished(restored(head), null, 0)).toMatchObject({ outcome: 'restored', exitCode: 0, rtoMs: 750_000 })
  })

  it('says that every dataset stands at the moment of the EBS snapshot where the head was kept', () => {
    const { datasets, restoredTo } = finished(restored(head), null, 0)
    expect(datasets).toEqual(
      ['tank', 'tank/irc', 'tank/home'].map((dataset) => ({
        dataset,
        snapshot: null,
        createdAt: snapshot.startedAt,
      })),
    )
    expect(restoredTo).toBe(snapshot.startedAt)
  })

  it('says where each dataset stands, and takes the oldest for the moment it is restored to', () => {
    const { datasets, restoredTo } = finished(restored(rolledBack), null, 0)
    expect(datasets).toEqual([
      { dataset: 'tank', snapshot: 'hourly', createdAt: '2026-11-20T23:00:00.000Z' },
      { dataset: 'tank/irc', snapshot: 'hourly', createdAt: '2026-11-20T22:00:00.000Z' },
      { dataset: 'tank/home', snapshot: null, createdAt: snapshot.startedAt },
    ])
    expect(restoredTo).toBe('2026-11-20T22:00:00.000Z')
  })

  it('says what was lost where it was told of the incident, in any zone', () => {
    const incident = { incidentAt: '2026-11-21T01:00:00+01:00' }
    expect(finished(restored(rolledBack, incident), null, 0).dataLossMs).toBe(2 * 3_600_000)
    expect(finished(restored(rolledBack), null, 0).dataLossMs).toBeNull()
  })

  it('names what is there to stay, and that Terraform must be told', () => {
    const { resources, leftovers, next } = finished(restored(head), null, 0)
    expect(leftovers).toEqual([])
    expect(resources.map((each) => `${each.kind} ${each.id} ${each.state}`)).toEqual([
      'volume vol-0eeeeeeeeeeeeeeee attached',
      'pool tank (GUID 12) imported',
    ])
    expect(next.map((each) => each.command)).toContain('terraform import aws_ebs_volume.NAME vol-0eeeeeeeeeeeeeeee')
  })
})

it('a run whose proof failed is unproven, not failed', () => {
  const error = new ProofFailed({ code: 'proof-failed', message: 'm' })
  expect(finished(fakeSession(), error, 4)).toMatchObject({ outcome: 'unproven', exitCode: 4, datasets: [] })
})

describe('what a failed run leaves', () => {
  const gates = {
    run: 'r',
    who: 'ann',
    since: '',
    backups: ['b.service'],
    services: ['s.service'],
    cron: [],
    running: [],
  }
  const gated: JournalRecord[] = [
    { type: 'intended', at: '2026-11-21T19:01:00.000Z', step: 'gate', attempt: 1, before: gates, commands: [] },
    { type: 'done', at: '2026-11-21T19:02:00.000Z', step: 'gate', attempt: 1, effect: { liftedByHostAt: '' } },
  ]
  const volume = { kind: 'volume', id: 'vol-1', region: 'r', host: 'web', state: 'error', madeByUs: true } as const
  const failure = new LifeboatError({ code: 'volume-error', message: 'it is in state error', exists: [volume] })

  const left = (...records: JournalRecord[]) =>
    finished(
      fakeSession({ journal: new FakeJournal([started({}, ebsRoute), ...records]), route: ebsRoute }),
      failure,
      3,
    ).leftovers.map(({ kind, state }) => `${kind} ${state}`)

  it('is what its steps made, and what the error itself names', () => {
    expect(left(...gated)).toEqual(['gate closed', 'lock taken', 'volume error'])
  })

  it('is not a gate that was lifted', () => {
    expect(left(...gated, ...done('lift-gate', {}))).toEqual(['lock taken', 'volume error'])
  })
})
