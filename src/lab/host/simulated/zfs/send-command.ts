// zfs-send(8), of one snapshot, and zstream(8), which reads what it sends.
import type { CommandOutput } from '../kernel.ts'
import { Failure, misused, notInThisLab, type Out } from './failure.ts'
import type { Host } from './model.ts'
import { datasetName, openSnapshot, snapshotName, type SnapshotPlace } from './names.ts'
import { readStream, streamText } from './stream.ts'
import { wordsOf } from './words.ts'

const usage = 'send [-DLPbcehnpsVvw] [-i|-I snapshot] <snapshot>'

/** The earlier snapshot that `-i` names: `@one`, `one` or `tank/chat@one`. */
function earlier(host: Host, to: SnapshotPlace, given: string): SnapshotPlace {
  const name = given.includes('@') ? given.replace(/^@/, `${datasetName(to)}@`) : `${datasetName(to)}@${given}`
  const from = openSnapshot(host, name)
  const isEarlier = from.dataset === to.dataset && from.snapshot.createtxg < to.snapshot.createtxg
  if (!isEarlier)
    throw new Failure(`warning: cannot send '${snapshotName(to)}': not an earlier snapshot from the same fs`)
  return from
}

export function sendCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'pcLei:RIvnPwDbhs', usage)
  const other = ['R', 'I', 'v', 'n', 'P', 'w', 'D', 'b', 'h', 's'].find((each) => words.has(each))
  if (other !== undefined) throw notInThisLab(`zfs send -${other}`)
  const [name, more] = words.rest
  if (name === undefined) throw misused('missing snapshot argument', usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  const to = openSnapshot(host, name)
  const { dataset, snapshot } = to
  if (dataset.type === 'volume' || dataset.crypt !== null) throw notInThisLab(`zfs send of ${name}`)
  const base = words.value('i')
  const from = base === undefined ? undefined : earlier(host, to, base).snapshot
  const set = words.has('p') ? [...dataset.settings].map(([key, { value }]): [string, string] => [key, value]) : []
  out.stdout += streamText(
    {
      toname: name,
      toguid: snapshot.guid,
      fromguid: from?.guid ?? '0',
      createdMs: snapshot.createdMs,
      properties: set,
    },
    from?.files,
    snapshot.files,
  )
}

const hex = (decimal: string): string => BigInt(decimal).toString(16)

/** The checksum in the four words that a real one has. */
const words = (sum: string): string =>
  (sum.match(/.{16}/g) ?? []).map((each) => hex(`${BigInt(`0x${each}`)}`)).join('/')

/** `zstream dump`. A stream without its end is none that it complains of: it goes by what there is. */
export function zstreamDump(stdin: string): CommandOutput {
  const stream = readStream(stdin)
  if (stream === undefined) return { stdout: '', stderr: 'Invalid stream (bad magic number)\n', exitCode: 1 }
  const { begin, changes, damaged, ends, sum } = stream
  const count = (kind: string): number => changes.filter((each) => each.kind === kind).length
  const lines = [
    'BEGIN record',
    '\thdrtype = 1',
    '\tfeatures = 4',
    '\tmagic = 2f5bacbac',
    `\tcreation_time = ${Math.floor(begin.createdMs / 1000).toString(16)}`,
    '\ttype = 2',
    '\tflags = 0x4',
    `\ttoguid = ${hex(begin.toguid)}`,
    `\tfromguid = ${hex(begin.fromguid)}`,
    `\ttoname = ${begin.toname}`,
    '\tpayloadlen = 0',
    ...(damaged ? ['Expected checksum differs from checksum in stream.'] : []),
    ...(ends ? [`END checksum = ${words(sum)}`] : []),
    'SUMMARY:',
    '\tTotal DRR_BEGIN records = 1 (0 bytes)',
    `\tTotal DRR_END records = ${ends ? 1 : 0} (0 bytes)`,
    `\tTotal DRR_OBJECT records = ${count('object')} (0 bytes)`,
    `\tTotal DRR_FREEOBJECTS records = ${count('free')} (0 bytes)`,
    `\tTotal records = ${changes.length + (ends ? 2 : 1)}`,
    `\tTotal stream length = ${stdin.length} (0x${stdin.length.toString(16)})`,
  ]
  return { stdout: `${lines.join('\n')}\n`, stderr: '', exitCode: 0 }
}
