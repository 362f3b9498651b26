import { describe, expect, it } from 'vitest'
import { rollBackAction } from '../../src/steps/roll-back.ts'
import { localRun, targetOf } from './local-run.ts'

const point = { way: 'rollback' as const, at: 'hour', targets: [targetOf('tank/chat')], left: [] }

/** What stood before a rollback to the newest snapshot: no other tells whether it was done. */
const stood = (written?: number) => ({
  pool: 'tank',
  rollbacks: [{ dataset: 'tank/chat', snapshot: 'hour', destroys: [], written }],
})

const hostWith = (written: number) =>
  localRun([rollBackAction], point, [
    [/zfs get -Hp -t/, `tank/chat\twritten@hour\t${written}\n`],
    [/zfs list -Hp -t snapshot/, 'tank/chat@hour\tof tank/chat\n'],
  ]).run

const stateOf = async (before: number | undefined, now: number): Promise<string> =>
  (await rollBackAction.find(hostWith(now), stood(before))).state

async function levelsWith(now: number): Promise<string[]> {
  const found = await rollBackAction.verify(hostWith(now), stood(1_000_000), { rolledBack: [] })
  return found.map((each) => each.level)
}

describe('a dataset whose snapshot carries an intent log, which ZFS empties when it rolls it back', () => {
  it('is found rolled back: less is written since than before', async () => {
    expect(await stateOf(90_000, 12_288)).toBe('present')
    expect(await stateOf(90_000, 0)).toBe('present')
  })

  it('is not taken for rolled back while all that was written is there', async () => {
    expect(await stateOf(12_288, 12_288)).toBe('absent')
    expect(await stateOf(undefined, 12_288)).toBe('absent')
  })

  it('stands at its snapshot with what ZFS itself has written, and not with more', async () => {
    expect(await levelsWith(12_288)).toEqual([])
    expect(await levelsWith(300_000)).toEqual(['error'])
  })
})
