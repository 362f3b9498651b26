import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { instanceTypes } from '../instance-types.ts'
import { pageOf } from '../pages.ts'
import { invalidValue } from '../protocol/api-error.ts'
import { items } from '../protocol/xml.ts'
import type { CloudWorld } from '../world.ts'
import { covers, zonesOf } from '../zones.ts'
import type { Action } from './action.ts'

interface Offering {
  readonly instanceType: string
  readonly locationType: 'region' | 'availability-zone'
  readonly location: string
}

const filters: FilterTable<Offering> = {
  'instance-type': (offering) => [offering.instanceType],
  location: (offering) => [offering.location],
}

/** Lists where which instance type is offered, by region or by zone. Whether one is to be had just now it doesn't say. */
export const describeInstanceTypeOfferings: Action = {
  name: 'DescribeInstanceTypeOfferings',
  parameters: ['Filter', 'LocationType', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state: { world } }) {
    const by = parameters.text('LocationType') ?? 'region'
    if (by !== 'region' && by !== 'availability-zone') {
      throw invalidValue('locationType', by, `Expecting 'region' or 'availability-zone'.`)
    }
    const wanted = filterBy(readFilters(parameters), filters, () => new Map())
    const page = pageOf(offerings(world, by).filter(wanted), idOf, parameters, {
      action: 'DescribeInstanceTypeOfferings',
      min: 5,
      max: 1000,
      ids: null,
    })
    return () => ({
      instanceTypeOfferingSet: items(page.entries.map((offering) => ({ ...offering }))),
      nextToken: page.nextToken,
    })
  },
}

function idOf({ instanceType, location }: Offering): string {
  return `${instanceType}/${location}`
}

function offerings(world: CloudWorld, locationType: Offering['locationType']): readonly Offering[] {
  const inZones = [...instanceTypes.keys()].flatMap((instanceType) =>
    zonesOf(world)
      .filter((zone) => !covers(world.notOffered, instanceType, zone))
      .map((location) => ({ instanceType, locationType, location })),
  )
  if (locationType === 'availability-zone') return inZones
  const names = new Set(inZones.map(({ instanceType }) => instanceType))
  return [...names].map((instanceType) => ({ instanceType, locationType, location: world.region }))
}
