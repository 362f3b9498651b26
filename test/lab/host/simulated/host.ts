// A simulated host for one test, with a ZFS that has one pool on no disk: what the host's own commands need of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyTree, type FileTree } from '../../../../src/lab/host/simulated/file-tree.ts'
import { growing } from '../../../../src/lab/host/simulated/files/grow.ts'
import type { CommandOutput, Kernel, SimulatedZfs } from '../../../../src/lab/host/simulated/kernel.ts'
import {
  startSimulatedHost,
  type SimulatedHost,
  type SimulatedHostOptions,
} from '../../../../src/lab/host/simulated/simulated-host.ts'

export const startAt = new Date('2026-03-28T12:00:30Z')

const said = (stdout: string): CommandOutput => ({ stdout, stderr: '', exitCode: 0 })

/** What the tests look into. */
interface TestZfs extends SimulatedZfs {
  readonly log: string[]
  readonly chat: FileTree
}

/** One dataset, `tank/chat`, which `zfs mount` mounts at /tank/chat; a snapshot of it; a volume. */
function testZfs(kernel: Kernel): TestZfs {
  const log: string[] = []
  const grown = growing(startAt.getTime(), emptyTree(startAt.getTime()))
  grown.folder('/', { uid: 950, gid: 950, mode: 0o750 })
  grown.file('/messages.log', '2026-03-28T11:00:00Z alice hello there\n2026-03-28T11:30:00Z bob good morning\n', {
    uid: 950,
    gid: 950,
  })
  const chat = grown.tree
  const snapshot = new Map(chat)
  const mount = (): void => {
    kernel.mount({
      fstype: 'zfs',
      source: 'tank/chat',
      target: '/tank/chat',
      options: ['rw', 'noatime', 'xattr', 'noacl'],
      files: chat,
    })
  }
  return {
    log,
    chat,
    zfs(args, stdin) {
      log.push(['zfs', ...args].join(' ') + (stdin === '' ? '' : ` < ${stdin}`))
      if (args[0] === 'mount') mount()
      if (args[0] === 'unmount') kernel.unmount('/tank/chat')
      if (args[0] === 'get' && args.includes('mountpoint')) return said('legacy\n')
      return said(args[0] === 'list' ? 'tank\ntank/chat\n' : '')
    },
    zpool(args) {
      log.push(['zpool', ...args].join(' '))
      return said('')
    },
    boot: () => void log.push('boot'),
    halt: () => void log.push('halt'),
    sync: () => void log.push('sync'),
    lost: (device) => void log.push(`lost ${device}`),
    pools: () => [{ name: 'tank', state: 'ONLINE' }],
    zvols: () => [{ dataset: 'tank/my disk', device: '/dev/zd0', sizeBytes: 16 * 1024 ** 2 }],
    snapshotFiles: (dataset, name) => (dataset === 'tank/chat' && name === 'noon' ? snapshot : undefined),
    snapshotsOf: (dataset) => (dataset === 'tank/chat' ? ['noon'] : []),
    filesOf: (dataset) => (dataset === 'tank/chat' ? chat : undefined),
    zdb: () => ({ stdout: '', stderr: '', exitCode: 2 }),
    mount(source, target, options) {
      const files = source === 'tank/chat' ? chat : source === 'tank/chat@noon' ? snapshot : undefined
      if (files === undefined) return { stdout: '', stderr: `no ${source}\n`, exitCode: 1 }
      const ro = source.includes('@') || options.includes('ro')
      kernel.mount({ fstype: 'zfs', source, target, options: [ro ? 'ro' : 'rw', 'noatime', 'xattr'], files })
      return said('')
    },
  }
}

export interface TestHost extends AsyncDisposable {
  readonly host: SimulatedHost
  readonly zfs: TestZfs
  readonly kernel: Kernel
  readonly folder: string
  /** Its standard output. @throws Error when it fails */
  out(line: string, stdin?: string): Promise<string>
}

/** @param mounted whether tank/chat is mounted, as chat.service needs it */
export async function startHost(mounted: boolean, options: Partial<SimulatedHostOptions> = {}): Promise<TestHost> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-simulated-'))
  let made: { readonly zfs: TestZfs; readonly kernel: Kernel } | undefined
  const host = await startSimulatedHost({
    folder,
    startAt,
    ...options,
    zfs: (kernel) => {
      const zfs = testZfs(kernel)
      made = { zfs, kernel }
      const boot = (): void => {
        zfs.boot()
        if (mounted) zfs.zfs(['mount'], '')
      }
      return { ...zfs, boot }
    },
  })
  if (made === undefined) throw new Error('no ZFS was made')
  if (mounted) await host.run('zfs mount tank/chat && systemctl reset-failed chat && systemctl start chat')
  return {
    host,
    ...made,
    folder,
    async out(line, stdin) {
      const { code, stdout, stderr } = await host.run(line, stdin === undefined ? {} : { stdin })
      if (code !== 0) throw new Error(`${line} ends with ${code}: ${stderr}`)
      return stdout
    },
    async [Symbol.asyncDispose]() {
      await host.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
