// The choice of what a dump replaces, on a host that says what the test gives.
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/remote/command.ts'
import { contextFor } from '../../src/run/context.ts'
import { dumpPlaceChoice } from '../../src/steps/dump-place.ts'
import type { Flags } from '../../src/steps/flags.ts'
import type { HostProfile } from '../../src/steps/profile.ts'
import type { Route, Run } from '../../src/steps/step.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession } from '../run/fake-session.ts'

interface Given {
  readonly kind: string
  readonly host?: Partial<HostProfile>
  readonly flags?: Partial<Flags>
  /** What the host says, by something that is in the line. */
  readonly says?: Readonly<Record<string, string>>
}

function placing({ kind, host = {}, flags = {}, says = {} }: Given): Run {
  const route: Route = { id: 'dump', legs: [{ choices: [dumpPlaceChoice], actions: [] }] }
  const session = fakeSession({ route, host, flags })
  const run = <T>(command: Command<T>): Promise<T> => {
    const line = command.kind === 'aws' ? '' : command.line
    const [, stdout = ''] = Object.entries(says).find(([part]) => line.includes(part)) ?? []
    return Promise.resolve(command.kind === 'aws' ? command.parse({}) : command.parse({ code: 0, stdout, stderr: '' }))
  }
  Object.assign(session, { remote: { run, close: () => Promise.resolve() } })
  const at = session.at()
  const place = { bucket: 'b', region: 'r', prefix: 'p', digest: '', storageClass: 'STANDARD', entry: null }
  const value = { ...place, kind, at, writtenAt: at, objects: 1, bytes: 1, doubts: [], notes: [] }
  session.record({ type: 'answered', at, step: 'dump', value, by: 'flag' })
  return contextFor(session, { step: 'place', attempt: 1, shown: null, ignoresStopping: false })
}

async function offered(given: Given): Promise<string[]> {
  const seen = []
  for await (const each of dumpPlaceChoice.options(placing(given))) if (each.kind === 'option') seen.push(each.value)
  return seen
}

/** Why a place is refused. */
const refused = async (given: Given, into: string): Promise<string> => {
  const error = await thrownBy(dumpPlaceChoice.check(placing(given), into))
  return error instanceof Error ? error.message : ''
}

const unit = (name: string): string => `snap.rocketchat-server.rocketchat-${name}.service`
/** The snap, as the host and the config say it is. */
const snap = (services: readonly string[], facts: string) => ({
  kind: 'rocketchat',
  host: { services: [...services] },
  says: { 'is-active': facts },
})

describe('what a dump replaces', () => {
  it('is offered where there is mostly one such thing', async () => {
    expect(await offered({ kind: 'postgres' })).toEqual(['postgres'])
    expect(await offered({ kind: 'rocketchat' })).toEqual(['rocketchat-server'])
    expect(await offered({ kind: 'folder' })).toEqual([])
    expect(await offered({ kind: 'folder', flags: { to: '/srv/www' } })).toEqual(['/srv/www'])
  })

  it('has to be of its kind', async () => {
    await expect(offered({ kind: 'rocketchat', flags: { to: '/srv' } })).rejects.toThrow(
      '/srv is not rocketchat-server: a dump of kind rocketchat needs the snap: rocketchat-server',
    )
    await expect(offered({ kind: 'wiki', flags: { to: 'x' } })).rejects.toThrow(
      'there is no recipe for dumps of kind wiki',
    )
  })

  it('is refused on a host without the tools for it', async () => {
    const says = { 'command -v': 'snap\n' }
    expect(await refused({ kind: 'rocketchat', says }, 'rocketchat-server')).toBe('the host lacks snap')
  })

  it('is refused where its container does not run: what starts it is said', async () => {
    const said = 'Error response from daemon: container 5f0c is not running\n'
    expect(await refused({ kind: 'postgres', says: { 'docker exec': said } }, 'docker:synapse-db')).toMatch(
      /^the container synapse-db is not running, .*: docker start synapse-db$/,
    )
    expect(await refused({ kind: 'postgres', says: { 'docker exec': 'No such container: x\n' } }, 'docker:x')).toBe(
      'no superuser of PostgreSQL answers at docker:x: No such container: x',
    )
  })

  it('is the snap of Rocket.Chat, with its MongoDB running and its server among the services', async () => {
    expect(
      await dumpPlaceChoice.check(placing(snap([unit('server')], 'installed\nmongo\n')), 'rocketchat-server'),
    ).toEqual([])
    const why = await refused(snap([unit('mongo')], 'installed\n'), 'rocketchat-server')
    expect(why).toContain(`systemctl start ${unit('mongo')}`)
    expect(why).toContain(`name ${unit('server')} under services`)
    expect(why).toContain(`take ${unit('mongo')} out of services`)
    expect(await refused(snap([unit('server')], ''), 'rocketchat-server')).toContain('snap install rocketchat-server')
  })
})
