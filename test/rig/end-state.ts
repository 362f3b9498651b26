// What a restore is judged by: the world afterwards, as the host and AWS tell it.
import type { Volume } from '@aws-sdk/client-ec2'

/** A host and its cloud, however they were started. */
export interface Place {
  ssh(line: string): Promise<string>
  /** The volumes that are not the instance's root. */
  dataVolumes(): Promise<Volume[]>
}

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

/** What each of some lines prints, read in one command: a command costs more on an emulated host than its work. */
export async function readSections<Name extends string>(
  ssh: Place['ssh'],
  lines: Readonly<Record<Name, string>>,
): Promise<Record<Name, string>> {
  const line = Object.entries(lines)
    .map(([name, command]) => `echo '${mark}${name}'; ${String(command)}`)
    .join('; ')
  const output = await ssh(`${line}; true`)
  const parts = output.split(mark).slice(1)
  const read = parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()])
  return Object.fromEntries(read) as Record<Name, string>
}

/** Reads all of it, in one command and one call. */
export async function endState(place: Place): Promise<EndState> {
  const read = await readSections(place.ssh.bind(place), sections)
  const volumes = (await place.dataVolumes()).map((volume) => ({
    state: volume.State,
    attached: volume.Attachments?.map((each) => `${each.InstanceId} ${each.Device}`),
    snapshot: volume.SnapshotId,
    tags: Object.fromEntries((volume.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  }))
  return { ...read, volumes }
}

/** Without what differs from run to run and means nothing: how often the service was asked, names of volumes. */
export const comparable = ({ answer, ...rest }: EndState) => ({
  ...rest,
  newest: (JSON.parse(answer) as { newest: string }).newest,
})

export const sha = (line: string): string => line.split(' ')[0] ?? ''
