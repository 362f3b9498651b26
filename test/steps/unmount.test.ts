import { expect, it } from 'vitest'
import { act } from '../../src/run/act.ts'
import { unmountAction } from '../../src/steps/unmount.ts'
import { datasetRows, localRun, targetOf } from './local-run.ts'

const at = (dataset: string) => ({ dataset, mountpoint: `/${dataset}`, legacy: null })

it('what was mounted first is still known when a boot in the middle has mounted only some of it', async () => {
  const local = localRun(
    [unmountAction],
    { way: 'rollback', at: 'hour', targets: [targetOf('tank/chat'), targetOf('tank/vault')], left: [] },
    [
      [/^zfs list -Hp -r/, datasetRows([['tank'], ['tank/chat'], ['tank/vault', { mounted: 'no' }]])],
      // The boot could not unlock the vault.
      [/^findmnt/, () => (local.changed.length === 0 ? 'zfs tank/chat /tank/chat rw\n' : '')],
    ],
  )
  const mounted = [at('tank/chat'), at('tank/vault')]
  local.begun('unmount', { mounted }, { mounted })
  await act(local.session, unmountAction, true)
  expect(local.run.before(unmountAction)).toEqual({ mounted })
})

it('what a boot in the middle has mounted besides is unmounted with it', async () => {
  const local = localRun([unmountAction], { way: 'rollback', at: 'hour', targets: [targetOf('tank/chat')], left: [] }, [
    [/^zfs list -Hp -r/, datasetRows([['tank'], ['tank/chat'], ['tank/chat/media']])],
    [
      /^findmnt/,
      () =>
        local.changed.length === 0 ? 'zfs tank/chat /tank/chat rw\nzfs tank/chat/media /tank/chat/media rw\n' : '',
    ],
  ])
  local.begun('unmount', { mounted: [at('tank/chat')] }, { mounted: [at('tank/chat')] })
  await act(local.session, unmountAction, true)
  expect(local.changed[0]?.stdin).toBe('tank/chat/media\t/tank/chat/media\t\ntank/chat\t/tank/chat\t\n')
})
