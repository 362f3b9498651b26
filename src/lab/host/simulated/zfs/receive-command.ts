// zfs-receive(8): a snapshot from a stream, into a dataset of its own or on top of the snapshot that it goes on from.
import { copyOf } from '../file-tree.ts'
import { addDataset, settingsFrom } from './create-command.ts'
import { Failure, misused, notInThisLab, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import type { Dataset, Host, Imported, Settings } from './model.ts'
import { mountIfItShould } from './mounting.ts'
import { badName, datasetAt, parentPath, placeOf } from './names.ts'
import { sameTree } from './sizes.ts'
import { filesFrom, readStream, type StreamRead } from './stream.ts'
import { wordsOf, type Words } from './words.ts'

const usage = 'receive [-vMnsFhu] [-o <property>=<value>] ... [-x <property>] ... <filesystem|volume|snapshot>'

/** What the dataset gets: what came with the stream, without what is left out, and what is said here. */
function settingsOf(words: Words, { begin }: StreamRead, doing: string): Settings {
  const said = settingsFrom(words.options.get('o') ?? [], 'filesystem', doing)
  const left = new Set([...(words.options.get('x') ?? []), ...said.keys()])
  const received = begin.properties.filter(([name]) => !left.has(name))
  return new Map([...received.map(([name, value]) => [name, { value, source: 'received' }] as const), ...said])
}

/** The dataset that a full stream makes. */
function made(host: Host, imported: Imported, name: string, settings: Settings): Dataset {
  const doing = 'cannot receive new filesystem stream'
  if (placeOf(host, name) !== undefined)
    throw new Failure(`${doing}: destination '${name}' exists\nmust specify -F to overwrite it`)
  const path = name.slice(imported.name.length + 1)
  const above = parentPath(path)
  if (above === undefined || datasetAt(imported.pool.state, above)?.type !== 'filesystem')
    throw new Failure(
      `cannot open '${name.replace(/\/[^/]*$/, '')}': dataset does not exist\n${doing}: unable to restore to destination`,
    )
  const txg = beginTxg(host, imported)
  return addDataset(host, imported, { path, type: 'filesystem', settings, txg, stdin: '' }, doing)
}

/** The dataset that an incremental stream goes on with. */
function goneOnFrom(host: Host, name: string, { begin }: StreamRead): Dataset {
  const doing = 'cannot receive incremental stream'
  const dataset = placeOf(host, name)?.dataset
  if (dataset === undefined) throw new Failure(`${doing}: destination '${name}' does not exist`)
  const newest = dataset.snapshots.at(-1)
  if (newest?.guid !== begin.fromguid)
    throw new Failure(`${doing}: most recent snapshot of ${name} does not\nmatch incremental source`)
  if (!sameTree(newest.files, dataset.files))
    throw new Failure(`${doing}: destination ${name} has been modified\nsince most recent snapshot`)
  return dataset
}

export function receiveCommand(host: Host, args: readonly string[], out: Out, stdin: string): void {
  const words = wordsOf(args, 'uo:x:vMnsFhde', usage)
  const other = ['v', 'M', 'n', 's', 'F', 'h', 'd', 'e'].find((each) => words.has(each))
  if (other !== undefined) throw notInThisLab(`zfs receive -${other}`)
  const [name, more] = words.rest
  if (name === undefined) throw misused('missing snapshot argument', usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  if (stdin === '') throw new Failure('cannot receive: failed to read from stream')
  const stream = readStream(stdin)
  if (stream === undefined) throw new Failure('cannot receive: invalid stream (bad magic number)')
  const isFull = stream.begin.fromguid === '0'
  const doing = `cannot receive ${isFull ? 'new filesystem' : 'incremental'} stream`
  const bad = /[@#]/.test(name) ? 'invalid name' : badName(name)
  if (bad !== undefined) throw new Failure(`cannot receive: ${bad}`)
  const imported = host.imported.get(name.split('/')[0] ?? '')
  if (imported === undefined)
    throw new Failure(`cannot open '${name.split('/')[0]}': no such pool\n${doing}: unable to restore to destination`)
  checkWritable(imported, doing)
  const settings = settingsOf(words, stream, doing)
  const base = isFull ? undefined : goneOnFrom(host, name, stream)
  // A real one finds it out at the end of the stream, and takes what was received until then away again.
  if (!stream.ends) throw new Failure(`${doing}: checksum mismatch or incomplete stream`)
  const dataset = base ?? made(host, imported, name, settings)
  const txg = beginTxg(host, imported)
  put(imported, dataset, stream, txg)
  if (base !== undefined)
    for (const [key, setting] of settings) if (!base.settings.has(key)) base.settings.set(key, setting)
  commit(host, imported)
  if (isFull && !words.has('u')) out.attempt(() => mountIfItShould(host, { imported, dataset }))
}

/** Adds the snapshot, and makes the head of it what the snapshot is. */
function put({ pool }: Imported, dataset: Dataset, stream: StreamRead, txg: number): void {
  const { toname, toguid, createdMs } = stream.begin
  const from = dataset.snapshots.at(-1)
  const files = filesFrom(from?.files ?? new Map(), stream)
  dataset.snapshots.push({
    name: toname.slice(toname.indexOf('@') + 1),
    guid: toguid,
    objset: pool.state.nextObjset++,
    createtxg: txg,
    createdMs,
    files,
    holds: new Map(),
    settings: new Map(),
    volsize: null,
    deferred: false,
  })
  dataset.files.clear()
  for (const [path, inode] of copyOf(files)) dataset.files.set(path, inode)
}
