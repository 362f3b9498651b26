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

/** Finds the older snapshot in the list, and marks it. */
async function markOlder(terminal: Pty): Promise<void> {
  await terminal.shows("each dataset's newest", patienceMs)
  terminal.press('filter')
  terminal.type(older)
  await terminal.shows(/ 1 of \d+/)
  terminal.press('choose')
  await terminal.shows(new RegExp(`❯ .*${older}`))
}

async function chooseOlder(terminal: Pty): Promise<void> {
  await markOlder(terminal)
  terminal.press('choose')
}

/** Looks at what the marked snapshot of the home has in it, and at what became of that since. */
async function lookAtHome(terminal: Pty): Promise<void> {
  terminal.press('datasets')
  await terminal.shows('The datasets at this moment')
  terminal.press('filter')
  terminal.type('my home')
  terminal.press('choose')
  await terminal.shows('❯ tank/my home')
  terminal.press('choose')
  await terminal.shows(`Files of tank/my home@${older}`)
  await terminal.shows('❯ sub dir/', patienceMs)
  terminal.press('choose')
  await terminal.shows(/❯ blob +292\.\d KiB .* alice:alice +\d+/, patienceMs)
  await terminal.shows('link -> blob')
  terminal.press('back')
  await terminal.shows('❯ sub dir/')
  terminal.press('compare')
  await terminal.shows('0 added, 1 removed, 0 changed since', patienceMs)
  await terminal.shows(/- +it is "mine"\.txt/)
  terminal.press('back')
  await terminal.shows('❯ sub dir/')
  terminal.press('last')
  await terminal.shows('❯ it is "mine".txt')
  terminal.press('choose')
  await terminal.shows(/^ notes$/m, patienceMs)
  for (const there of ['❯ it is "mine".txt', '❯ tank/my home', 'tank/vault', 'Which moment']) {
    terminal.press('back')
    await terminal.shows(there)
  }
  await terminal.shows(new RegExp(`❯ .*${older}`))
}

async function expectEnd(terminal: Pty): Promise<void> {
  await terminal.shows('exit 0', patienceMs * 2)
  terminal.press('choose')
  expect(await terminal.ended()).toBe(0)
}

describe('a pool in use', { tags: ['long'] }, () => {
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
    await markOlder(terminal)
    await lookAtHome(terminal)
    terminal.press('choose')
    await terminal.shows(/❯ copy .* to \/root\/rescued/, patienceMs)
    terminal.press('choose')
    await expectEnd(terminal)
    expect(await scene.ssh(`cat '/root/rescued/it is "mine".txt'`)).toBe('notes')
    expect(await contents(scene)).toBe(before)
  })
})

// The last: the host has its pool back afterwards.
it('a lost volume comes back to the hourly snapshot that was chosen, through every screen, and is proven', async () => {
  await using scene = await rig.scene()
  const image = scene.world.snapshots.at(-1)
  const hourly = scene.world.hourlies.filter((each) => each.at < (image?.startedAt ?? '')).at(-2)
  if (image === undefined || hourly === undefined) throw new Error('the world has no such snapshots')

  await using terminal = wizard(scene, ['--host', 'irc-1'], { columns: 80, rows: 24 })
  await asks(terminal, 'Where does the data come back from?')
  terminal.press('choose')
  await asks(terminal, 'Which EBS snapshot')
  expect(terminal.text()).toContain(image.snapshotId)
  terminal.press('choose')
  await asks(terminal, 'What should the new volume be like?')
  terminal.press('choose')
  await asks(terminal, 'Shall this be done?')
  expect(terminal.text()).toContain(`makes a gp3 volume of 1 GiB from ${image.snapshotId}`)
  expect(scene.cloud.volumes()).toHaveLength(1)
  terminal.press('yes')
  await asks(terminal, 'What shall be done with the data?')
  terminal.press('down', 'choose')
  await asks(terminal, 'Which moment of the data should it be?')
  terminal.press('filter')
  terminal.type(hourly.snapshot.slice(0, 16))
  await terminal.shows(/1 of \d+/)
  terminal.press('choose')
  // The pool is only open for reading, and nothing of it is mounted: its files can be looked at all the same.
  terminal.press('datasets')
  await terminal.shows('The datasets at this moment')
  terminal.press('filter')
  terminal.type('chat')
  terminal.press('choose')
  await terminal.shows('❯ tank/chat')
  terminal.press('choose')
  await terminal.shows('messages', patienceMs)
  terminal.press('compare')
  await terminal.shows('changed since', patienceMs)
  // Esc shows all of a list again before it leaves it.
  for (const there of ['Files of', '❯ tank/chat', 'tank/scratch', 'Which moment']) {
    terminal.press('back')
    await terminal.shows(there)
  }
  terminal.press('choose')
  await terminal.shows('Type irc-1', patienceMs)
  terminal.type('irc-1\r')
  await terminal.shows('restored: the services run on this data', patienceMs * 2)
  terminal.press('choose')
  expect(await terminal.ended()).toBe(0)
  expect(terminal.all()).toContain(`tank/chat@${hourly.snapshot}`)

  const end = await endState(scene)
  expect(sha(end.messages)).toBe(hourly.messagesSha256)
  expect({ service: end.service, gates: end.gates }).toEqual({ service: 'active', gates: '' })
  // Never cleared, which would flicker over a slow link and take the scrollback with it.
  // oxlint-disable-next-line no-control-regex
  expect(terminal.written).not.toMatch(/\u001b\[[23]J/)
})
