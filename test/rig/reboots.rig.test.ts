// @module-tag long
import { expect, it, vi } from 'vitest'
import { head } from './bad-days/bad-day.ts'
import { endState, sha } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import type { Event, Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'

const mounted = (event: Event): boolean => event.type === 'step-finished' && event.step === 'mount'

const ending = (ran: Ran) => `${ran.exitCode} ${errorOf(ran)?.message ?? ''}`

const services = (scene: Scene, property: string, unit: string) =>
  scene.ssh(`systemctl show -p ${property} --value ${unit}`)

async function killedBeforeServices(scene: Scene): Promise<void> {
  await scene.editHost({ stable_seconds: 1 })
  const killed = await scene.restore(head, { killAt: mounted })
  expect(killed.exitCode).toBeNull()
}

it('a power cut in the middle starts no service on half of the data, and a reboot after the end starts all of it', async () => {
  await using rig = await Rig.start()
  await using scene = await rig.scene()
  // As Debian has them: the lab's image leaves them out to boot faster.
  await scene.ssh('systemctl unmask zfs-import-cache zfs-import-scan systemd-udev-settle 2>/dev/null')
  await killedBeforeServices(scene)

  await rig.vm.reset()
  expect(await scene.ssh('ls -d /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_*-part1')).not.toBe('')
  await scene.ssh('systemctl is-system-running --wait || true')
  expect(await services(scene, 'ConditionResult,ActiveState', 'chat.service')).toBe('inactive\nno')
  await scene.ssh('systemctl start chat.service')
  expect(await services(scene, 'ActiveState', 'chat.service')).toBe('inactive')

  expect(ending(await scene.resume())).toBe('0 ')
  const end = await endState(scene)
  const image = rig.world.snapshots.at(-1)
  expect(sha(end.messages)).toBe(image?.head.messagesSha256)
  expect(end.gates).toBe('')
  expect(end.cachefile).toBe('imported at boot')

  await rig.vm.reboot()
  await scene.ssh('systemctl is-system-running --wait || true')
  const { answer, timer, service, messages, mounts } = await endState(scene)
  expect({ service, messages, mounts }).toEqual({ service: 'active', messages: end.messages, mounts: end.mounts })
  expect(timer).toMatch(/^active/)
  expect(JSON.parse(answer)).toEqual(JSON.parse(end.answer))
})

it('a backup whose time comes in the middle does not run then, and not over the result afterwards', async () => {
  await using rig = await Rig.start()
  await using scene = await rig.scene()
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  const lastTrigger = () => services(scene, 'LastTriggerUSec', 'chat-backup.timer')
  /** Lets the timer's time come, and waits until it has. */
  const backupTime = async (day: string): Promise<void> => {
    await rig.vm.setClock(`${day}T02:29:57Z`)
    // A slow host may be past it before it can be asked for the first time.
    const due = (trigger: string): boolean => trigger.includes(`${day} 02:3`)
    await vi.waitUntil(async () => due(await lastTrigger()), { timeout: 180_000, interval: 500 })
    await vi.waitUntil(async () => (await services(scene, 'ActiveState', 'chat-backup.service')) === 'inactive', {
      timeout: 120_000,
      interval: 500,
    })
  }
  await killedBeforeServices(scene)
  const { backups } = await endState(scene)

  await backupTime(tomorrow)
  expect(await services(scene, 'ConditionResult', 'chat-backup.service')).toBe('no')
  const seen = await lastTrigger()
  expect(ending(await scene.resume())).toBe('0 ')
  const end = await endState(scene)
  expect(end.gates).toBe('')
  expect(await lastTrigger()).toBe(seen)
  expect(end.backups).toBe(backups)
  expect(await services(scene, 'ConditionResult,Result', 'chat-backup.service')).toBe('success\nno')

  // Nothing holds it back any more: the next time it runs.
  await backupTime(new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10))
  expect((await endState(scene)).backups).not.toBe(backups)
})
