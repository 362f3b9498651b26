// backupdb of Rocket.Chat's snap, as its script does it (github.com/RocketChat/server-snap, commands/backupdb.sh).
import { strftime } from '../local-clock.ts'
import { mkdirs } from '../machine.ts'
import { failed, zoneOf, type Call, type Result } from '../shell/command.ts'
import { removeTree } from '../shell/shell-fs.ts'
import { unitOf } from './installed.ts'
import { common, connect, notConnected, type Parties } from './parties.ts'

/** The time in the names of archives and logs: `20260131.0210`. */
export const stampOf = (call: Call): string => strftime('%Y%m%d.%H%M', call.world.machine.now(), zoneOf(call))

/** `rm -rf` */
export function removeAll({ files }: Call, path: string): void {
  if (files.find(path, false) !== undefined) removeTree(files, path)
}

/** Whether the server itself runs. */
export const isServing = ({ world }: Call): boolean =>
  world.machine.table.all().some(({ unit }) => unit === unitOf('rocketchat-server'))

/** Writes a file for each collection. @returns what mongodump says */
function mongodump({ files }: Call, parties: Parties, folder: string): string[] {
  mkdirs(files, folder)
  return parties.collections().map((collection) => {
    const { text, count } = parties.dump(collection)
    files.write(`${folder}/${collection}.bson`, Buffer.from(text))
    return `done dumping parties.${collection} (${count} documents)`
  })
}

/** Ends well whatever mongodump has said: only the log beside the archive tells. */
export async function backupdb(call: Call): Promise<Result> {
  if (call.account.uid !== 0) return failed("[-] This task must be run with 'sudo'.")
  const { files, world } = call
  const folder = `${common}/backup`
  const made = `${folder}/rocketchat_backup_${stampOf(call)}.tar.gz`
  const log = `${folder}/backup_${stampOf(call)}.log`
  for (const path of [`${folder}/dump`, made, log]) removeAll(call, path)
  mkdirs(files, `${folder}/dump`)
  const parties = connect(world.machine)
  const said = parties === undefined ? [notConnected] : mongodump(call, parties, `${folder}/dump/parties`)
  files.write(log, Buffer.from(said.map((line) => `${line}\n`).join('')))
  await call.run(`tar -C ${folder} -czf ${made} dump`)
  removeAll(call, `${folder}/dump`)
  // It says so, and goes on.
  const warning =
    "[-] Please shutdown Rocket.Chat first to get a clean backup\n[-] Use 'sudo snap stop rocketchat-server.rocketchat-server'"
  const shown = `[*] Creating backup file...\n[+] A backup of your data can be found at ${made}\n`
  return failed(isServing(call) ? warning : '', 0, shown)
}
