// Everything that a refusal must leave as it was: on AWS's side, on the host, and on the operator's machine.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { readSections } from './end-state.ts'
import type { Scene } from './rig.ts'

const onHost = {
  lifeboat: 'find /run/lifeboat -printf "%p %M %s\\n" 2>/dev/null | sort',
  dropIns: 'find /etc/systemd /run/systemd/system /run/systemd/transient -name "*.d" -o -name "*lifeboat*" | sort',
  units:
    'systemctl show -p Id,LoadState,ActiveState,SubState,UnitFileState,DropInPaths,NRestarts,InvocationID chat.service chat-backup.service chat-backup.timer cron.service',
  ours: 'systemctl list-units --all --plain --no-legend "lifeboat*"',
  pools: 'zpool list -Ho name,guid,health,readonly',
  importable: 'zpool import 2>&1',
  datasets: 'zfs list -H -t all -o name,guid,mounted,userrefs',
  mounts: 'findmnt -rn -t zfs -o SOURCE,TARGET; findmnt -rn -o TARGET | grep cron',
  disks: 'ls /dev/disk/by-id 2>/dev/null',
  files: 'sha256sum /etc/cron.d/* /etc/zfs/zpool.cache /etc/fstab 2>&1',
  backups: 'ls -lR /var/backups/chat',
} as const

async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  // A dead process's lock is nothing that anybody holds.
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== 'lock')
    .map((entry) => join(entry.parentPath, entry.name))
  const sums = files.toSorted().map(async (file) => {
    const sum = createHash('sha256').update(await readFile(file))
    return [relative(folder, file), sum.digest('hex')] as const
  })
  return Object.fromEntries(await Promise.all(sums))
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, each: unknown) => (each instanceof Map ? Object.fromEntries(each) : each)))

/** What the host tells of itself; two of them are equal when nothing that matters has happened between them. */
export const hostState = (scene: Scene): Promise<object> => readSections((line) => scene.ssh(line), onHost)

/** The same of AWS and of the operator's machine, which cost nothing to read. */
export const nearState = async ({ cloud, stateDir }: Scene): Promise<object> => ({
  volumes: plain(cloud.volumes()),
  snapshots: plain(cloud.snapshots()),
  troubles: plain(cloud.troubles),
  state: await filesBelow(stateDir),
})

export const wholeState = async (scene: Scene): Promise<object> => ({
  ...(await nearState(scene)),
  host: await hostState(scene),
})
