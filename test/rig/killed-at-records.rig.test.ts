import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { countsOf, inOneLine, undisturbedEnd, untilFinished } from './chain.ts'
import { seed } from './chance.ts'
import { killOrders, type KillOrders } from './kill-at-record.ts'
import { Rig } from './rig.ts'

// All of them take long on an emulated host: `npm run check:kills` does.
const share = Number(process.env['LIFEBOAT_TEST_SHARE'] ?? '0.15')
const preload = pathToFileURL(join(import.meta.dirname, 'kill-at-record.ts')).href

it('a run that is killed before and after records of its journal ends as if nothing had happened', async () => {
  process.stdout.write(`kills: seed ${seed} (LIFEBOAT_TEST_SEED), share ${share} (LIFEBOAT_TEST_SHARE)\n`)
  const undisturbed = await undisturbedEnd()
  await using rig = await Rig.start()
  await using scene = await rig.scene()
  await scene.editHost({ stable_seconds: 1 })
  const orders: KillOrders = { done: join(scene.dir, 'killed-at'), seed, share }
  await writeFile(orders.done, '')
  const env = { NODE_OPTIONS: `--import ${preload}`, [killOrders]: JSON.stringify(orders) }
  const counted = await untilFinished(
    scene,
    () => ({ env }),
    (ran) => ran.exitCode === null,
    200,
  )
  const counts = await countsOf(scene, counted, undisturbed)
  const places = (await readFile(orders.done, 'utf8')).trim().split('\n')
  process.stdout.write(inOneLine(`killed ${places.length} times`, counts))
  expect(places.length).toBeGreaterThan(5 * share)
  expect(counts).toEqual({ processes: counted.processes, secondVolumes: 0, orphans: [], wrongEnds: [] })
}, 3_600_000)
