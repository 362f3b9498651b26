// The way back from a rollback: the whole pool is rewound to the checkpoint that was made before it.
import type { ShellCommand } from '../remote/command.ts'
import { markedBy, rewindToCheckpoint } from '../remote/zfs/checkpoint.ts'
import { loadKey } from '../remote/zfs/keys.ts'
import { mountAll } from '../remote/zfs/mounting.ts'
import { listPools } from '../remote/zfs/pool.ts'
import { oneLine } from '../text/display.ts'
import { Refused, RemoteCommandError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { checkpointAction, hasCheckpoint, type Checkpointed } from './checkpoint.ts'
import type { Action, Run } from './step.ts'

/** What takes the pool back to the checkpoint, with all that was mounted. */
const rewinding = ({ keys, mounted, ...stood }: Checkpointed): [ShellCommand<string>, ...ShellCommand<string>[]] => [
  rewindToCheckpoint(stood, stood.since),
  ...keys.map(loadKey),
  ...(mounted.length === 0 ? [] : [mountAll(mounted)]),
]

function notRewound(run: Run, { pool, guid, directories }: Checkpointed, error: RemoteCommandError): Refused {
  const where = directories.map((each) => sh`-d ${each}`).join(' ')
  const again = { why: 'try once more', command: `lifeboat undo ${run.id} --confirm ${run.host.name}` }
  return new Refused(
    {
      code: 'not-rewound',
      message: `the pool ${pool} was not rewound to its checkpoint: ${oneLine(error.stderrTail.trim())}`,
      notChanged: ['the checkpoint is still there, and with it everything from before the rollback'],
      exists: [
        {
          kind: 'pool',
          id: `${pool} (GUID ${guid})`,
          region: null,
          host: run.host.name,
          state: 'imported or exported, as zpool list tells',
          madeByUs: false,
        },
      ],
      next: [
        { why: 'see whether it is imported, and what of it is in use', command: run.onHost('zpool list; zfs mount') },
        again,
        {
          why: 'or bring it back by hand as it was before the rollback, once it is exported',
          command: run.onHost(`zpool import --rewind-to-checkpoint ${where} ${guid}`),
        },
      ],
    },
    error,
  )
}

/** What the pool is to be rewound from; false where it was rewound already. `gone` where there is no way back any more. */
async function wayBack(run: Run, { pool, guid }: Checkpointed): Promise<boolean | 'gone'> {
  const imported = (await run.do(listPools())).some((each) => each.guid === guid)
  if (!imported || (await hasCheckpoint(run, pool))) return true
  return (await run.do(markedBy(pool))) === null ? false : 'gone'
}

const tooLate = (run: Run, code: string, message: string): Refused =>
  new Refused({
    code,
    message,
    notChanged: ['nothing was taken back'],
    next: [{ why: 'finish the restore', command: `lifeboat resume ${run.id}` }],
  })

/**
 * The checkpoint, as long as the rollback that it is to take back has changed nothing: where the host has discarded it
 * meanwhile it is made anew. Afterwards it would keep what was rolled back to.
 */
export const wayBackFrom = <B, E>(rollback: Action<B, E>): typeof checkpointAction => ({
  ...checkpointAction,
  holdsUntil: 'mount',
  renews: true,
  async recheck(run, stood, made) {
    const gone = run.began(rollback.id) && (await rollback.find(run, run.before(rollback))).state !== 'absent'
    return gone ? [] : checkpointAction.verify(run, stood, made)
  },
})

/** The undo of a step that has changed what the checkpoint keeps, as far as anybody can tell. */
type Undone<B, E> = Pick<Action<B, E>, 'find'>

/** Takes a rollback back: the pool is rewound to its checkpoint. Offered only until a service has written again. */
export function rewind<B, E>(rollback: Undone<B, E>) {
  /** Whether there is something to rewind. On other ways, and where it was refused, nothing of the pool has gone anywhere. */
  const hasGone = async (run: Run, stood: B, done: E | undefined): Promise<boolean> =>
    run.began('checkpoint') && (done !== undefined || (await rollback.find(run, stood)).state !== 'absent')
  return {
    async refuses(run: Run, stood: B, done: E | undefined): Promise<Refused | undefined> {
      if (!(await hasGone(run, stood, done))) return undefined
      if (run.began('start-services'))
        return tooLate(
          run,
          'services-have-written',
          'the services were started on the data that was rolled back to: rewinding the pool now would take away what every dataset has written since',
        )
      const kept = run.before(checkpointAction)
      if ((await wayBack(run, kept)) !== 'gone') return undefined
      return tooLate(
        run,
        'checkpoint-gone',
        `the checkpoint of ${kept.pool} is not there any more: the rollback can't be taken back`,
      )
    },
    commands: (run: Run) => (run.began('checkpoint') ? rewinding(run.before(checkpointAction)) : []),
    async perform(run: Run, stood: B, done: E | undefined): Promise<void> {
      if (!(await hasGone(run, stood, done))) return
      const kept = run.before(checkpointAction)
      const [back, ...after] = rewinding(kept)
      if (await wayBack(run, kept)) {
        try {
          await run.do(back)
        } catch (error) {
          if (error instanceof RemoteCommandError) throw notRewound(run, kept, error)
          throw error
        }
      }
      for (const command of after) await run.do(command)
    },
  }
}
