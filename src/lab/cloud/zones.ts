import type { CloudWorld, TypeInZone } from './world.ts'

/** The names of the region's zones. */
export function zonesOf({ region }: Pick<CloudWorld, 'region'>): readonly string[] {
  return ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `${region}${letter}`)
}

/** Whether one of the places is, or contains, that type in that zone. */
export function covers(places: readonly TypeInZone[] | undefined, instanceType: string, zone: string): boolean {
  return (places ?? []).some(
    (place) => (place.instanceType ?? instanceType) === instanceType && (place.availabilityZone ?? zone) === zone,
  )
}
