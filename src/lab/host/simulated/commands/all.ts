// The host's own commands, by name. What stands here takes the place of just-bash's command of that name.
import type { HostCommand } from '../shell/command.ts'
import { copyingCommands } from './copying.ts'
import { curl } from './curl.ts'
import { duplicityCommands } from './duplicity.ts'
import { fileCommands } from './files.ts'
import { find } from './find.ts'
import { blockCommands } from './findmnt.ts'
import { gzip } from './gzip.ts'
import { identityCommands } from './identity.ts'
import { journalctl } from './journalctl.ts'
import { ls } from './ls.ts'
import { mountCommands } from './mounts.ts'
import { psql } from './psql.ts'
import { rightsCommands } from './rights.ts'
import { shellCommands } from './shells.ts'
import { snap } from './snap.ts'
import { systemCommands } from './system.ts'
import { systemctl } from './systemctl.ts'
import { systemdRun } from './systemd-run.ts'
import { tar } from './tar.ts'
import { tellingCommands } from './telling.ts'
import { textCommands } from './text.ts'
import { zfsCommands } from './zfs.ts'

export const commands: Readonly<Record<string, HostCommand>> = {
  ...fileCommands,
  ...copyingCommands,
  ...rightsCommands,
  ...tellingCommands,
  find,
  ...textCommands,
  ...identityCommands,
  ...mountCommands,
  ...blockCommands,
  ...shellCommands,
  ...systemCommands,
  ...zfsCommands,
  curl,
  ...duplicityCommands,
  gzip,
  ls,
  psql,
  snap,
  systemctl,
  journalctl,
  'systemd-run': systemdRun,
  tar,
}
