// The trees of /proc, /sys and /dev: what the kernel tells of itself, made anew at each look.
import { partitionsOf } from '../disks.ts'
import type { FileTree } from '../file-tree.ts'
import type { Machine } from '../machine.ts'
import { growing } from './grow.ts'
import type { Namespace } from './namespace.ts'

const octal = (text: string): string =>
  text.replaceAll(/[ \t\n\\]/g, (each) => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`)

/** proc_pid_mountinfo(5). */
const mountinfo = (namespace: Namespace): string =>
  namespace
    .list()
    .map(({ id, root, target, options, fstype, source }) => {
      const given = options.filter((each) => each !== 'zfsutil')
      // ZFS's own are options of the file system, and not of the mount.
      const ofZfs = given.filter((each) => /^(?:no)?(?:xattr|acl)$|^posixacl$/.test(each))
      const own = given.filter((each) => !ofZfs.includes(each)).join(',')
      const superOptions = [options.includes('ro') ? 'ro' : 'rw', ...ofZfs].join(',')
      return `${id} 1 0:${id} ${octal(root)} ${octal(target)} ${own} shared:${id} - ${fstype} ${octal(source)} ${superOptions}\n`
    })
    .join('')

export function procTree(machine: Machine): FileTree {
  const { file, folder, link, tree } = growing(machine.now().getTime())
  link('/self', '1')
  link('/mounts', 'self/mounts')
  file('/sys/kernel/random/boot_id', `${machine.bootId}\n`)
  file('/swaps', 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n')
  file('/uptime', `${(machine.upMs() / 1000).toFixed(2)} 0.00\n`)
  file('/cmdline', 'root=/dev/vda rw console=ttyS0\n')
  file('/filesystems', 'nodev\tproc\nnodev\ttmpfs\n\text4\n\tzfs\n')
  for (const { name, state } of machine.zfs.pools()) file(`/spl/kstat/zfs/${name}/state`, `${state}\n`)
  for (const process of machine.table.all()) {
    const at = `/${process.pid}`
    folder(at)
    file(`${at}/comm`, `${process.comm}\n`)
    file(`${at}/cmdline`, `${process.command.replaceAll(' ', '\0')}\0`)
    file(`${at}/cgroup`, `0::${process.cgroup}\n`)
    file(`${at}/mountinfo`, mountinfo(process.namespace))
    link(`${at}/cwd`, process.cwd)
    link(`${at}/root`, '/')
    link(`${at}/exe`, process.exe)
    link(`${at}/ns/mnt`, `mnt:[${process.namespace.id}]`)
    folder(`${at}/fd`)
    process.open.forEach((path, at_) => link(`${at}/fd/${at_ + 3}`, path))
  }
  return tree
}

export function sysTree(machine: Machine): FileTree {
  const { file, folder, tree } = growing(machine.now().getTime())
  file('/module/zfs/version', '2.1.11-1+deb12u1\n')
  folder('/block')
  for (const { device, sizeBytes, serial } of machine.disks()) {
    const name = device.slice('/dev/'.length)
    file(`/block/${name}/size`, `${sizeBytes / 512}\n`)
    if (serial !== null) file(`/block/${name}/device/serial`, `${serial}\n`)
    folder(`/block/${name}/holders`)
  }
  for (const { device, sizeBytes } of machine.zfs.zvols()) {
    const name = device.slice('/dev/'.length)
    file(`/block/${name}/size`, `${sizeBytes / 512}\n`)
    folder(`/block/${name}/holders`)
  }
  return tree
}

export function devTree(machine: Machine): FileTree {
  const { file, folder, link, tree } = growing(machine.bootedAt.getTime())
  for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'console', 'zfs']) {
    file(`/${name}`, '', { mode: 0o666 })
  }
  link('/fd', '/proc/self/fd')
  folder('/shm', { mode: 0o1777 })
  for (const each of ['by-id', 'by-partuuid', 'by-path']) folder(`/disk/${each}`)
  file('/vda', '', { mode: 0o660 })
  for (const disk of machine.disks()) {
    const nodes = [
      { path: disk.device, part: '' },
      ...partitionsOf(disk).map(({ path, number }) => ({ path, part: `-part${number}` })),
    ]
    for (const { path, part } of nodes) {
      const name = path.slice('/dev/'.length)
      file(`/${name}`, '', { mode: 0o660 })
      if (disk.serial === null) continue
      for (const model of ['Amazon_Elastic_Block_Store_', 'QEMU_NVMe_Ctrl_']) {
        link(`/disk/by-id/nvme-${model}${disk.serial}${part}`, `../../${name}`)
      }
    }
  }
  for (const { dataset, device } of machine.zfs.zvols()) {
    const name = device.slice('/dev/'.length)
    file(`/${name}`, '', { mode: 0o660 })
    // udev writes a blank as a plus.
    const path = `/zvol/${dataset.replaceAll(' ', '+')}`
    link(path, `${'../'.repeat(path.split('/').length - 2)}${name}`)
  }
  return tree
}
