import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { VmError } from './vm-error.ts'
import { savedDisk, savedState, type BareVm } from './vm.ts'

/** Saves the running guest into its disk, ends it and leaves the disk in `folder`. No NVMe disk may be attached. */
export async function saveState(vm: BareVm, runDir: string, folder: string): Promise<void> {
  // Frozen first: no moment passes between what the disk and what the memory say.
  await vm.qmp.execute('stop')
  // An older state of the same name is replaced. Errors come as text.
  const said = (await vm.qmp.monitor(`savevm ${savedState}`)).trim()
  if (said !== '') throw new VmError({ code: 'vm-save-failed', message: `QEMU cannot save the guest: ${said}` })
  // Out of the way of stop(), which removes the machine's disk. QEMU writes to it until it's gone.
  await rename(join(runDir, savedDisk), join(folder, savedDisk))
  await vm.stop()
  await rm(runDir, { recursive: true })
}
