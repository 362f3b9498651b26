// zfs-rename(8).
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import type { Host } from './model.ts'
import {
  badName,
  datasetAt,
  datasetName,
  descendantsOf,
  isBelow,
  openDataset,
  openSnapshot,
  parentPath,
  placeOf,
  type DatasetPlace,
} from './names.ts'
import { moveMounts } from './set-command.ts'
import { wordsOf } from './words.ts'

const usage =
  'rename [-f] <filesystem|volume|snapshot> <filesystem|volume|snapshot>\n\trename -p [-f] <filesystem|volume> <filesystem|volume>\n\trename -u [-f] <filesystem> <filesystem>\n\trename -r <snapshot> <snapshot>'

export function renameCommand(host: Host, args: readonly string[], _out: Out): void {
  const words = wordsOf(args, 'pruf', usage)
  const [from, to, more] = words.rest
  if (from === undefined) throw misused('missing source dataset argument', usage)
  if (to === undefined) throw misused('missing target dataset argument', usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  if (from.includes('@')) return renameSnapshot(host, from, to, words.has('r'))
  if (words.has('r')) throw misused('source dataset must be a snapshot', usage)
  const place = openDataset(host, from, words.has('u') ? 'filesystem' : undefined)
  const doing = `cannot rename to '${to}'`
  const bad = /[@#]/.test(to) ? "snapshot delimiter '@' is not expected here" : badName(to)
  if (bad !== undefined) throw new Failure(`${doing}: ${bad}`)
  const { imported, dataset } = place
  if (to.split('/')[0] !== imported.name) throw new Failure(`${doing}: datasets must be within same pool`)
  const path = to.slice(imported.name.length + 1)
  if (dataset.path === '') throw new Failure(`cannot rename '${from}': invalid argument`)
  if (isBelow(path, dataset.path))
    throw new Failure(`${doing}: New dataset name cannot be a descendant of current dataset name`)
  checkWritable(imported, `cannot rename '${from}'`)
  const parent = parentPath(path)
  if (parent !== undefined && datasetAt(imported.pool.state, parent) === undefined)
    throw new Failure(`${doing}: parent does not exist`)
  if (placeOf(host, to) !== undefined) throw new Failure(`cannot rename '${from}': dataset already exists`)
  const move = (): void => {
    beginTxg(host, imported)
    const old = dataset.path
    for (const each of [dataset, ...descendantsOf(imported.pool.state, dataset)])
      each.path = path + each.path.slice(old.length)
    commit(host, imported)
  }
  if (words.has('u')) move()
  else moveMounts(host, place, move)
}

function renameSnapshot(host: Host, from: string, to: string, recursive: boolean): void {
  const top = openSnapshot(host, from)
  const full = to.startsWith('@') ? `${datasetName(top)}${to}` : to.includes('@') ? to : `${datasetName(top)}@${to}`
  const name = full.slice(full.indexOf('@') + 1)
  const doing = `cannot rename to '${full}'`
  if (badName(full) !== undefined) throw new Failure(`${doing}: ${badName(full)}`)
  if (full.slice(0, full.indexOf('@')) !== datasetName(top))
    throw new Failure(`${doing}: snapshots must be part of same dataset`)
  checkWritable(top.imported, `cannot rename '${from}'`)
  const datasets = recursive ? [top.dataset, ...descendantsOf(top.imported.pool.state, top.dataset)] : [top.dataset]
  const places: DatasetPlace[] = datasets.map((dataset) => ({ imported: top.imported, dataset }))
  if (places.some(({ dataset }) => dataset.snapshots.some((each) => each.name === name)))
    throw new Failure(
      `cannot rename '${from}': ${recursive ? 'a child dataset already has a snapshot with the new name' : 'dataset already exists'}`,
    )
  beginTxg(host, top.imported)
  const old = top.snapshot.name
  for (const { dataset } of places)
    for (const snapshot of dataset.snapshots) if (snapshot.name === old) snapshot.name = name
  commit(host, top.imported)
}
