// The wizard with real keys in a real terminal, on the real host.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Pty } from '../screens/pty.ts'
import { endState, sha } from './end-state.ts'
import { contents, livingPool, older, olderContents } from './living-pool.ts'
import { Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Under emulation a step takes its time. */
const patienceMs = 300_000

/** Waits until this is asked: before, the same question stands over what is being looked at for it. */
async function asks(terminal: Pty, question: string): Promise<void> {
  await terminal.shows(question, patienceMs)
  await terminal.shows(/⏎ choose|y do it|Type irc-1/, patienceMs)
  expect(terminal.text()).toContain(question)
}

const wizard = (scene: Scene, command: readonly string[], size: { columns: number; rows: number }): Pty =>
  new Pty([...command, '--config', scene.config, '--state-dir', scene.stateDir], size)

/** Opens the wizard on a pool that is in use, and goes on to the question of the way. */
async function toTheWay(scene: Scene): Promise<Pty> {
  const terminal = wizard(scene, ['--host', 'irc-1', '--source', 'local'], { columns: 80, rows: 24 })
  await asks(terminal, 'Shall backups and snapshot schedules be held back?')
  terminal.press('yes')
  await asks(terminal, 'What shall be done with the data?')
  return terminal
}

/** Finds the older snapshot in the list, and chooses it. */
async function chooseOlder(terminal: Pty): Promise<void> {
  await terminal.shows('newest snapshot', patienceMs)
  terminal.press('filter')
  terminal.type(older)
  await terminal.shows(/ 1 of \d+/)
  terminal.press('choose')
  await terminal.shows(`❯ ${older}`)
  terminal.press('choose')
}

async function expectEnd(terminal: Pty): Promise<void> {
  await terminal.shows('exit 0', patienceMs * 2)
  terminal.press('choose')
  expect(await terminal.ended()).toBe(0)
}

describe('a pool in use', () => {
  it('goes back in place, when its name has been typed', async () => {
    await using scene = await livingPool(rig)
    const wanted = await olderContents(scene)
    await using terminal = await toTheWay(scene)
    terminal.press('down', 'choose')
    await chooseOlder(terminal)
    await terminal.shows('Type irc-1', patienceMs)
    expect(terminal.text()).toContain('rolls back tank')
    terminal.type('irc-1\r')
    await expectEnd(terminal)
    // What did not exist at that time is as it was.
    expect(await contents(scene)).toBe(wanted)
  })

  it('gets clones in the place of its datasets', async () => {
    await using scene = await livingPool(rig)
    const wanted = await olderContents(scene)
    await using terminal = await toTheWay(scene)
    terminal.press('down', 'down', 'choose')
    await chooseOlder(terminal)
    await asks(terminal, 'Shall the services run on this data?')
    terminal.press('yes')
    await expectEnd(terminal)
    expect(await contents(scene)).toBe(wanted)
  })

  it('has one file copied out of it, and is otherwise left alone', async () => {
    await using scene = await livingPool(rig)
    scene.later(() => scene.ssh('rm -rf /root/rescued'))
    const before = await contents(scene)
    await using terminal = await toTheWay(scene)
    terminal.press('last', 'choose')
    await asks(terminal, 'Which files shall be copied out?')
    terminal.press('other')
    terminal.type('/tank/my home/it is "mine".txt\r')
    await asks(terminal, 'To which folder')
    terminal.press('other')
    terminal.type('/root/rescued\r')
    await chooseOlder(terminal)
    await terminal.shows(/❯ copy .* to \/root\/rescued/, patienceMs)
    terminal.press('choose')
    await expectEnd(terminal)
    expect(await scene.ssh(`cat '/root/rescued/it is "mine".txt'`)).toBe('notes')
    expect(await contents(scene)).toBe(before)
  })
})

// The last: the host has its pool back afterwards.
it('a lost volume comes back to the hourly snapshot that was chosen: left in the middle, gone on with, and proven', async () => {
  await using scene = await rig.scene()
  const image = scene.world.snapshots.at(-1)
  const hourly = scene.world.hourlies.filter((each) => each.at < (image?.startedAt ?? '')).at(-2)
  if (image === undefined || hourly === undefined) throw new Error('the world has no such snapshots')

  await using first = wizard(scene, ['--host', 'irc-1'], { columns: 80, rows: 24 })
  await asks(first, 'Where does the data come back from?')
  first.press('choose')
  await asks(first, 'Which EBS snapshot')
  // An older one first, and back again.
  first.press('down', 'choose')
  await asks(first, 'What should the new volume be like?')
  first.press('back')
  await asks(first, 'Which EBS snapshot')
  expect(first.text()).toContain(image.snapshotId)
  first.press('choose')
  await asks(first, 'What should the new volume be like?')
  first.press('choose')
  await asks(first, 'Shall this be done?')
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
  await asks(second, 'What shall be done with the data?')
  second.press('down', 'choose')
  await asks(second, 'Which moment of the data should it be?')
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
