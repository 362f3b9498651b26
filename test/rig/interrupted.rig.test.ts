import { beforeAll, describe, expect, it } from 'vitest'
import { comparable, endState } from './end-state.ts'
import { LabProcess } from './lab-process.ts'
import { threeHoursBack, type Event } from './program.ts'

const changesIn =
  (step: string) =>
  (event: Event): boolean =>
    event.type === 'command' && event.step === step && event.reads === false

describe('a run that is killed', () => {
  let undisturbed: ReturnType<typeof comparable>

  beforeAll(async () => {
    await using lab = await LabProcess.start()
    const ran = await lab.restore(threeHoursBack(lab.world))
    if (ran.exitCode !== 0) throw new Error(`the undisturbed run ended with ${ran.exitCode}`)
    undisturbed = comparable(await endState(lab))
  })

  const dangerous = ['create-volume', 'attach-volume', 'import-pool', 'roll-back', 'start-services']
  for (const step of ['gate', ...dangerous, 'hand-over']) {
    it(`in ${step} is taken up by resume, and ends as if nothing had happened`, async () => {
      await using lab = await LabProcess.start()
      const killed = await lab.restore(threeHoursBack(lab.world), { killAt: changesIn(step) })
      expect(killed.exitCode).toBeNull()
      expect(killed.last).toMatchObject({ type: 'command', step })

      const resumed = await lab.resume()
      expect(resumed.stderr).toBe('')
      expect(resumed.last).toMatchObject({ type: 'run-finished', outcome: 'restored', exitCode: 0 })
      expect(comparable(await endState(lab))).toEqual(undisturbed)
      expect(await lab.dataVolumes()).toHaveLength(1)
    })
  }

  it('is refused a second start, and can be undone to the world it began with', async () => {
    await using lab = await LabProcess.start()
    const gatesBefore = (await endState(lab)).gates
    const killed = await lab.restore(threeHoursBack(lab.world), { killAt: changesIn('import-pool') })
    const runId = killed.events[0]?.runId
    const second = await lab.restore(threeHoursBack(lab.world))
    expect(second.exitCode).toBe(5)
    expect(second.events).toMatchObject([
      {
        type: 'error',
        exitCode: 5,
        error: {
          code: 'run-unfinished',
          next: [
            { command: `lifeboat resume ${String(runId)}` },
            { command: `lifeboat undo ${String(runId)} --confirm irc-1` },
          ],
        },
      },
    ])

    for (const confirm of [[], ['--confirm', 'somebody-else']]) {
      const unconfirmed = await lab.lifeboat(['undo', '--no-input', '--json', ...confirm])
      expect(unconfirmed.exitCode).toBe(2)
    }
    expect(await lab.dataVolumes()).toHaveLength(1)
    const undone = await lab.lifeboat(['undo', '--no-input', '--json', '--confirm', 'irc-1'])
    expect(undone.exitCode).toBe(0)
    expect(await lab.dataVolumes()).toEqual([])
    expect(await lab.ssh('zpool list -H')).toBe('')
    expect((await endState(lab)).gates).toBe(gatesBefore)
  })
})
