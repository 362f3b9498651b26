// The commands of zfs(8) and zpool(8) by name.
import { bookmarkCommand, snapshotCommand } from './snapshot-command.ts'
import { checkpointCommand } from './checkpoint-command.ts'
import { cloneCommand, promoteCommand } from './clone-command.ts'
import { createCommand } from './create-command.ts'
import { destroyCommand } from './destroy-command.ts'
import { diffCommand } from './diff-command.ts'
import type { Out } from './failure.ts'
import { getCommand } from './get-command.ts'
import { holdCommand, holdsCommand, releaseCommand } from './hold-command.ts'
import { changeKeyCommand, loadKeyCommand, unloadKeyCommand } from './key-command.ts'
import { listCommand } from './list-command.ts'
import type { Host } from './model.ts'
import { mountCommand, unmountCommand } from './mount-command.ts'
import { historyCommand, poolSetCommand, syncCommand, waitCommand } from './pool-commands.ts'
import { createPoolCommand } from './pool-create-command.ts'
import { destroyPoolCommand, exportCommand } from './pool-export-command.ts'
import { importCommand } from './pool-import-command.ts'
import { poolGetCommand, poolListCommand } from './pool-list-command.ts'
import { statusCommand } from './pool-status-command.ts'
import { programCommand } from './program-command.ts'
import { inheritCommand, setCommand } from './set-command.ts'
import { receiveCommand } from './receive-command.ts'
import { renameCommand } from './rename-command.ts'
import { rollbackCommand } from './rollback-command.ts'
import { sendCommand } from './send-command.ts'

export type Command = (host: Host, args: readonly string[], out: Out, stdin: string) => void

export const zfsCommands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['create', createCommand],
  ['destroy', destroyCommand],
  ['snapshot', snapshotCommand],
  ['snap', snapshotCommand],
  ['rollback', rollbackCommand],
  ['clone', cloneCommand],
  ['promote', promoteCommand],
  ['rename', renameCommand],
  ['bookmark', bookmarkCommand],
  ['list', listCommand],
  ['set', setCommand],
  ['get', getCommand],
  ['inherit', inheritCommand],
  ['mount', mountCommand],
  ['unmount', unmountCommand],
  ['umount', unmountCommand],
  ['hold', holdCommand],
  ['holds', holdsCommand],
  ['release', releaseCommand],
  ['diff', diffCommand],
  ['load-key', loadKeyCommand],
  ['unload-key', unloadKeyCommand],
  ['change-key', changeKeyCommand],
  ['program', programCommand],
  ['send', sendCommand],
  ['receive', receiveCommand],
  ['recv', receiveCommand],
])

export const zpoolCommands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['create', createPoolCommand],
  ['destroy', destroyPoolCommand],
  ['list', poolListCommand],
  ['get', poolGetCommand],
  ['set', poolSetCommand],
  ['status', statusCommand],
  ['import', importCommand],
  ['export', exportCommand],
  ['checkpoint', checkpointCommand],
  ['wait', waitCommand],
  ['sync', syncCommand],
  ['history', historyCommand],
])

/** Which change something, so that `zpool history` has them. */
export const recorded: ReadonlySet<string> = new Set(
  'create destroy snapshot snap rollback clone promote rename bookmark set inherit hold release change-key program receive recv import checkpoint'.split(
    ' ',
  ),
)

const otherZfs =
  'upgrade userspace groupspace projectspace project share unshare allow unallow redact jail unjail wait version'.split(
    ' ',
  )
const otherZpool =
  'scrub add remove attach detach replace split online offline clear reopen labelclear initialize trim resilver iostat events upgrade reguid version'.split(
    ' ',
  )

/** Commands of ZFS that are not here. */
export const elsewhere = { zfs: new Set(otherZfs), zpool: new Set(otherZpool) } as const
