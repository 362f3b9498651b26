import { describe, expect, it } from 'vitest'
import { endState } from './end-state.ts'
import { LabProcess } from './lab-process.ts'
import { threeHoursBack, type Event } from './program.ts'

const changesIn =
  (step: string) =>
  (event: Event): boolean =>
    event.type === 'command' && event.step === step && event.reads === false

describe('a run that is killed', () => {
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
