// The dumps in folders of duplicity's: each moment that can be gone back to is one.
import type { StoredObject } from '../../remote/aws/s3.ts'
import { pointAt, pointLabel, pointsIn, pointsShown, type Point } from './duplicity.ts'
import { latest, type FoundDump } from './group.ts'
import { fileName, folderOf } from './kinds.ts'

function dumpAt(point: Point<StoredObject>, series: string, why: string): FoundDump {
  const { at, key, objects, depth, broken } = point
  return {
    prefix: key,
    folder: folderOf(key),
    at,
    orElse: null,
    undated: false,
    kind: 'duplicity',
    why,
    objects,
    bytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    writtenAt: latest(objects),
    series,
    asOf: null,
    point: { label: pointLabel(point), depth, broken },
  }
}

function pointsAt(objects: readonly StoredObject[], root: string): ReturnType<typeof pointsIn<StoredObject>> {
  if (fileName(root) === '') return pointsIn(objects)
  const named = pointAt(
    objects.filter(({ key }) => folderOf(key) === folderOf(root)),
    root,
  )
  return { points: named === undefined ? [] : [named], older: 0 }
}

/**
 * The moments of these objects, which may lie in several folders: a chain is in one of them.
 * @param root what was asked for: a folder, or one file, whose moment alone is meant then
 */
export function momentsOf(
  { objects, series }: { readonly objects: readonly StoredObject[]; readonly series: string },
  root: string,
): FoundDump[] {
  return [...Map.groupBy(objects, ({ key }) => folderOf(key)).values()].flatMap((those) => {
    const { points, older } = pointsAt(those, root)
    const rest = `the ${older} before it are not listed: the URL of its manifest names one`
    return points.map((point, at) =>
      dumpAt(
        point,
        series,
        older > 0 && at === pointsShown - 1 ? rest : `${fileName(point.key)} says what it builds on`,
      ),
    )
  })
}
