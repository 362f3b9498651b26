// What a lab is told on the command line, by `lab` and by `drill`.
import { isHostKind, type HostKind } from '../lab/machine.ts'
import { scenarios } from '../lab/scenarios/all.ts'
import type { Scenario } from '../lab/scenarios/scenario.ts'
import { UsageError } from '../text/errors.ts'

export interface LabWords {
  readonly host: string
  readonly delays: string
  readonly seed: string
}

/** @throws UsageError */
export function labOptions({ host, delays, seed }: LabWords): {
  readonly host: HostKind
  readonly delays: 'none' | 'real'
  readonly seed: number
} {
  if (!isHostKind(host)) throw new UsageError(`--host ${host} is neither simulated nor vm`)
  if (delays !== 'none' && delays !== 'real') throw new UsageError(`--delays ${delays} is neither none nor real`)
  if (!/^\d{1,9}$/.test(seed)) throw new UsageError(`--seed ${seed} is not a whole number of up to nine digits`)
  return { host, delays, seed: Number(seed) }
}

/** What a virtual machine has no part of: a pool that was in use before, a second host, images that are changed. */
const needsSimulated = ({ begins, onlySimulated }: Scenario): boolean =>
  begins !== 'volume-lost' || onlySimulated === true

/** The incidents that there are on a host of this kind. */
export const scenariosOn = (host: HostKind): readonly Scenario[] =>
  scenarios.filter((each) => host === 'simulated' || !needsSimulated(each))

/** @throws UsageError where the incident is not to be had on such a host */
export function demandHost(scenario: Scenario, host: HostKind): void {
  const there = scenariosOn(host)
  if (there.includes(scenario)) return
  throw new UsageError(
    `the incident ${scenario.id} needs a simulated host: --host simulated. On --host ${host} there are ${there.map(({ id }) => id).join(', ')}`,
  )
}

/** @throws UsageError naming those that there are */
export function scenarioNamed(id: string): Scenario {
  const found = scenarios.find((each) => each.id === id)
  if (found !== undefined) return found
  throw new UsageError(`there is no incident "${id}": there are ${scenarios.map((each) => each.id).join(', ')}`)
}
