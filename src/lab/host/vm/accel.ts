// Finds out whether this machine's KVM is of use. /dev/kvm may open and then be slower than emulation, or crash QEMU
// (nested virtualization), so the guest's kernel is started with it and timed.
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { qemuProgram } from './qemu.ts'
import type { Accel } from './rig.ts'

// Real KVM comes this far in under a second, emulation in about two.
const limitMs = 4_000

export async function measureAccel(imageDir: string): Promise<Accel> {
  const opens = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!opens) return 'tcg'
  const probe = await execa(
    qemuProgram,
    [
      ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
      ['-machine', 'q35,usb=off,vmport=off,smm=off', '-accel', 'kvm', '-cpu', 'host', '-smp', '2', '-m', '256'],
      ['-kernel', join(imageDir, 'vmlinuz'), '-initrd', join(imageDir, 'initrd.gz')],
      ['-append', 'console=ttyS0 quiet loglevel=3 mitigations=off lifeboat.probe'],
    ].flat(),
    { stdin: 'ignore', reject: false, timeout: limitMs, forceKillAfterDelay: 1_000 },
  )
  return probe.stdout.includes('lifeboat-probe-ok') ? 'kvm' : 'tcg'
}
