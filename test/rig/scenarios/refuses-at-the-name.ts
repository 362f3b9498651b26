import { expect } from 'vitest'
import { contents, older } from '../living-pool.ts'
import type { Scenario } from './operator.ts'

export const refusesAtTheName: Scenario = {
  title: 'a wrong name destroys nothing, nor does going back or leaving at that question, and undo takes all back',
  async play(operator, scene) {
    const before = await contents(scene)
    await operator.opens('--host', 'irc-1', '--source', 'local')
    await operator.isAsked('Shall backups and snapshot schedules be held back?')
    operator.presses('yes')
    await operator.isAsked('What shall be done with the data?')
    operator.presses('down', 'choose')
    await operator.isAsked('Which moment of the data should it be?')
    await operator.filters(older, / 1 of \d+/)
    operator.presses('choose')

    await operator.isAsked('Type irc-1')
    operator.types('irc-2\r')
    await operator.sees('"irc-2" is not irc-1: nothing was done')
    // The arrow is a key that no name has.
    operator.types('\u001b[D')
    await operator.isAsked('Which moment of the data should it be?')
    await operator.filters(older, / 1 of \d+/)
    operator.presses('choose')
    await operator.isAsked('Type irc-1')
    operator.presses('stop')
    await operator.isLeftWith(130)
    operator.reads(/lifeboat resume \S+/)
    expect(await contents(scene)).toBe(before)

    await operator.opens('resume')
    await operator.isAsked('Type irc-1')
    operator.presses('stop')
    await operator.isLeftWith(130)
    expect(await scene.undo()).toMatchObject({ exitCode: 0 })
    expect(await contents(scene)).toBe(before)
  },
}
