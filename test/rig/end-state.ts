// What a restore is judged by: the world afterwards, as the host and AWS tell it.
import type { LabProcess } from './lab-process.ts'

const sections = {
  messages: 'sha256sum < /tank/chat/messages.log',
  notes: 'sha256sum < /tank/home/alice/notes.txt',
  service: 'systemctl is-active chat.service',
  answer: 'curl -s http://127.0.0.1:6680/',
  mounts: 'findmnt -rn -t zfs -o SOURCE,TARGET | sort',
  pool: 'zpool list -Ho name,guid,health,readonly',
  cachefile: 'test -s /etc/zfs/zpool.cache && echo imported at boot',
  snapshots: 'zfs list -H -r -t snapshot -o name,userrefs tank | sort',
  gates: 'ls -d /run/lifeboat /etc/systemd/system/*.d /run/systemd/system/chat*.d 2>/dev/null',
  cronMounts: 'findmnt -rn -o TARGET | grep cron',
  timer: 'systemctl is-active chat-backup.timer; systemctl show -p ActiveState --value "lifeboat-*"',
  backups: 'ls -R /var/backups/chat 2>/dev/null',
} as const

export type EndState = Record<keyof typeof sections, string> & { readonly volumes: readonly object[] }

const mark = '=== '

/** Reads all of it, in one command and one call. */
export async function endState(lab: LabProcess): Promise<EndState> {
  const line = Object.entries(sections)
    .map(([name, command]) => `echo '${mark}${name}'; ${command}`)
    .join('; ')
  const output = await lab.ssh(`${line}; true`)
  const parts = output.split(mark).slice(1)
  const read = Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()]),
  )
  const volumes = (await lab.dataVolumes()).map((volume) => ({
    state: volume.State,
    attached: volume.Attachments?.map((each) => `${each.InstanceId} ${each.Device}`),
    snapshot: volume.SnapshotId,
    tags: Object.fromEntries((volume.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  }))
  return { ...(read as Record<keyof typeof sections, string>), volumes }
}

export const sha = (line: string): string => line.split(' ')[0] ?? ''
