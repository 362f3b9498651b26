import { describe, expect, it } from 'vitest'
import { contextFor } from '../../src/run/context.ts'
import { AnotherRoute } from '../../src/steps/another-route.ts'
import { sourceChoice } from '../../src/steps/source.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession } from '../run/fake-session.ts'

const pool = (name: string, health: string) => ({ pool: name, guid: name, health, volumes: [], devices: [] })

function runWith(pools: readonly object[], suspended: string | null = null) {
  const session = fakeSession()
  const target = {
    host: 'web',
    hostId: '1',
    hostName: 'web',
    timeZone: 'UTC',
    zfs: '2.1',
    backups: [],
    cron: [],
    account: '1',
    instanceId: 'i-1',
    instanceType: 'm5.large',
    zone: 'a',
    maxAttachments: null,
    suspended,
    pools,
  }
  session.record({ type: 'answered', at: '', step: 'target', value: target, by: 'operator' })
  return contextFor(session, { step: 'source', attempt: 1, shown: null, ignoresStopping: false })
}

async function said(run: ReturnType<typeof runWith>): Promise<string[]> {
  const texts: string[] = []
  for await (const each of sourceChoice.options(run)) texts.push(each.kind === 'fact' ? each.text : each.label)
  return texts
}

const sources = ['an EBS snapshot', 'a dump in S3', "this host's own zfsnap snapshots"]

describe('where the data comes from', () => {
  it.each<[string, ReturnType<typeof runWith>, string[]]>([
    [
      'of a working pool its own snapshots are said to be nearer',
      runWith([pool('tank', 'ONLINE'), pool('old', 'DEGRADED')]),
      ['the pool tank works here: if only some of its data is wrong, its own snapshots are nearer'],
    ],
    [
      'without one it has to come from outside',
      runWith([]),
      ['no pool is imported that works: the data has to come from outside the host'],
    ],
    ['of a suspended one the target has told', runWith([], 'tank'), []],
  ])('%s', async (_what, run, facts) => {
    expect(await said(run)).toEqual([...facts, ...sources])
  })

  it('from another source than the run’s it is begun anew with that one', async () => {
    const run = runWith([])
    expect(await sourceChoice.check(run, 'ebs')).toEqual([])
    expect(await thrownBy(sourceChoice.check(run, 'local'))).toMatchObject({ source: 'local' })
    expect(await thrownBy(sourceChoice.check(run, 'local'))).toBeInstanceOf(AnotherRoute)
  })
})
