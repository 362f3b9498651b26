// A pool of very many datasets: nothing on the way costs a command for each, and what one program can't do is refused.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { errorOf } from './faults-page.ts'
import { restoreLocally } from './living-pool.ts'
import { makeMany, manyDatasets, manyHours } from './many-snapshots.ts'
import type { Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

const image = '/root/many.img'
// Up to 341 are no question of room.
const count = 360
const hours = manyHours(2)

/** A host with a pool of many datasets of two hours each, and no service. */
async function manyPool(): Promise<Scene> {
  const scene = await rig.scene()
  await scene.editHost({ pool: 'many', services: [], backups: [], probes: [] })
  await scene.onHost(
    `truncate -s 300M ${image}; zpool create -o ashift=9 -O mountpoint=none many ${image}`,
    `zpool destroy -f many; rm -f ${image}`,
  )
  await makeMany(rig.vm, ['many', ...manyDatasets('many', count)], hours)
  return scene
}

const ending = (ran: Ran) => ({ exitCode: ran.exitCode, ...errorOf(ran) })

/** Their names, sorted. `zfs list` would ask the kernel for each, and takes a minute here. */
async function snapshots(scene: Scene): Promise<string[]> {
  const listing =
    'local n = {} local function all(d) for s in zfs.list.snapshots(d) do n[s] = 1 end for c in zfs.list.children(d) do all(c) end end all("many") return n'
  const stdout = await scene.ssh(`echo '${listing}' | zfs program -n -j -t 100000000 -m 104857600 many -`)
  const { return: names } = JSON.parse(stdout) as { return: Record<string, number> }
  return Object.keys(names).toSorted()
}

it('hundreds of datasets go back at once, by fewer commands than there are, and only where there is room for all of them', async () => {
  await using scene = await manyPool()
  // All but a little of what is available is one's alone.
  await scene.ssh('zfs set reservation=$(($(zfs get -Hpo value available many) - 1048576)) many/d0000')
  const before = await snapshots(scene)
  const way = ['--at', hours[0] ?? '', '--way', 'rollback', '--confirm', 'irc-1']
  const refused = await restoreLocally(scene, way)
  expect(ending(refused)).toMatchObject({
    exitCode: 3,
    code: 'rollback-blocked',
    message: expect.stringMatching(/to roll 361 datasets back at once .* have to be available in many/) as string,
  })
  expect(await snapshots(scene)).toEqual(before)
  await scene.ssh('zfs set reservation=none many/d0000')

  const ran = await scene.resume(['--yes', '--confirm', 'irc-1'])
  expect(ending(ran)).toEqual({ exitCode: 0 })
  const left = before.filter((name) => name.endsWith(`@${hours[0]}`))
  expect(left).toHaveLength(count + 1)
  expect(await snapshots(scene)).toEqual(left)
  expect(ran.events.filter((event) => event.type === 'command').length).toBeLessThan(100)
})
