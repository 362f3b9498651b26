// zfs(8): datasets. Each listing is one command, however many datasets there are.
import { sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { count, orNull, rows } from '../table.ts'

export {
  findSnapshots,
  fullName,
  holdSnapshots,
  holdTags,
  listSnapshots,
  releaseSnapshots,
  writtenSince,
  type Snapshot,
  type SnapshotRef,
} from './snapshot.ts'

export interface Dataset {
  readonly name: string
  readonly type: 'filesystem' | 'volume'
  readonly guid: string
  readonly createtxg: number
  readonly mountpoint: string
  /** `on`, `off` or `noauto`; `-` for a volume. */
  readonly canmount: string
  readonly mounted: boolean
  readonly usedBytes: number
  /** Written since its newest snapshot. */
  readonly writtenBytes: number
  readonly origin: string | null
  readonly keyStatus: string | null
  /** The dataset whose key it uses; null where it isn't encrypted. */
  readonly encryptionRoot: string | null
  /** `prompt`, or where ZFS reads the key: `file:///…`, `https://…`. */
  readonly keyLocation: string | null
}

const datasetFields = [
  'name',
  'type',
  'guid',
  'createtxg',
  'mountpoint',
  'canmount',
  'mounted',
  'used',
  'written',
  'origin',
  'keystatus',
  'encryptionroot',
  'keylocation',
] as const

/** Every filesystem and volume of a pool, parents before children. */
export const listDatasets = (pool: string): ShellCommand<Dataset[]> =>
  readLine(sh`zfs list -Hp -r -t filesystem,volume -o ${datasetFields.join(',')} ${pool}`, ({ stdout }) =>
    rows(stdout, datasetFields).map((row) => ({
      name: row.name,
      type: row.type === 'volume' ? 'volume' : 'filesystem',
      guid: row.guid,
      createtxg: count(row.createtxg),
      mountpoint: row.mountpoint,
      canmount: row.canmount,
      mounted: row.mounted === 'yes',
      usedBytes: count(row.used),
      writtenBytes: count(row.written),
      origin: orNull(row.origin),
      keyStatus: orNull(row.keystatus),
      encryptionRoot: orNull(row.encryptionroot),
      keyLocation: orNull(row.keylocation),
    })),
  )
