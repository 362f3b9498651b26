// The host with its pool in use, as before anything was lost: what a restore from the pool's own snapshots begins with.
import { DeleteVolumeCommand, DetachVolumeCommand } from '@aws-sdk/client-ec2'
import { vi } from 'vitest'
import type { Hourly } from '../../src/lab/host/vm/manifest.ts'
import { attachCopy } from './prepared-snapshot.ts'
import { runProgram, type Ran, type RunOptions } from './program.ts'
import type { Rig, Scene } from './rig.ts'

const limits = { timeout: 120_000, interval: 100 }

/** A scene whose host runs its service on a copy of the newest evening's pool. It is taken away again at the end. */
export async function livingPool(rig: Rig): Promise<Scene> {
  const scene = await rig.scene()
  await scene.editHost({ pool: 'tank', stable_seconds: 1 })
  const volumeId = await attachCopy(scene, scene.world.snapshots.at(-1)?.snapshotId ?? '', '/dev/sdf')
  const node = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace('-', '')}-part1`
  scene.later(async () => {
    await scene.ssh(
      'systemctl stop chat.service; umount -R /run/lifeboat/*/files/* 2>/dev/null; ! zpool list tank >/dev/null 2>&1 || zpool destroy -f tank; rm -rf --one-file-system /tank /run/lifeboat /etc/systemd/system/chat.service.d /run/systemd/system/chat-backup.service.d; systemctl stop "lifeboat-*"; systemctl daemon-reload; umount /etc/cron.d/zfsnap 2>/dev/null; true',
    )
    await scene.ec2.send(new DetachVolumeCommand({ VolumeId: volumeId }))
    await vi.waitUntil(
      () => scene.cloud.volumes().some((each) => each.volumeId === volumeId && each.state === 'available'),
      limits,
    )
    await scene.ec2.send(new DeleteVolumeCommand({ VolumeId: volumeId }))
  })
  await scene.ssh(
    `udevadm settle; zpool import -f -d ${node} tank && systemctl reset-failed chat.service; systemctl start chat.service`,
  )
  return scene
}

/** The hourly so many before the newest that the pool has. */
export function hourly(scene: Scene, back: number): Hourly {
  const startedAt = scene.world.snapshots.at(-1)?.startedAt ?? ''
  const found = scene.world.hourlies.filter((each) => each.at < startedAt).at(-1 - back)
  if (found === undefined) throw new Error('the world has no such hourly')
  return found
}

/** `restore` from the pool's own snapshots, without questions. */
export const restoreLocally = (scene: Scene, flags: readonly string[], options?: RunOptions): Promise<Ran> =>
  runProgram(
    ['restore', '--host', 'irc-1', '--source', 'local', '--yes', '--no-input', '--json', ...flags].concat([
      '--config',
      scene.config,
      '--state-dir',
      scene.stateDir,
    ]),
    options,
  )
