// An incident of the lab, with nobody there, or with an operator who has decided already.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { PassThrough } from 'node:stream'
import { join } from 'node:path'
import type { Drilled } from '../../src/commands/drill-debrief.ts'
import { rehearse } from '../../src/commands/drill.ts'
import type { Surroundings } from '../../src/commands/options.ts'
import { scenarios } from '../../src/lab/scenarios/all.ts'
import type { Scenario } from '../../src/lab/scenarios/scenario.ts'

const swallowing = (): PassThrough => new PassThrough().resume()

const asTerminal = (stream: PassThrough) => stream as unknown as NodeJS.WriteStream

/** A drill without anybody there, in folders of its own. @param stdout gets its events, a line of JSON each */
export async function unattended(scenario: Scenario, stdout = swallowing()): Promise<Drilled> {
  // It is removed here: of tests that run at the same time nobody can say whose end is waited for.
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-'))
  try {
    return await rehearse(
      { scenario, hints: 0, isAttended: false },
      {
        host: 'simulated',
        delays: 'none',
        seed: '1',
        unattended: true,
        json: true,
        stateDir: join(folder, 'state'),
        cacheDir: join(folder, 'cache'),
      },
      {
        env: { PATH: process.env['PATH'], HOME: folder },
        stdin: new PassThrough() as unknown as Surroundings['stdin'],
        stdout: asTerminal(stdout),
        stderr: asTerminal(swallowing()),
        onSignal: () => () => undefined,
        lend: (work) => work(),
      },
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const named = (id: string): Scenario => {
  const found = scenarios.find((each) => each.id === id)
  if (found === undefined) throw new Error(`there is no scenario ${id}`)
  return found
}

/** The same incident, with an operator who knows better. */
export const played = (id: string, flags: NonNullable<Scenario['flags']>): Promise<Drilled> =>
  unattended({ ...named(id), flags })
