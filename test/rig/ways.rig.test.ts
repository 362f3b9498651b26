// @module-tag long
// The ways besides a rollback, from an EBS snapshot.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endState, sha } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { Rig, type Scene } from './rig.ts'
import { hostState } from './whole-state.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

/** The newest EBS snapshot of the world, and the newest hourly in it. */
function newest({ world }: Scene) {
  const image = world.snapshots.at(-1)
  const hourly = world.hourlies.findLast((each) => each.at < (image?.startedAt ?? ''))
  if (image === undefined || hourly === undefined) throw new Error('the world has no snapshots')
  return { image, hourly }
}

it('files are copied out of an EBS snapshot, and all that was made to look into it is gone again', async () => {
  await using scene = await rig.scene()
  await scene.editHost({ services: ['chat.service'] })
  const before = { host: await hostState(scene), volumes: scene.cloud.volumes() }
  const ran = await scene.restore([
    '--snapshot',
    'latest',
    '--at',
    'latest',
    '--way',
    'files',
    '--path',
    '/tank/chat',
    '--to',
    '/root/rescued',
  ])
  expect({ exitCode: ran.exitCode, error: errorOf(ran) }).toEqual({ exitCode: 0 })
  expect(ran.last).toMatchObject({ outcome: 'restored', leftovers: [] })
  const copied = await scene.ssh('sha256sum < /root/rescued/chat/messages.log; stat -c %U:%a /root/rescued/chat')
  expect(copied.split(/\s+/)).toEqual([newest(scene).hourly.messagesSha256, '-', 'chat:750'])
  expect({ host: await hostState(scene), volumes: scene.cloud.volumes() }).toEqual(before)
  await scene.ssh('rm -r /root/rescued')
})

it('clones take the places of some datasets, and the services run on them beside the head of the others', async () => {
  await using scene = await rig.scene()
  const ran = await scene.restore([
    '--snapshot',
    'latest',
    '--at',
    'latest',
    '--way',
    'clone',
    '--dataset',
    'tank/home',
  ])
  expect({ exitCode: ran.exitCode, error: errorOf(ran) }).toEqual({ exitCode: 0 })
  const { image, hourly } = newest(scene)
  const { messages, notes, gates, service } = await endState(scene)
  expect({ messages: sha(messages), notes: sha(notes), gates, service }).toEqual({
    messages: image.head.messagesSha256,
    notes: hourly.notesSha256,
    gates: '',
    service: 'active',
  })
  const aside = await scene.ssh('zfs list -Ho name | grep "^tank/home.before-.*/alice$"')
  await scene.ssh(`mkdir /mnt/aside; mount -t zfs -o ro,zfsutil ${aside} /mnt/aside`)
  expect(sha(await scene.ssh('sha256sum < /mnt/aside/notes.txt; umount /mnt/aside; rmdir /mnt/aside'))).toBe(
    image.head.notesSha256,
  )
  const { resources, next } = ran.last as unknown as { resources: { kind: string }[]; next: { command: string }[] }
  expect(resources.map((each) => each.kind)).toEqual(['volume', 'pool', 'dataset'])
  expect(next.map((each) => each.command).join('\n')).toContain('zfs destroy -rv tank/home.before-')
})
