import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endState, sha } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { hourly, livingPool, restoreLocally } from './living-pool.ts'
import type { Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

const ending = (ran: Ran) => ({ exitCode: ran.exitCode, code: errorOf(ran)?.code })
const good = { exitCode: 0, code: undefined }

/** What is left on the host of a run that is over: nothing. */
async function tidy(scene: Scene): Promise<object> {
  const { gates, cronMounts, snapshots, service, timer } = await endState(scene)
  const checkpoint = await scene.ssh('zpool get -Ho value checkpoint tank')
  const held = snapshots.split('\n').filter((line) => !line.endsWith('\t0'))
  return { gates, cronMounts, held, service, timer, checkpoint }
}

const isTidy = { gates: '', cronMounts: '', held: [], service: 'active', timer: 'active', checkpoint: '-' }

const contents = async (scene: Scene): Promise<object> => {
  const { messages, notes } = await endState(scene)
  return { messagesSha256: sha(messages), notesSha256: sha(notes) }
}

const ofHourly = (scene: Scene, back: number) => {
  const { messagesSha256, notesSha256 } = hourly(scene, back)
  return { messagesSha256, notesSha256 }
}

describe('a healthy pool goes back to its own snapshot', () => {
  it('in place, and nothing of the run is left', async () => {
    await using scene = await livingPool(rig)
    const at = hourly(scene, 2).snapshot
    const ran = await restoreLocally(scene, ['--at', at, '--way', 'rollback', '--confirm', 'irc-1'])
    expect(ending(ran)).toEqual(good)
    expect(ran.last).toMatchObject({ outcome: 'restored', leftovers: [], changed: true })
    expect(ran.events[0]).toMatchObject({ route: 'local', steps: expect.arrayContaining(['checkpoint']) as unknown })
    expect(await contents(scene)).toEqual(ofHourly(scene, 2))
    expect(await tidy(scene)).toEqual(isTidy)
  })
})
