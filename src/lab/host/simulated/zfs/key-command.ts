// zfs load-key, unload-key and change-key: zfs-load-key(8).
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit, isMounted } from './host-state.ts'
import { loadKeyOf, newKey, rootOfKey } from './keys.ts'
import type { Host, KeyCheck } from './model.ts'
import { datasetName, descendantsOf, openDataset, type DatasetPlace } from './names.ts'
import { rootOf } from './places.ts'
import { wordsOf } from './words.ts'

const loadUsage = 'load-key [-rn] [-L <keylocation>] <-a | filesystem|volume>'
const unloadUsage = 'unload-key [-r] <-a | filesystem|volume>'
const changeUsage =
  'change-key [-l] [-o keyformat=<value>]\n\t    [-o keylocation=<value>] [-o pbkdf2iters=<value>]\n\t    <filesystem|volume>\n\tchange-key -i [-l] <filesystem|volume>'

const withBelow = (place: DatasetPlace): DatasetPlace[] => [
  place,
  ...descendantsOf(place.imported.pool.state, place.dataset).map((dataset) => ({ ...place, dataset })),
]

const isRoot = ({ dataset }: DatasetPlace): boolean => dataset.key !== null

/** The one that is named, or with `-r` or `-a` all encryption roots. */
function wanted(host: Host, has: (option: string) => boolean, names: readonly string[], usage: string): DatasetPlace[] {
  const [name, more] = names
  if (has('a')) return [...host.imported.values()].flatMap((each) => withBelow(rootOf(each))).filter(isRoot)
  if (name === undefined) throw misused('Missing dataset argument.', usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  const place = openDataset(host, name)
  return has('r') ? withBelow(place).filter(isRoot) : [place]
}

const loaded = (place: DatasetPlace): boolean => place.imported.keys.has(place.dataset.objset)

export function loadKeyCommand(host: Host, args: readonly string[], out: Out, stdin: string): void {
  const words = wordsOf(args, 'anrL:', loadUsage)
  const several = words.has('a') || words.has('r')
  const location = words.value('L')
  const places = wanted(host, words.has, words.rest, loadUsage)
  // What is loaded already is none of several that are tried.
  const tried = places.filter((place) => !several || !loaded(place))
  let done = 0
  for (const place of tried)
    if (out.attempt(() => loadKeyOf(host, place, { dry: words.has('n'), stdin, location }))) done++
  if (words.has('n') || (several && tried.length > 0))
    out.print(`${done} / ${tried.length} key(s) successfully ${words.has('n') ? 'verified' : 'loaded'}`)
}

export function unloadKeyCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'ar', unloadUsage)
  const several = words.has('a') || words.has('r')
  const tried = wanted(host, words.has, words.rest, unloadUsage).filter(
    ({ imported, dataset }) => !several || imported.keys.has(dataset.objset),
  )
  let done = 0
  for (const place of tried) if (out.attempt(() => unload(host, place))) done++
  if (several && tried.length > 0) out.print(`${done} / ${tried.length} key(s) successfully unloaded`)
}

function unload(host: Host, place: DatasetPlace): void {
  const name = datasetName(place)
  const root = rootOfKey(place)
  if (root === undefined) throw new Failure(`Key unload error: '${name}' is not encrypted.`, 255)
  if (root !== place.dataset)
    throw new Failure(
      `Key unload error: Keys must be unloaded for encryption root of '${name}' (${datasetName({ ...place, dataset: root })}).`,
      255,
    )
  const { imported } = place
  if (!imported.keys.has(root.objset)) throw new Failure(`Key unload error: Key already unloaded for '${name}'.`, 255)
  const users = imported.pool.state.datasets.filter((each) => each.crypt?.root === root.objset)
  if (users.some((each) => isMounted(host, each))) throw new Failure(`Key unload error: '${name}' is busy.`, 255)
  imported.keys.delete(root.objset)
}

export const isFormat = (text: string | undefined): text is KeyCheck['format'] =>
  text === 'raw' || text === 'hex' || text === 'passphrase'

export function changeKeyCommand(host: Host, args: readonly string[], _out: Out, stdin: string): void {
  const words = wordsOf(args, 'lio:', changeUsage)
  const doing = 'Key change error'
  const [name] = words.rest
  if (name === undefined) throw misused('Missing dataset argument.', changeUsage)
  const place = openDataset(host, name)
  const { imported, dataset } = place
  checkWritable(imported, doing)
  if (dataset.crypt === null) throw new Failure(`${doing}: Dataset not encrypted.`, 255)
  if (words.has('l') && !imported.keys.has(dataset.crypt.root)) loadKeyOf(host, place, { dry: false, stdin: '' })
  if (!imported.keys.has(dataset.crypt.root)) throw new Failure(`${doing}: Key must be loaded.`, 255)
  const given = new Map(
    (words.options.get('o') ?? []).map((each): [string, string] => {
      const at = each.indexOf('=')
      return [each.slice(0, at), each.slice(at + 1)]
    }),
  )
  const users = [dataset, ...descendantsOf(imported.pool.state, dataset)].filter(
    (each) => each.crypt?.root === dataset.crypt?.root,
  )
  beginTxg(host, imported)
  if (words.has('i')) {
    const above = imported.pool.state.datasets.find(
      (each) => each.path === dataset.path.slice(0, Math.max(0, dataset.path.lastIndexOf('/'))),
    )
    if (dataset.key === null || above?.crypt == null || above === dataset)
      throw new Failure(
        `${doing}: Cannot inherit key for ${dataset.key === null ? 'a non-encryption root' : 'root without an encrypted parent'}.`,
        255,
      )
    moveTo(users, above.crypt.root)
    dataset.key = null
    dataset.settings.delete('keylocation')
  } else {
    const format = given.get('keyformat') ?? rootOfKey(place)?.key?.format
    if (!isFormat(format)) throw new Failure(`${doing}: Invalid keyformat '${format ?? ''}'.`, 255)
    const location = given.get('keylocation') ?? dataset.settings.get('keylocation')?.value ?? 'prompt'
    dataset.key = newKey(host, { format, location, stdin }, doing)
    dataset.settings.set('keylocation', { value: location, source: 'local' })
    moveTo(users, dataset.objset)
    imported.keys.add(dataset.objset)
  }
  commit(host, imported)
}

const moveTo = (users: readonly DatasetPlace['dataset'][], root: number): void => {
  for (const user of users) if (user.crypt !== null) user.crypt.root = root
}
