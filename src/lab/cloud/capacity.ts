import { ApiError } from './protocol/api-error.ts'
import type { CloudWorld } from './world.ts'
import { covers, zonesOf } from './zones.ts'

/** Throws where there is no machine of that type left just now. A dry run doesn't find that out. */
export function checkCapacity(world: CloudWorld, instanceType: string, zone: string): void {
  if (!covers(world.noCapacity, instanceType, zone)) return
  const others = zonesOf(world).filter(
    (other) => !covers(world.noCapacity, instanceType, other) && !covers(world.notOffered, instanceType, other),
  )
  const instead = others.length === 0 ? '' : ` or choosing ${others.join(', ')}`
  throw new ApiError(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}). ` +
      'Our system will be working on provisioning additional capacity. You can currently get ' +
      `${instanceType} capacity by not specifying an Availability Zone in your request${instead}.`,
    500,
  )
}
