import { expect, it } from 'vitest'
import { demandCheckpoint } from '../../src/steps/checkpoint.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { localRun, targetOf } from './local-run.ts'

const point = { way: 'rollback' as const, at: 'hour', targets: [targetOf('tank/chat')], left: [] }

const room = 'checkpoint\t-\nfeature@zpool_checkpoint\tenabled\nfree\t50\nsize\t100\nfreeing\t0\n'

const mounted = (root: string) =>
  localRun([], point, [
    [/^zpool get/, room],
    [/^findmnt/, `${root} / rw\nzfs tank/chat /tank/chat rw\n`],
  ]).run

it('a checkpoint is no way back for the pool that the host itself runs on', async () => {
  expect(await thrownBy(demandCheckpoint(mounted('zfs tank/ROOT/debian')))).toMatchObject({
    code: 'no-checkpoint',
    message:
      "a rollback here would have no way back by a checkpoint: / is in tank, which can't be exported while the host runs, and so not be rewound",
  })
  await demandCheckpoint(mounted('zfs tank2/ROOT/debian'))
  await demandCheckpoint(mounted('ext4 /dev/nvme0n1p1'))
})
