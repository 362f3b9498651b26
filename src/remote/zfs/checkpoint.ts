// The pool's checkpoint (zpool-checkpoint(8)): one a pool, and a way back for all of it at once.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { forgetLater, later, stopLater } from '../linux/gate-files.ts'
import { count, orNull, rows } from '../table.ts'

export interface CheckpointRoom {
  /** Bytes that the checkpoint keeps from being freed; null where there is none. */
  readonly checkpointBytes: number | null
  /** What the pool's on-disk format allows: `disabled`, `enabled` or `active`. */
  readonly feature: string
  readonly freeBytes: number
  readonly sizeBytes: number
  /** Space that is still being freed: a checkpoint is being discarded. */
  readonly freeingBytes: number
  /** Whether a vdev is being removed, which rules a checkpoint out. */
  readonly removing: boolean
}

const asked = ['checkpoint', 'feature@zpool_checkpoint', 'free', 'size', 'freeing'] as const

/** What decides whether a checkpoint can be made, and whether there is one. */
export const checkpointRoom = (pool: string): ShellCommand<CheckpointRoom> =>
  readLine(
    sh`zpool get -Hpo property,value ${asked.join(',')} ${pool}; zpool status ${pool} | grep -q '^remove: Evacuation of .* in progress' && printf 'removing\tyes\n'; true`,
    ({ stdout }) => {
      const value = new Map(rows(stdout, ['property', 'value']).map((row) => [row.property, row.value]))
      const bytes = (name: string): number => count(orNull(value.get(name) ?? '-') ?? '0')
      return {
        checkpointBytes: (value.get('checkpoint') ?? '-') === '-' ? null : bytes('checkpoint'),
        feature: value.get('feature@zpool_checkpoint') ?? 'disabled',
        freeBytes: bytes('free'),
        sizeBytes: bytes('size'),
        freeingBytes: bytes('freeing'),
        removing: value.has('removing'),
      }
    },
  )

const mark = 'lifeboat:checkpoint'

/** Writes into the pool that it has gone on since its checkpoint: rewinding takes this away with everything else. */
export const markCheckpoint = (pool: string, run: string): ShellCommand<string> =>
  changeLine(sh`zfs set ${`${mark}=${run}`} ${pool}`, { repeatable: true })

export const unmarkCheckpoint = (pool: string): ShellCommand<string> =>
  changeLine(sh`zfs inherit ${mark} ${pool}`, { repeatable: true })

/** The run whose checkpoint the pool has gone on from; null where it has not, or has been rewound since. */
export const markedBy = (pool: string): ShellCommand<string | null> =>
  readLine(sh`zfs get -Hpo value ${mark} ${pool}`, ({ stdout }) => {
    const run = stdout.trim()
    return run === '-' || run === '' ? null : run
  })

export const makeCheckpoint = (pool: string): ShellCommand<string> => changeLine(sh`zpool checkpoint ${pool}`)

/** Discards the checkpoint; none is none. Freeing its space goes on in the background. */
export const discardCheckpoint = (pool: string): ShellCommand<string> =>
  changeLine(sh`[ "$(zpool get -Ho value checkpoint ${pool})" = - ] || zpool checkpoint -d ${pool}`)

/** Asks the host to discard the checkpoint by itself when nobody has come back after `hours`, counted anew from a boot. */
export const discardCheckpointLater = (run: string, pool: string, hours: number): ShellCommand<string> => {
  // Once is enough: a checkpoint that is there after that is another one.
  const lines = [`${discardCheckpoint(pool).line} || exit`, ...forgetLater(run, 'discard')]
  return changeLine(['set -e', ...later(run, 'discard', lines, Math.round(hours * 3600))].join('\n'))
}

/** The checkpoint is discarded now, or is not there any more: the host need not do it. */
export const forgetDiscard = (run: string): ShellCommand<string> =>
  changeLine([...stopLater(run, 'discard'), 'true'].join('\n'), { repeatable: true })

/**
 * Takes the whole pool back to its checkpoint. Every dataset loses what it wrote since; nothing is mounted afterwards.
 * @param directories where its devices are, to be looked through for them
 */
export const rewindToCheckpoint = (
  {
    pool,
    guid,
    directories,
  }: { readonly pool: string; readonly guid: string; readonly directories: readonly string[] },
  since: string,
): ShellCommand<string> => {
  const where = raw(directories.map((each) => sh`-d ${each}`).join(' '))
  return {
    ...changeLine(
      sh`{ ! zpool list ${pool} >/dev/null 2>&1 || zpool export ${pool}; } && zpool import -N --rewind-to-checkpoint ${where} ${guid}`,
    ),
    destroys: [`everything written to ${pool} since ${since}`],
  }
}
