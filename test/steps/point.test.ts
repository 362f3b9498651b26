import { describe, expect, it } from 'vitest'
import { resolveAt } from '../../src/steps/pick-point.ts'
import { pointChoice } from '../../src/steps/point.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { datasetRows, localRun } from './local-run.ts'

const snapshots = (names: readonly string[]): string =>
  names.map((name, at) => `${name}@hour\tsnapshot\t${at}\t10\t1795284000\t0\t0\t-\n`).join('')

/** A pool with a zvol, of which these have the snapshot. */
function poolWithZvol(way: string, names: readonly string[], path: string | null = null, dataset: string[] = []) {
  const rows = datasetRows([['tank'], ['tank/chat'], ['tank/disk', { type: 'volume', mountpoint: '-' }]])
  const local = localRun(
    [],
    { way: 'none', at: 'head' },
    [
      [/^names=/, snapshots(names)],
      [/^zfs list -Hp -r/, rows],
    ],
    { flags: { dataset } },
  )
  const { session } = local
  const answers = { way, path: { path }, to: { to: '/root/x' } } as const
  for (const step of ['way', 'path', 'to'] as const)
    session.record({ type: 'answered', at: session.at(), step, value: answers[step], by: 'flag' })
  return local.run
}

const warnings = async (run: ReturnType<typeof poolWithZvol>): Promise<string[]> => {
  const findings = await pointChoice.check(run, await resolveAt(run, 'hour'))
  return findings.flatMap(({ level, message }) => (level === 'warn' ? [message] : []))
}

describe('everything that is copied out of a pool', () => {
  it('is what has files: a zvol is left, and told of', async () => {
    const run = poolWithZvol('files', ['tank', 'tank/chat', 'tank/disk'])
    const point = await resolveAt(run, 'hour')
    expect(point).toMatchObject({ targets: [{ dataset: 'tank' }, { dataset: 'tank/chat' }], left: ['tank/disk'] })
    expect(await warnings(run)).toEqual(['nothing is copied out of zvols, which hold disks, not files: tank/disk'])
  })

  it('is nothing where only a zvol has the snapshot', async () => {
    const run = poolWithZvol('files', ['tank/disk'])
    expect(await thrownBy(resolveAt(run, 'hour'))).toMatchObject({ code: 'only-zvols' })
  })
})

it('the top of a dataset is its top, however its path is written', async () => {
  const run = poolWithZvol('files', ['tank', 'tank/chat'], './', ['tank/chat'])
  expect(await resolveAt(run, 'hour')).toMatchObject({ targets: [{ dataset: 'tank/chat' }], path: '.' })
})

it("a clone's warning tells of the pool's own dataset why it stays as it is", async () => {
  const run = poolWithZvol('clone', ['tank', 'tank/chat', 'tank/disk'])
  expect(await warnings(run)).toEqual([
    "left as in the head, because no clone can take the place of the pool's own dataset: tank",
  ])
})
