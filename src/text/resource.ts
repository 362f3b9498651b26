// Something that exists in the world, in the words of somebody who has to live with it.
import { oneLine } from './display.ts'
import type { Resource } from './errors.ts'

/** What is said instead of kind and state, where these are the program's own words. `at` is ` on HOST`, or nothing. */
const effects: Readonly<Record<string, (at: string) => string>> = {
  'gate closed': (at) => `held back${at} until lifeboat lifts it`,
  'lock taken': (at) => `reserved for a run of lifeboat${at}`,
  'lock held': (at) => `reserved for a run of lifeboat${at}`,
  'hold held': (at) => `kept from being destroyed${at}, by the hold`,
}

const effectOf = ({ kind, state }: Resource) => effects[`${kind} ${state}`]

/** A resource in one line, such as `volume vol-1 on web (attached)`. */
export function resourceText(each: Resource): string {
  const at = each.host === null ? '' : ` on ${oneLine(each.host)}`
  const effect = effectOf(each)
  return effect === undefined
    ? `${each.kind} ${oneLine(each.id)}${at} (${oneLine(each.state)})`
    : `${effect(at)}: ${oneLine(each.id)}`
}

/** The same by name alone: `volume vol-1`. */
export const resourceName = (each: Resource): string =>
  effectOf(each) === undefined ? `${each.kind} ${oneLine(each.id)}` : resourceText({ ...each, host: null })
