import { expect } from 'vitest'
import type { Scenario } from './operator.ts'

export const changesAnAnswer: Scenario = {
  title: 'going back and changing an answer: what depends on it is asked again, and nothing was made',
  async play(operator, scene) {
    const [newest, older] = scene.world.snapshots.toReversed()
    await operator.opens('--host', 'irc-1')
    await operator.isAsked('Where does the data come back from?')
    operator.presses('choose')
    await operator.isAsked('Which EBS snapshot')
    operator.presses('down', 'choose')
    await operator.isAsked('What should the new volume be like?')
    operator.presses('choose')
    await operator.isAsked('Shall this be done?')
    await operator.sees(`from ${older?.snapshotId}`)

    // The volume of the other snapshot is asked for anew.
    operator.presses('back')
    await operator.isAsked('What should the new volume be like?')
    operator.presses('back')
    await operator.isAsked('Which EBS snapshot')
    operator.presses('first', 'choose')
    await operator.isAsked('What should the new volume be like?')
    operator.presses('choose')
    await operator.isAsked('Shall this be done?')
    await operator.sees(`from ${newest?.snapshotId}`)

    // Enter is no answer to a review, and q leaves.
    operator.presses('choose')
    await operator.sees('nothing was done')
    operator.presses('leave')
    await operator.isLeftWith(130)
    expect(await scene.dataVolumes()).toEqual([])
  },
}
