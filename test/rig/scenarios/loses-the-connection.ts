import { expect } from 'vitest'
import { contents, older } from '../living-pool.ts'
import { relayed } from '../relayed.ts'
import type { Scenario } from './operator.ts'

export const losesTheConnection: Scenario = {
  title: 'a connection that is lost is waited for, and where it is back the same question is asked',
  async play(operator, scene) {
    const before = await contents(scene)
    await using network = await relayed(scene)
    await operator.opens('--host', 'irc-1', '--source', 'local')
    await operator.isAsked('Shall backups and snapshot schedules be held back?')
    operator.presses('yes')
    await operator.isAsked('What shall be done with the data?')

    network.refuses = true
    network.cut()
    operator.presses('down', 'choose')
    await operator.sees('the connection to come back')
    // Somebody makes the window smaller meanwhile, and large again.
    operator.resizes(60, 16)
    await operator.sees('the connection to come back')
    operator.resizes(80, 24)
    network.refuses = false
    await operator.isAsked('Which moment of the data should it be?')

    await operator.filters(older, / 1 of \d+/)
    network.refuses = true
    network.cut()
    operator.presses('datasets')
    await operator.sees('The datasets at this moment')
    operator.presses('back')
    network.refuses = false
    await operator.isAsked('Which moment of the data should it be?')
    operator.presses('stop')
    operator.presses('leave')
    await operator.isLeftWith(130)
    expect(await scene.undo()).toMatchObject({ exitCode: 0 })
    expect(await contents(scene)).toBe(before)
  },
}
