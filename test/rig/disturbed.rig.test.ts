import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { chance, seed } from './chance.ts'
import { countsOf, disturb, inOneLine, undisturbedEnd, type Disturbing } from './chain.ts'
import { killOrders, type KillOrders } from './kill-at-record.ts'
import type { Event } from './program.ts'
import { relayed } from './relayed.ts'
import { Rig, type Scene } from './rig.ts'

// All records take long on an emulated host: `npm run check:kills` does them.
const share = Number(process.env['LIFEBOAT_TEST_SHARE'] ?? '0.1')
const preload = pathToFileURL(join(import.meta.dirname, 'kill-at-record.ts')).href

vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 600_000 })

describe('a run that is disturbed ends as if nothing had happened', () => {
  let undisturbed: Awaited<ReturnType<typeof undisturbedEnd>>
  beforeAll(async () => {
    process.stdout.write(`seed ${seed} (LIFEBOAT_TEST_SEED), share of the records ${share} (LIFEBOAT_TEST_SHARE)\n`)
    undisturbed = await undisturbedEnd()
  })

  /** @returns how many processes it took */
  async function expectUndisturbedEnd(scene: Scene, disturbing: Disturbing, what: () => string): Promise<number> {
    await scene.editHost({ stable_seconds: 1 })
    const counted = await disturb(scene, disturbing)
    const counts = await countsOf(scene, counted, undisturbed)
    process.stdout.write(inOneLine(what(), counts))
    expect(counts).toEqual({ ...counted, secondVolumes: 0, failures: [], orphans: [], wrongEnds: [] })
    return counted.processes
  }

  it('killed just before and just after records of its journal', async () => {
    await using rig = await Rig.start()
    await using scene = await rig.scene()
    const orders: KillOrders = { done: join(scene.dir, 'killed-at'), seed, share }
    await writeFile(orders.done, '')
    const env = { NODE_OPTIONS: `--import ${preload}`, [killOrders]: JSON.stringify(orders) }
    const each = () => ({ env })
    await expectUndisturbedEnd(scene, { each, atMost: 200 }, () => `killed at its records`)
    const places = (await readFile(orders.done, 'utf8')).trim().split('\n')
    expect(places.length).toBeGreaterThan(50 * share)
  })

  it('killed in the middle of what each of its steps changes', { tags: ['long'] }, async () => {
    await using rig = await Rig.start()
    await using scene = await rig.scene()
    const killedIn = new Set<unknown>()
    const killAt = (event: Event): boolean => {
      const first = event.type === 'command' && event.reads === false && !killedIn.has(event.step)
      if (first) killedIn.add(event.step)
      return first
    }
    const each = () => ({ killAt })
    await expectUndisturbedEnd(scene, { each, atMost: 30 }, () => `killed in ${killedIn.size} steps`)
    expect([...killedIn]).toEqual(
      expect.arrayContaining(['gate', 'create-volume', 'attach-volume', 'import-pool', 'roll-back', 'hand-over']),
    )
  })

  it('without its connection, which is cut at each of its commands', { tags: ['long'] }, async () => {
    await using rig = await Rig.start()
    await using scene = await rig.scene()
    await using relay = await relayed(scene)
    const seen = new Set<unknown>()
    const onEvent = (event: Event): void => {
      if (event.type !== 'command' || event.kind !== 'shell' || seen.has(event.text)) return
      seen.add(event.text)
      // Said before there is a connection: a host that was never reached is refused, not waited for.
      if (seen.size === 1) return
      setTimeout(() => relay.cut(), chance(seed, `cut ${seen.size}`) * 80)
    }
    const each = () => ({ onEvent })
    const what = () => `cut ${seen.size} times`
    const processes = await expectUndisturbedEnd(scene, { each, atMost: 10 }, what)
    expect(seen.size).toBeGreaterThan(20)
    expect(processes).toBe(1)
  })
})
