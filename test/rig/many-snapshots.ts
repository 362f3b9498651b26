// Very many datasets and snapshots on the host, in as short a time as ZFS itself needs for them.
import type { Vm } from '../../src/lab/host/vm/vm.ts'
import { sh } from '../../src/text/quote.ts'

// `zfs create` and `zfs snapshot` spend most of their time on starting, and on telling zed of each. Here one process
// calls libzfs_core: thirty-two creations at once share a transaction group, and a snapshot of all is one call.
const script = String.raw`
import ctypes, sys
from concurrent.futures import ThreadPoolExecutor

names, moments = [part.split('\n') for part in sys.stdin.read().strip('\n').split('\n\n')]
zfs, pairs = ctypes.CDLL('libzfs_core.so.3'), ctypes.CDLL('libnvpair.so.3')
zfs.libzfs_core_init()
filesystem, unique = 2, 1

def demand(errno, what):
    if errno not in (0, 17): raise OSError(errno, what)

def create(name):
    if '/' in name: demand(zfs.lzc_create(name.encode(), filesystem, None, None, 0), name)

with ThreadPoolExecutor(32) as threads: list(threads.map(create, names))
for moment in moments:
    wanted, failed = ctypes.c_void_p(), ctypes.c_void_p()
    pairs.nvlist_alloc(ctypes.byref(wanted), unique, 0)
    for name in names: pairs.nvlist_add_boolean(wanted, f'{name}@{moment}'.encode())
    demand(zfs.lzc_snapshot(wanted, None, ctypes.byref(failed)), moment)
    pairs.nvlist_free(wanted)
`

/** `PARENT/d0000` and so on. */
export const manyDatasets = (parent: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${parent}/d${String(at).padStart(4, '0')}`)

/** The names of so many hourly snapshots, oldest first. */
export const manyHours = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => {
    const [day = '', hour = ''] = new Date(Date.UTC(2026, 9, 1) + at * 3_600_000).toISOString().split(/[T:]/)
    return `${day}_${hour}.00.00--1y`
  })

/** Makes filesystems, those that are there and pools left as they are, and a snapshot of all of them for each name. Mounts none. */
export async function makeMany(
  vm: Pick<Vm, 'run'>,
  datasets: readonly string[],
  snapshots: readonly string[],
): Promise<void> {
  const line = sh`systemctl stop zfs-zed; python3 -c ${script}; code=$?; systemctl start zfs-zed; exit $code`
  const stdin = `${datasets.join('\n')}\n\n${snapshots.join('\n')}\n`
  const { code, stderr } = await vm.run(line, { stdin, timeoutMs: 3_600_000 })
  if (code !== 0) throw new Error(`the host made no snapshots: ${stderr}`)
}
