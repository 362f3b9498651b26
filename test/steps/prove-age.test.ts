import { describe, expect, it } from 'vitest'
import { ageEvidence } from '../../src/steps/prove-age.ts'
import { startServicesAction } from '../../src/steps/start-services.ts'
import { localRun, targetOf } from './local-run.ts'

/** A run on this host's own pool that brought one dataset back to 18:00; the services run since 19:30. */
function restored(dataset: string) {
  const point = { way: 'clone' as const, at: 'hour', targets: [targetOf(dataset)], left: [] }
  const local = localRun([startServicesAction], point, [])
  local.begun('start-services', {}, { units: [], startedAt: '2026-11-21T19:30:00.000Z' })
  return local
}

const mounted = ['tank', 'tank/chat', 'tank/home', 'tank/home/alice', 'other/chat']

describe('the newest record, where one dataset of a healthy pool was brought back', () => {
  it('that is newer than the dataset is of another one, which was left as it was: said, not judged', () => {
    const local = restored('tank/home/alice')
    expect(ageEvidence(local.run, '2026-11-21T18:59:00.000Z', mounted)).toEqual({
      what: 'the data is of the restored moment',
      passed: true,
      saw: 'newest record 2026-11-21T18:59:00.000Z; nothing says that it is of a restored dataset',
    })
    expect(local.findings()).toEqual([
      'warn: the newest record, 2026-11-21T18:59:00.000Z, is newer than what was restored: it can only be of what was left as it was (tank, tank/chat, tank/home)',
    ])
  })

  it('that is newer than the only dataset in use is of other data', () => {
    const local = restored('tank/chat')
    const seen = ageEvidence(local.run, '2026-11-21T18:59:00.000Z', ['tank/chat', 'other/chat'])
    expect(seen).toMatchObject({ passed: false, saw: expect.stringMatching(/this is other data$/) })
    expect(local.findings()).toEqual([])
  })
})
