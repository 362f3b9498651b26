import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startRelay } from '../remote/host/relay.ts'
import { chance, seed } from './chance.ts'
import { countsOf, inOneLine, undisturbedEnd, untilFinished } from './chain.ts'
import type { Event } from './program.ts'
import { Rig } from './rig.ts'

it('a run whose connection to the host is cut at each of its commands ends as if nothing had happened', async () => {
  process.stdout.write(`cuts: seed ${seed} (LIFEBOAT_TEST_SEED)\n`)
  const undisturbed = await undisturbedEnd()
  await using rig = await Rig.start()
  await using scene = await rig.scene()
  await using relay = await startRelay(rig.vm.ssh.port)
  await scene.editHost({ stable_seconds: 1 })
  const known = join(scene.dir, 'known_hosts')
  await writeFile(
    known,
    (await readFile(rig.vm.ssh.knownHostsFile, 'utf8')).replace(`${rig.vm.ssh.port}`, `${relay.port}`),
  )
  await scene.editSsh((text) =>
    text.replace(/Port .*/, `Port ${relay.port}`).replace(/UserKnownHostsFile .*/, `UserKnownHostsFile "${known}"`),
  )

  let cuts = 0
  const disturbed = () => {
    const seen = new Set<unknown>()
    return {
      onEvent(event: Event) {
        if (event.type !== 'command' || event.kind !== 'shell' || seen.has(event.text)) return
        seen.add(event.text)
        cuts += 1
        setTimeout(() => relay.cut(), chance(seed, `cut ${cuts}`) * 80)
      },
    }
  }
  const counted = await untilFinished(scene, disturbed, () => true, 10)
  const counts = await countsOf(scene, counted, undisturbed)
  process.stdout.write(inOneLine(`cut ${cuts} times`, counts))
  expect(cuts).toBeGreaterThan(20)
  expect(counts).toEqual({ processes: 1, secondVolumes: 0, orphans: [], wrongEnds: [] })
}, 1_800_000)
