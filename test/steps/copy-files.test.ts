import { expect, it } from 'vitest'
import { undo } from '../../src/run/undo.ts'
import { copyFilesAction } from '../../src/steps/copy-files.ts'
import { localRun, targetOf } from './local-run.ts'

const copies = [
  {
    snapshot: 'tank/chat@hour',
    mount: '/run/lifeboat/r/files/1',
    from: '/run/lifeboat/r/files/1/log',
    to: '/root/x/log',
    draft: '/root/x/.lifeboat-r-1',
  },
]

const point = {
  way: 'files' as const,
  at: 'hour',
  targets: [targetOf('tank/chat')],
  left: [],
  path: 'log',
  to: '/root/x',
}

it('half of a copy is named as long as it is there, and gone when the run is taken back', async () => {
  const local = localRun([copyFilesAction], point, [[/^p=/, 'is folder\nparent\nwritable\n']])
  const before = { folder: '/root/x', copies, keys: [] }
  local.begun('copy-files', before)
  const left = copyFilesAction.resources?.(local.run, before, undefined).map(({ id, state }) => `${id}: ${state}`)
  expect(left).toEqual([
    '/root/x/.lifeboat-r-1: half of a copy, if it is there',
    '/root/x/log: a copy that was not compared, if it is there',
  ])
  await undo(local.session)
  expect(local.changed.map(({ line }) => line)).toContain('rm -rf --one-file-system -- /root/x/.lifeboat-r-1')
})
