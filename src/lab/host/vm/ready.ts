// The stage `ready`: the image, booted once, with OpenZFS loaded, saved so that no later machine boots.
import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { execa } from 'execa'
import type { Accel } from './rig.ts'
import { saveState } from './saved-state.ts'
import { expectSuccess, startFrom } from './vm.ts'

export async function makeReady(
  folder: string,
  inputs: { readonly accel: Accel; readonly imageDir: string },
): Promise<void> {
  const runDir = join(folder, 'making')
  await mkdir(runDir)
  const disk = join(runDir, 'boot.qcow2')
  const base = join(inputs.imageDir, 'base.qcow2')
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, disk])
  const vm = await startFrom(disk, { ...inputs, runDir, bannerTimeoutMs: 180_000 })
  try {
    // The user managers of root and admin run too, so no later login waits for one.
    await expectSuccess(
      vm.run(
        'modprobe zfs && systemctl is-system-running --wait >/dev/null; systemctl is-active user@0 user@1000 ssh && sync',
        { timeoutMs: 180_000 },
      ),
      'finish its start',
    )
    await saveState(vm, runDir, folder)
  } finally {
    await vm.stop()
  }
}
