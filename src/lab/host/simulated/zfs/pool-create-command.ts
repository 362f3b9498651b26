// zpool-create(8): of whole disks or partitions, alone or in mirrors.
import { addDataset, settingsFrom } from './create-command.ts'
import { Failure, misused, notInThisLab, type Out } from './failure.ts'
import { commit } from './host-state.ts'
import { newGuid } from './ids.ts'
import { defaultCache, remembered } from './import-pool.ts'
import { diskOf, labelIn, partitionOf } from './label.ts'
import type { Host, Imported, Leaf, Settings, Vdev } from './model.ts'
import { mountIfItShould } from './mounting.ts'
import { isSettable } from './pool-properties.ts'
import { poolSize } from './pool-size.ts'
import { wordsOf } from './words.ts'

const usage =
  'create [-fnd] [-o property=value] ... \n\t    [-O file-system-property=value] ... \n\t    [-m mountpoint] [-R root] <pool> <vdev> ...'

function leafFrom(host: Host, word: string, force: boolean): Leaf {
  const path = word.startsWith('/') ? word : `/dev/${word}`
  const node = diskOf(host.kernel, path)
  if (node === undefined) {
    if (path.startsWith('/dev/')) throw new Failure(`cannot resolve path '${path}'`)
    throw notInThisLab(`a pool in the file ${path}`)
  }
  const { disk, partition } = node
  const label = labelIn(disk.read())
  const whole = partition === null
  const path1 = whole ? partitionOf(path, 1) : path
  if (label !== undefined && label.state !== 'destroyed') {
    const busy = Array.from(host.imported.values()).some(({ pool }) => pool.guid === label.guid)
    const what = busy ? 'active' : label.state === 'active' ? 'potentially active' : 'exported'
    const said = `${path1} is part of ${what} pool '${label.name}'`
    if (busy && force)
      throw new Failure(`invalid vdev specification\nthe following errors must be manually repaired:\n${said}`)
    if (!force) throw new Failure(`invalid vdev specification\nuse '-f' to override the following errors:\n${said}`)
  }
  return { guid: newGuid(host.kernel), path: path1, wholeDisk: whole, sizeBytes: disk.sizeBytes }
}

function vdevsFrom(host: Host, words: readonly string[], force: boolean): Vdev[] {
  const vdevs: Vdev[] = []
  let mirror: Leaf[] | undefined
  for (const word of words) {
    if (/^(raidz\d?|draid\S*|spare|log|cache|special|dedup)$/.test(word)) throw notInThisLab(`a pool with ${word}`)
    if (word === 'mirror') {
      mirror = []
      vdevs.push({ kind: 'mirror', guid: newGuid(host.kernel), leaves: mirror })
      continue
    }
    const leaf = leafFrom(host, word, force)
    if (mirror === undefined) vdevs.push({ kind: 'disk', guid: leaf.guid, leaves: [leaf] })
    else mirror.push(leaf)
  }
  if (vdevs.some(({ kind, leaves }) => kind === 'mirror' && leaves.length < 2))
    throw new Failure('invalid vdev specification: mirror requires at least 2 devices')
  return vdevs
}

const pairs = (given: readonly string[]): [string, string][] =>
  given.map((each) => {
    const at = each.indexOf('=')
    if (at === -1) throw new Failure(`missing '=' for -o option`, 2)
    return [each.slice(0, at), each.slice(at + 1)]
  })

export function createPoolCommand(host: Host, args: readonly string[], out: Out, stdin: string): void {
  const words = wordsOf(args, 'fndo:O:m:R:t:', usage)
  const [name, ...devices] = words.rest
  if (name === undefined) throw misused('missing pool name argument', usage)
  if (devices.length === 0) throw misused('missing vdev specification', usage)
  if (words.has('d') || words.has('t')) throw notInThisLab(`zpool create -${words.has('d') ? 'd' : 't'}`)
  const doing = `cannot create '${name}'`
  if (/^(mirror|raidz|draid|spare|log)/.test(name)) throw new Failure(`${doing}: name is reserved`)
  if (!/^[A-Za-z][\w\-.: ]*$/.test(name)) throw new Failure(`${doing}: invalid character in pool name`)
  if (host.imported.has(name)) throw new Failure(`${doing}: pool already exists`)
  const settings: Settings = new Map()
  let cachefile: string | null = words.has('R') ? 'none' : null
  for (const [property, value] of pairs(words.options.get('o') ?? [])) {
    if (property === 'cachefile') cachefile = value === defaultCache ? null : value
    else if (property === 'ashift' || isSettable(property)) settings.set(property, { value, source: 'local' })
    else if (!property.startsWith('feature@')) throw new Failure(`property '${property}' is not a valid pool property`)
  }
  const mountpoint = words.has('m') ? [`mountpoint=${words.value('m')}`] : []
  const own = settingsFrom([...(words.options.get('O') ?? []), ...mountpoint], 'filesystem', doing)
  const vdevs = vdevsFrom(host, devices, words.has('f'))
  const nowMs = host.kernel.now().getTime()
  const pool = {
    name,
    guid: newGuid(host.kernel),
    txg: 4,
    txgMs: nowMs,
    vdevs,
    state: { datasets: [], settings, nextObjset: 54 },
    checkpoint: null,
    history: [],
  }
  if (poolSize(pool) <= 0) throw new Failure(`${doing}: one or more devices is less than the minimum size (64M)`)
  if (words.has('n')) return
  const imported: Imported = {
    name,
    temporary: false,
    pool,
    altroot: words.value('R') ?? null,
    readonly: false,
    cachefile,
    loadGuid: newGuid(host.kernel),
    keys: new Set(),
    missing: new Set(),
    suspended: false,
  }
  const root = addDataset(host, imported, { path: '', type: 'filesystem', settings: own, txg: 1, stdin }, doing)
  host.imported.set(name, imported)
  commit(host, imported)
  remembered(host, imported, cachefile === null)
  out.attempt(() => mountIfItShould(host, { imported, dataset: root }))
}
