// zfs-create(8).
import { emptyTree } from '../file-tree.ts'
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import { newGuid } from './ids.ts'
import { isFormat } from './key-command.ts'
import { newKey } from './keys.ts'
import type { Dataset, Host, Imported, Settings } from './model.ts'
import { mountIfItShould } from './mounting.ts'
import { badName, datasetAt, nameOf, parentPath, placeOf } from './names.ts'
import { isUserProperty, propertyNamed } from './property-table.ts'
import { bytesFrom, exactFrom } from './property-text.ts'
import { available } from './space.ts'
import { wordsOf } from './words.ts'

const usage =
  'create [-Pnpuv] [-o property=value] ... <filesystem>\n\tcreate [-Pnpsv] [-b blocksize] [-o property=value] ... -V <size> <volume>'

/** `PROPERTY=VALUE`, as options give them, by name. @throws Failure that begins with `doing` */
export function settingsFrom(
  given: readonly string[],
  type: Dataset['type'],
  doing: string,
  when: 'made' | 'later' = 'made',
): Settings {
  const settings: Settings = new Map()
  for (const each of given) {
    const at = each.indexOf('=')
    if (at === -1) throw new Failure(`missing '=' for property=value argument`, 2)
    const name = each.slice(0, at)
    const text = each.slice(at + 1)
    const property = propertyNamed(name)
    if (property === undefined) {
      if (!isUserProperty(name)) throw new Failure(`${doing}: invalid property '${name}'`)
      settings.set(name, { value: text, source: 'local' })
      continue
    }
    if (property.readonly || (property.once && when === 'later'))
      throw new Failure(`${doing}: '${property.name}' is readonly`)
    if (!property.of.includes(type === 'volume' ? 'v' : 'f'))
      throw new Failure(`${doing}: '${property.name}' does not apply to datasets of this type`)
    if (settings.has(property.name)) throw new Failure(`property '${property.name}' specified multiple times`, 2)
    settings.set(property.name, { value: exactFrom(property, text, doing), source: 'local' })
  }
  return settings
}

const keyProperties = ['encryption', 'keyformat', 'pbkdf2iters']

/** Takes what is about encryption out of the settings, and makes of it what encrypts the dataset. */
function encryption(
  host: Host,
  made: {
    readonly settings: Settings
    readonly objset: number
    readonly parent: Dataset | undefined
    readonly stdin: string
  },
  doing: string,
): Pick<Dataset, 'crypt' | 'key'> {
  const { settings, objset, parent, stdin } = made
  const asked = settings.get('encryption')?.value
  const format = settings.get('keyformat')?.value
  const location = settings.get('keylocation')?.value
  for (const name of keyProperties) settings.delete(name)
  const inherited = parent?.crypt ?? null
  if (asked === 'off' || (asked === undefined && inherited === null)) {
    if (asked === 'off' && inherited !== null)
      throw new Failure(`${doing}: Unencrypted datasets cannot be created under encrypted ones.`)
    if (format !== undefined || location !== undefined)
      throw new Failure(`${doing}: Encryption must be turned on to set encryption properties.`)
    return { crypt: null, key: null }
  }
  const algorithm = asked === undefined || asked === 'on' ? 'aes-256-gcm' : asked
  if (format === undefined) {
    if (inherited === null) throw new Failure(`${doing}: Keyformat required for new encryption root.`)
    settings.delete('keylocation')
    return {
      crypt: { algorithm: asked === undefined ? inherited.algorithm : algorithm, root: inherited.root },
      key: null,
    }
  }
  if (!isFormat(format)) throw new Failure(`${doing}: Keyformat required for new encryption root.`)
  settings.set('keylocation', { value: location ?? 'prompt', source: 'local' })
  return {
    crypt: { algorithm, root: objset },
    key: newKey(host, { format, location: location ?? 'prompt', stdin }, doing),
  }
}

