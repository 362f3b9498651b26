// Plays stories on a simulated host.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kernel, SimulatedZfs } from '../../src/lab/host/simulated/kernel.ts'
import { startSimulatedHost } from '../../src/lab/host/simulated/simulated-host.ts'
import { createZfs } from '../../src/lab/host/simulated/zfs/create-zfs.ts'
import { blankDisks } from './blank-disks.ts'
import { beginsAt, lineOf, type Play } from './contract.ts'

export interface Player extends AsyncDisposable {
  readonly play: Play
}

/** @param zfs what answers for ZFS on it */
export async function simulatedPlayer(zfs: (kernel: Kernel) => SimulatedZfs = createZfs): Promise<Player> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-contract-'))
  const host = await startSimulatedHost({ folder: join(folder, 'host'), zfs, startAt: new Date(beginsAt) })
  for (const [volumeId, image] of await blankDisks(folder)) await host.attach(image, volumeId)
  // Its service has given up by then.
  await host.advance(10_000)
  const expectDone = async (line: string): Promise<void> => {
    const { code, stderr } = await host.run(line)
    if (code !== 0) throw new Error(`"${line}" ends with ${code}: ${stderr}`)
  }
  return {
    async play(story) {
      for (const line of story.begin) await expectDone(line)
      const answers = []
      for (const one of story.cases) {
        for (const line of one.before) await expectDone(line)
        answers.push(await host.run(lineOf(one), { stdin: one.stdin }))
      }
      for (const line of story.end) await expectDone(line)
      return answers
    },
    async [Symbol.asyncDispose]() {
      await host.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
