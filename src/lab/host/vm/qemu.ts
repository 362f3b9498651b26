// QEMU's command line as data. A saved state fits only the machine that it was saved on, so everything the guest can
// see is in `deviceArguments`, and the cache is keyed on it.
import { join } from 'node:path'
import { execa } from 'execa'
import type { Accel } from './rig.ts'
import { VmError } from './vm-error.ts'

export const qemuProgram = 'qemu-system-x86_64'

/** The id that the guest reads in its firmware tables, as on Nitro. */
export const instanceId = 'i-0c7e1f2a3b4d5e6f7'

/** One disk can be plugged into each. */
export const buses = ['rp1', 'rp2', 'rp3', 'rp4'] as const

/** How the guest's standard descriptors come out of QEMU: 3 is the QMP stream. */
export const qmpDescriptor = 3

export interface QemuFiles {
  /** The folder with vmlinuz and initrd.gz. */
  readonly imageDir: string
  /** The guest's root disk, qcow2, written. */
  readonly disk: string
  readonly serialLog: string
}

/** All that the guest sees of its machine. */
export function deviceArguments(accel: Accel): readonly string[] {
  return [
    ['-nodefaults', '-no-user-config'],
    ['-machine', 'q35,usb=off,vmport=off,smm=off'],
    ['-accel', accel === 'kvm' ? 'kvm' : 'tcg,thread=multi,tb-size=512'],
    ['-cpu', accel === 'kvm' ? 'host' : 'max'],
    ['-smp', '2', '-m', '768'],
    ['-smbios', 'type=1,manufacturer=Amazon EC2,product=m5.large'],
    ['-smbios', `type=2,manufacturer=Amazon EC2,asset=${instanceId}`],
    ['-device', 'virtio-blk-pci,drive=root,serial=root'],
    ['-device', 'virtio-net-pci,netdev=lan,romfile='],
    ['-device', 'virtio-rng-pci'],
    ...buses.map((bus, at) => ['-device', `pcie-root-port,id=${bus},chassis=${at + 1},slot=${at + 1}`]),
  ].flat()
}

export const kernelCommandLine = 'rw console=ttyS0 quiet loglevel=3 mitigations=off nokaslr tsc=reliable'

/** `loadvm` names the saved state that the machine goes on from; without it the guest boots. */
export function qemuArguments(accel: Accel, files: QemuFiles, loadvm?: string): readonly string[] {
  return [
    deviceArguments(accel),
    ['-display', 'none'],
    // A guest that shuts itself down is an instance that is stopped: it can be started again.
    ['-no-shutdown'],
    ['-serial', `file:${escape(files.serialLog)}`],
    ['-chardev', `socket,id=qmp,fd=${qmpDescriptor}`, '-mon', 'chardev=qmp,mode=control'],
    ['-kernel', join(files.imageDir, 'vmlinuz'), '-initrd', join(files.imageDir, 'initrd.gz')],
    ['-append', kernelCommandLine],
    // The disk is thrown away with the machine, so nothing waits for it to be safe.
    ['-drive', `file=${escape(files.disk)},if=none,id=root,format=qcow2,cache=unsafe,discard=unmap`],
    // Port 0: the kernel picks a free one and holds it, so no two machines race for it.
    ['-netdev', 'user,id=lan,hostfwd=tcp:127.0.0.1:0-:22'],
    loadvm === undefined ? [] : ['-loadvm', loadvm],
  ].flat()
}

/** A comma ends a value in QEMU's options and is written twice. */
function escape(path: string): string {
  return path.replaceAll(',', ',,')
}

/** The host's port in the answer of `info usernet`, or null while there is none. */
export function forwardedPort(usernet: string): number | null {
  const port = /HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(usernet)?.[1]
  return port === undefined ? null : Number(port)
}

export async function qemuVersion(): Promise<string> {
  const asked = await execa(qemuProgram, ['--version'], { reject: false })
  if (asked.failed) throw new VmError({ code: 'qemu-missing', message: `${qemuProgram} does not run on this machine` })
  return asked.stdout.split('\n', 1)[0] ?? ''
}
