import { expect } from 'vitest'
import { endState, sha } from '../end-state.ts'
import type { Scenario } from './operator.ts'

export const leavesInEachPhase: Scenario = {
  title: 'Ctrl-C in each phase, and resume into the same screen, to a restored service',
  async play(operator, scene) {
    const newest = scene.world.snapshots.at(-1)
    const hourly = scene.world.hourlies.filter((each) => each.at < (newest?.startedAt ?? '')).at(-2)

    // Before anything is made, nothing stays behind.
    await operator.opens('--host', 'irc-1')
    await operator.isAsked('Where does the data come back from?')
    operator.presses('choose')
    await operator.isAsked('Which EBS snapshot')
    operator.presses('stop')
    await operator.isLeftWith(130)
    operator.reads(/nothing was changed/)
    expect((await scene.lifeboat(['runs', '--json'])).events).toEqual([])

    // While the volume is made, with a window that changes its size.
    await operator.goesToTheReview()
    operator.presses('yes')
    operator.resizes(60, 16)
    await operator.sees('$ aws ec2 create-volume')
    operator.resizes(120, 40)
    operator.presses('stop')
    await operator.isLeftWith(130)
    operator.reads(/lifeboat resume \S+/)

    // At each question after it.
    await operator.opens('resume')
    await operator.isAsked('What shall be done with the data?')
    operator.presses('stop')
    await operator.isLeftWith(130)
    await operator.opens('resume')
    await operator.isAsked('What shall be done with the data?')
    operator.presses('down', 'choose')
    await operator.isAsked('Which moment of the data should it be?')
    operator.presses('stop')
    await operator.isLeftWith(130)
    await operator.opens('resume')
    await operator.isAsked('Which moment of the data should it be?')
    await operator.filters(hourly?.snapshot ?? '', / 1 of \d+/)
    operator.presses('choose')
    await operator.isAsked('Type irc-1')
    operator.presses('stop')
    await operator.isLeftWith(130)

    // After the name was typed, in the middle of putting it in place.
    await operator.opens('resume')
    await operator.isAsked('Type irc-1')
    operator.types('irc-1\r')
    await operator.sees(/● roll/)
    operator.presses('stop')
    await operator.isLeftWith(130)
    await operator.opens('resume')
    await operator.sees('restored: the services run on this data')
    operator.presses('choose')
    await operator.isLeftWith(0)
    const end = await endState(scene)
    expect({ messages: sha(end.messages), service: end.service, gates: end.gates }).toEqual({
      messages: hourly?.messagesSha256,
      service: 'active',
      gates: '',
    })
    expect(await scene.dataVolumes()).toHaveLength(1)
  },
}
