// The wizard with real keys in a real terminal, on the real host: the volume is lost, and comes back by every screen.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Pty } from '../screens/pty.ts'
import { endState, sha } from './end-state.ts'
import { Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Under emulation a step takes its time. */
const patienceMs = 300_000

const wizard = (scene: Scene, command: readonly string[], size: { columns: number; rows: number }): Pty =>
  new Pty([...command, '--config', scene.config, '--state-dir', scene.stateDir], size)

it('a lost volume comes back to the hourly snapshot that was chosen: left in the middle, gone on with, and proven', async () => {
  await using scene = await rig.scene()
  const image = scene.world.snapshots.at(-1)
  const hourly = scene.world.hourlies.filter((each) => each.at < (image?.startedAt ?? '')).at(-2)
  if (image === undefined || hourly === undefined) throw new Error('the world has no such snapshots')

  await using first = wizard(scene, ['--host', 'irc-1'], { columns: 80, rows: 24 })
  await first.shows('Where does the data come back from?', patienceMs)
  first.press('choose')
  await first.shows('Which EBS snapshot', patienceMs)
  await first.shows(`❯`)
  // An older one first, and back again.
  first.press('down', 'choose')
  await first.shows('What should the new volume be like?', patienceMs)
  first.press('back')
  await first.shows(image.snapshotId, patienceMs)
  first.press('choose')
  await first.shows('What should the new volume be like?', patienceMs)
  first.press('choose')
  await first.shows('Shall this be done?', patienceMs)
  expect(first.text()).toContain('makes a gp3 volume')
  first.press('no')
  await first.shows('nothing was done')
  expect(scene.cloud.volumes()).toHaveLength(1)
  first.press('yes')
  await first.shows('$ aws ec2 create-volume', patienceMs)
  first.press('stop')
  expect(await first.ended()).toBe(130)
  expect(first.onScreens).toBe(false)
  expect(first.all()).toMatch(/lifeboat resume \S+/)

  await using second = wizard(scene, ['resume'], { columns: 80, rows: 24 })
  await second.shows('Snapshot ✓ › Volume ✓ › Review ✓', patienceMs)
  await second.shows('keep the head as it is', patienceMs)
  second.resize(60, 16)
  second.press('filter')
  second.type(hourly.snapshot.slice(0, 16))
  await second.shows(/1 of \d+/)
  second.press('choose')
  second.press('choose')
  await second.shows('Type irc-1', patienceMs)
  second.resize(80, 24)
  second.type('irc-2\r')
  await second.shows('"irc-2" is not irc-1: nothing was done')
  second.type('\u0015irc-1\r')
  await second.shows('restored: the services run on this data', patienceMs * 2)
  second.press('choose')
  expect(await second.ended()).toBe(0)
  expect(second.all()).toContain(`tank/chat@${hourly.snapshot}`)

  const end = await endState(scene)
  expect(sha(end.messages)).toBe(hourly.messagesSha256)
  expect({ service: end.service, gates: end.gates }).toEqual({ service: 'active', gates: '' })
  for (const terminal of [first, second]) {
    // Never cleared, which would flicker over a slow link and take the scrollback with it.
    // oxlint-disable-next-line no-control-regex
    expect(terminal.written).not.toMatch(/\u001b\[[23]J/)
  }
})
