// A host that is no more than disks, mounts and a clock.
import { createHash } from 'node:crypto'
import type { FileTree } from '../../../../../src/lab/host/simulated/file-tree.ts'
import type { Disk, Kernel, Mount, Process, SimulatedZfs } from '../../../../../src/lab/host/simulated/kernel.ts'
import { createZfs } from '../../../../../src/lab/host/simulated/zfs/create-zfs.ts'

export interface FakeHost {
  readonly zfs: SimulatedZfs
  readonly kernel: Kernel
  readonly mounts: Mount[]
  readonly processes: Process[]
  readonly keys: Map<string, string>
  /** Plugs a disk in; `text` is what is on it. */
  plug(device: string, serial: string, text?: string, sizeBytes?: number): Disk
  unplug(device: string): void
  /** Runs `zfs …` or `zpool …`, whose words have no spaces, and gives what is printed; throws where it fails. */
  run(line: string, stdin?: string): string
  /** Its exit code, and what it prints on stderr. */
  fails(line: string, stdin?: string): { readonly exitCode: number; readonly stderr: string }
  write(path: string, content: string | Uint8Array): void
  read(path: string): string | undefined
  later(ms: number): void
}

export function fakeHost({ hostid = '60b8f5dd', hostname = 'restore-lab', seed = 'seed' } = {}): FakeHost {
  const disks: Disk[] = []
  const mounts: Mount[] = []
  const processes: Process[] = []
  const keys = new Map<string, string>()
  let now = Date.parse('2026-11-21T19:23:25Z')
  let drawn = 0
  const kernel: Kernel = {
    now: () => new Date(now),
    timeZone: () => 'Etc/UTC',
    hostid,
    disks: () => disks,
    mounts: () => mounts,
    mount: (mount) => void mounts.push(mount),
    unmount(target) {
      const at = mounts.findLastIndex((each) => each.target === target)
      if (at === -1) return 'not mounted'
      const inside = (path: string): boolean => path === target || path.startsWith(`${target}/`)
      if (mounts.some((each, other) => other !== at && each.target.startsWith(`${target}/`))) return 'busy'
      if (processes.some((each) => each.open.some(inside))) return 'busy'
      mounts.splice(at, 1)
      return 'unmounted'
    },
    isEmpty(path) {
      const mounted = mounts.findLast((each) => each.target === path)
      return mounted === undefined ? path !== '/full' : mounted.files.size === 1
    },
    processes: () => processes,
    readFile: (path) =>
      path === '/etc/hostname'
        ? new TextEncoder().encode(`${hostname}\n`)
        : keys.has(path)
          ? new TextEncoder().encode(keys.get(path))
          : undefined,
    random: (bytes) => createHash('sha512').update(`${seed} ${drawn++}`).digest().subarray(0, bytes),
  }
  const zfs = createZfs(kernel)
  const call = (line: string, stdin = '') => {
    const [tool, ...args] = line.split(' ')
    now += 1
    return tool === 'zfs' ? zfs.zfs(args, stdin) : tool === 'zpool' ? zfs.zpool(args, stdin) : zfs.zdb(args)
  }
  const treeAt = (path: string): { files: FileTree; inside: string } => {
    const mount = mounts
      .filter(({ target }) => path.startsWith(`${target}/`))
      .toSorted((a, b) => a.target.length - b.target.length)
      .at(-1)
    if (mount === undefined) throw new Error(`nothing is mounted at ${path}`)
    return { files: mount.files, inside: path.slice(mount.target.length) }
  }
  return {
    zfs,
    kernel,
    mounts,
    processes,
    keys,
    plug(device, serial, text = '', sizeBytes = 2 * 1024 ** 3) {
      let on = text
      const disk: Disk = { device, serial, sizeBytes, read: () => on, write: (written) => void (on = written) }
      disks.push(disk)
      return disk
    },
    unplug(device) {
      disks.splice(
        disks.findIndex((each) => each.device === device),
        1,
      )
      zfs.lost(device)
    },
    run(line, stdin) {
      const { exitCode, stdout, stderr } = call(line, stdin)
      if (exitCode !== 0) throw new Error(`${line}: ${exitCode}: ${stderr}`)
      return stdout
    },
    fails(line, stdin) {
      const { exitCode, stderr } = call(line, stdin)
      return { exitCode, stderr }
    },
    write(path, content) {
      const { files, inside } = treeAt(path)
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      files.set(inside, { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtimeMs: now, content: bytes })
    },
    read(path) {
      const { files, inside } = treeAt(path)
      const inode = files.get(inside)
      return inode?.kind === 'file' ? new TextDecoder().decode(inode.content) : undefined
    },
    later: (ms) => void (now += ms),
  }
}

/** The host of the rig's first recording: a week in a few seconds. */
export function hostWithPool(): FakeHost & { readonly disk: Disk } {
  const host = fakeHost()
  const disk = host.plug('/dev/nvme1n1', 'vol0123456789abcdef0')
  host.run(
    'zpool create -o ashift=12 -O compression=lz4 -O mountpoint=/tank -O atime=off tank /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0',
  )
  for (const name of ['irc', 'home', 'home/alice']) host.run(`zfs create tank/${name}`)
  host.keys.set('/tmp/k', 'secretpassphrase')
  host.run('zfs create -o encryption=aes-256-gcm -o keyformat=passphrase -o keylocation=file:///tmp/k tank/secret')
  for (const day of [1, 2, 3]) {
    host.later(1000)
    host.write('/tank/irc/log.txt', `v${day}\n`)
    host.write('/tank/secret/s.txt', `s${day}\n`)
    host.write(`/tank/home/alice/f${day}`, new Uint8Array(1024 ** 2).fill(day))
    host.run(`zfs snapshot tank/irc@hourly-1${day}`)
    host.run(`zfs snapshot -r tank@daily-2${day}`)
  }
  host.run('zfs snapshot tank/irc@manual')
  host.write('/tank/irc/log.txt', 'AFTER\n')
  return { ...host, disk }
}