/** Adds a dataset to a pool, with its settings as they are. Its parent is there. */
export function addDataset(
  host: Host,
  imported: Imported,
  made: Pick<Dataset, 'path' | 'type' | 'settings'> & { readonly txg: number; readonly stdin: string },
  doing: string,
): Dataset {
  const { state } = imported.pool
  const above = parentPath(made.path)
  const parent = above === undefined ? undefined : datasetAt(state, above)
  const objset = state.nextObjset
  const encrypted = encryption(host, { ...made, objset, parent }, doing)
  if (parent?.crypt != null && encrypted.key === null && !imported.keys.has(parent.crypt.root))
    throw new Failure(`${doing}: parent's key must be loaded`)
  state.nextObjset += 1
  const nowMs = host.kernel.now().getTime()
  const dataset: Dataset = {
    path: made.path,
    type: made.type,
    guid: newGuid(host.kernel),
    objset,
    createtxg: made.txg,
    createdMs: nowMs,
    settings: made.settings,
    files: emptyTree(nowMs),
    snapshots: [],
    bookmarks: [],
    origin: null,
    ...encrypted,
  }
  state.datasets.push(dataset)
  if (dataset.key !== null) imported.keys.add(objset)
  return dataset
}

export function createCommand(host: Host, args: readonly string[], out: Out, stdin: string): void {
  const words = wordsOf(args, 'PnpsuvV:b:o:', usage)
  const [name, more] = words.rest
  if (name === undefined) throw misused(`missing ${words.has('V') ? 'volume' : 'filesystem'} argument`, usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  const doing = `cannot create '${name}'`
  const bad = /[@#]/.test(name) ? "snapshot delimiter '@' is not expected here" : badName(name)
  if (bad !== undefined) throw new Failure(`${doing}: ${bad}`)
  const type = words.has('V') ? 'volume' : 'filesystem'
  const given = [
    ...(words.options.get('o') ?? []),
    ...(words.options.get('b') ?? []).map((each) => `volblocksize=${each}`),
  ]
  const settings = settingsFrom(given, type, doing)
  const imported = host.imported.get(name.split('/')[0] ?? '')
  if (imported === undefined) throw new Failure(`${doing}: no such pool '${name.split('/')[0]}'`)
  if (placeOf(host, name) !== undefined) {
    if (words.has('p') && type === 'filesystem') return
    throw new Failure(`${doing}: dataset already exists`)
  }
  checkWritable(imported, doing)
  const missing = missingAbove(imported, name.slice(imported.name.length + 1))
  if (missing.length > 0 && !words.has('p')) throw new Failure(`${doing}: parent does not exist`)
  if (type === 'volume') volumeSettings(imported, settings, words.value('V') ?? '', words.has('s'), doing)
  if (words.has('n')) {
    if (words.has('v')) out.print(`would create ${name}`)
    return
  }
  const txg = beginTxg(host, imported)
  const wanted: Pick<Dataset, 'path' | 'type' | 'settings'>[] = [
    ...missing.map((path) => ({ path, type: 'filesystem' as const, settings: new Map() })),
    { path: name.slice(imported.name.length + 1), type, settings },
  ]
  const added = wanted.map((each) => addDataset(host, imported, { ...each, txg, stdin }, doing))
  commit(host, imported)
  if (!words.has('u')) for (const dataset of added) out.attempt(() => mountIfItShould(host, { imported, dataset }))
}

/** Datasets between one and the nearest that is there, topmost first. */
function missingAbove(imported: Imported, path: string): string[] {
  const above = parentPath(path)
  if (above === undefined || datasetAt(imported.pool.state, above) !== undefined) {
    const parent = above === undefined ? undefined : datasetAt(imported.pool.state, above)
    if (parent?.type === 'volume')
      throw new Failure(`cannot create '${nameOf(imported, path)}': parent is not a filesystem`)
    return []
  }
  return [...missingAbove(imported, above), above]
}

/** A volume's size, and the refreservation that keeps that much free unless it is sparse. */
function volumeSettings(imported: Imported, settings: Settings, text: string, sparse: boolean, doing: string): void {
  const size = bytesFrom(text)
  if (size === undefined || size === 0) throw new Failure(`bad volume size '${text}': bad numeric value '${text}'`)
  const block = Number(settings.get('volblocksize')?.value ?? 8192)
  const volsize = Math.ceil(size / block) * block
  settings.set('volsize', { value: String(volsize), source: 'local' })
  if (sparse || settings.has('refreservation')) return
  // With it room for the metadata of a volume that is full (volsize_to_reservation).
  const reserved = Math.ceil((volsize * 1.03) / 4096) * 4096
  const root = datasetAt(imported.pool.state, '')
  if (root !== undefined && available(imported, root) < reserved) throw new Failure(`${doing}: out of space`)
  settings.set('refreservation', { value: String(reserved), source: 'local' })
}
