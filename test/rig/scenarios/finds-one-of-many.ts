import { expect } from 'vitest'
import type { CloudWorld } from '../../../src/lab/cloud/world.ts'
import type { Scenario } from './operator.ts'

const count = 10_000

/** As many snapshots as an account with many volumes and long retention has, an hour apart. */
export const withManySnapshots = (world: CloudWorld): CloudWorld => {
  const [first] = world.snapshots
  if (first === undefined) throw new Error('the world has no snapshots')
  const older = Array.from({ length: count - world.snapshots.length }, (_none, at) => ({
    ...first,
    snapshotId: `snap-${at.toString(16).padStart(17, '0')}`,
    startedAt: new Date(Date.parse(first.startedAt) - (at + 1) * 3_600_000).toISOString(),
  }))
  return { ...world, snapshots: [...older, ...world.snapshots] }
}

export const findsOneOfMany: Scenario = {
  title: 'one of ten thousand snapshots is found by a part of its name',
  async play(operator, scene) {
    await operator.opens('--host', 'irc-1')
    await operator.isAsked('Where does the data come back from?')
    operator.presses('choose')
    await operator.isAsked('Which EBS snapshot')
    await operator.sees(/1 to \d+ of 10000/)
    operator.presses('last')
    await operator.sees('of 10000')
    await operator.filters('0012ab', /1 of 10000/)
    await operator.sees(/snap-0*12ab:/)
    operator.presses('choose')
    await operator.isAsked('What should the new volume be like?')
    operator.presses('leave')
    await operator.isLeftWith(130)
    expect(await scene.dataVolumes()).toEqual([])
  },
}
