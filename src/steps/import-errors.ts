// Why ZFS does not import a pool, in words that lead on. What would give data up is only ever named, as a dry run.
import { Refused, RemoteCommandError, type Next } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import type { Run } from './step.ts'

interface Wanted {
  readonly pool: string
  readonly guid: string
  readonly node: string
}

const undo = (run: Run): Next => ({
  why: 'take it off again, then choose another EBS snapshot',
  command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
})

/** What ZFS would give up to open it, told without opening it. */
const dryRun = (run: Run, { node, guid }: Wanted): Next => ({
  why: 'see whether ZFS could open it by giving up the last seconds (a dry run: it changes nothing)',
  command: run.onHost(sh`zpool import -Fn -N -f -o readonly=on -d ${node} ${guid}`),
})

const devices = (run: Run, { node }: Wanted): Next => ({
  why: 'see which devices it wants',
  command: run.onHost(sh`zpool import -d ${node}`),
})

/** What `zpool import` prints (libzfs), and what it means here. The first that fits counts. */
const reasons: readonly {
  readonly says: RegExp
  readonly code: string
  readonly means: (said: string) => string
  readonly next: (run: Run, wanted: Wanted) => Next[]
}[] = [
  {
    says: /unsupported version or feature/,
    code: 'features-unsupported',
    means: (said) =>
      `needs features that this host's OpenZFS does not know: ${[...said.matchAll(/^\t(\S+)/gm)].map((found) => found[1]).join(', ')}`,
    next: (run) => [
      {
        why: 'restore onto a host with a newer OpenZFS',
        command: sh`lifeboat restore --host ${run.host.name} --launch-template lt-…`,
      },
      { why: 'after this one was taken back', command: `lifeboat undo ${run.id} --confirm ${run.host.name}` },
    ],
  },
  {
    says: /previously in use from another system|pool is imported on|may be in use from other system/,
    code: 'pool-in-use',
    means: () => 'may be in use by another host, and ZFS asks for -f, which was not known to be safe',
    next: (run, wanted) => [devices(run, wanted), undo(run)],
  },
  {
    says: /one or more devices (is|are) currently unavailable|invalid vdev configuration|insufficient replicas/,
    code: 'devices-missing',
    means: (said) =>
      /invalid vdev/.test(said)
        ? "does not fit onto this disk: the disk is shorter than the pool's, or what ZFS wrote of its devices is damaged"
        : 'needs a device that is not on this volume',
    next: (run, wanted) => [devices(run, wanted), undo(run)],
  },
  {
    says: /I\/O error|metadata is corrupted|corrupted data|destroy and re-create/i,
    code: 'pool-damaged',
    means: () => "can't be read: what ZFS needs of it to open it is damaged (I/O error)",
    next: (run, wanted) => [dryRun(run, wanted), undo(run)],
  },
  {
    says: /no such pool/,
    code: 'pool-not-found',
    means: () => 'is not found on this disk by ZFS, although its label is there',
    next: (run, wanted) => [devices(run, wanted), undo(run)],
  },
]

/** The refusal of an import in words; the error itself where it is another. */
export function importRefusal(run: Run, wanted: Wanted, error: unknown): unknown {
  if (!(error instanceof RemoteCommandError)) return error
  const reason = reasons.find(({ says }) => says.test(error.stderrTail))
  if (reason === undefined) return error
  return new Refused(
    {
      code: reason.code,
      message: `the pool ${wanted.pool} on ${wanted.node} ${reason.means(error.stderrTail)}`,
      notChanged: ['nothing was written to the disk'],
      next: reason.next(run, wanted),
    },
    error,
  )
}
