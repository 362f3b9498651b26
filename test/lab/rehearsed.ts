// An incident of the lab, with nobody there, or with an operator who has decided already.
import { PassThrough } from 'node:stream'
import { join } from 'node:path'
import type { Drilled } from '../../src/commands/drill-debrief.ts'
import { rehearse } from '../../src/commands/drill.ts'
import type { Surroundings } from '../../src/commands/options.ts'
import { scenarios } from '../../src/lab/scenarios/all.ts'
import type { Scenario } from '../../src/lab/scenarios/scenario.ts'
import { temporaryFolder } from './host/temporary-folder.ts'

function swallowing(): NodeJS.WriteStream {
  const stream = new PassThrough()
  stream.resume()
  return stream as unknown as NodeJS.WriteStream
}

/** A drill without anybody there, in folders of its own. */
export async function unattended(scenario: Scenario): Promise<Drilled> {
  const folder = await temporaryFolder()
  return rehearse(
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
      stdout: swallowing(),
      stderr: swallowing(),
      onSignal: () => () => undefined,
      lend: (work) => work(),
    },
  )
}

export const named = (id: string): Scenario => {
  const found = scenarios.find((each) => each.id === id)
  if (found === undefined) throw new Error(`there is no scenario ${id}`)
  return found
}

/** The same incident, with an operator who knows better. */
export const played = (id: string, flags: NonNullable<Scenario['flags']>): Promise<Drilled> =>
  unattended({ ...named(id), flags })
