// restoredb of Rocket.Chat's snap, as its newest script does it (github.com/RocketChat/server-snap, commands/restoredb.sh).
import { sh } from '../../../../text/quote.ts'
import { mkdirs } from '../machine.ts'
import type { Call, Result } from '../shell/command.ts'
import { isServing, removeAll, stampOf } from './backup.ts'
import { common, connect, notConnected } from './parties.ts'

const folder = `${common}/restore`
const data = `${folder}/dump/parties`

interface Selected {
  readonly is: 'yes' | 'no' | 'end of input'
  /** What bash shows meanwhile, on standard error. */
  readonly shown: string
}

/** `select` of bash(1) with two choices: what is neither is asked again. */
function selected(stdin: string): Selected {
  const menu = '1) Yes\n2) No\n#? '
  let shown = menu
  for (const line of stdin.split('\n').slice(0, -1)) {
    if (line === '1') return { is: 'yes', shown }
    if (line === '2') return { is: 'no', shown }
    shown += line === '' ? menu : '#? '
  }
  return { is: 'end of input', shown }
}

const beside = [
  '[-] Please shutdown Rocket.Chat first to restore a clean backup',
  "[-] Use 'sudo systemctl stop snap.rocketchat-server.rocketchat-server'",
  '[-] Backup aborted!',
]

/** What is wrong with the file's name; undefined: nothing. */
function misnamed({ files, path }: Call, file: string): string | undefined {
  if (file === '' || files.find(path(file))?.inode.kind !== 'file')
    return `[-] Usage: sudo snap run rocketchat-server.restoredb ${common}/rocketchat_backup_{TIMESTAMP}.tar.gz`
  return file.startsWith(`${common}/`) ? undefined : `[-] Backup file must be within ${common}.`
}

interface Telling {
  /** A line on standard output. */
  readonly say: (line: string) => void
  /** A line in the log. */
  readonly log: (line: string) => void
}

/** Drops each collection that was extracted, and no other. @returns the log's last line where it fails */
function mongorestore({ files, world }: Call, { log }: Telling): string | undefined {
  const parties = connect(world.machine)
  if (parties === undefined) return notConnected
  for (const name of files.list(data).filter((each) => each.endsWith('.bson'))) {
    const collection = name.slice(0, -'.bson'.length)
    const count = parties.restore(collection, Buffer.from(files.read(`${data}/${name}`)).toString('utf8'))
    if (count === undefined) return `Failed: parties.${collection}: error reading ${data}/${name}`
    log(`${count} document(s) restored successfully to parties.${collection}`)
  }
  return undefined
}

/** @returns why it fails, where it does */
async function extractAndRestore(call: Call, file: string, telling: Telling): Promise<string | undefined> {
  const { files } = call
  telling.say('[*] Extracting backup file...')
  const { exitCode, stderr } = await call.run(sh`tar -C ${folder} -xzf ${file}`)
  if (exitCode !== 0) {
    telling.log(stderr)
    return `Failed to extract backup files to ${folder}!`
  }
  if (files.find(data) === undefined || files.list(data).length === 0) return `No restore data found within ${data}!`
  telling.say('[*] Restoring data...')
  const why = mongorestore(call, telling)
  if (why === undefined) return undefined
  telling.log(why)
  return `Failed to execute mongorestore from ${data}!`
}

/** What follows the question. @returns its exit code */
async function restored(call: Call, file: string, say: (line: string) => void): Promise<number> {
  if (isServing(call)) {
    for (const line of beside) say(line)
    return 1
  }
  const { files } = call
  const logFile = `${folder}/restore_${stampOf(call)}.log`
  mkdirs(files, folder)
  for (const path of [`${folder}/dump`, logFile]) removeAll(call, path)
  const wrong = misnamed(call, file)
  if (wrong !== undefined) {
    say(wrong)
    return 1
  }
  const log = (line: string): void => files.write(logFile, Buffer.from(`${line}\n`), true)
  const why = await extractAndRestore(call, file, { say, log })
  if (why !== undefined) {
    for (const line of [`[!] ${why}`, `[*] Check ${logFile} for details.`, '[-] Restore aborted!']) say(line)
    return 1
  }
  say("[+] Restore completed! Please with 'sudo systemctl restart snap.rocketchat-server.rocketchat-server' to verify.")
  return 0
}

/** Asks, and takes the end of its input for a yes, as `select` does. */
export async function restoredb(call: Call, file = ''): Promise<Result> {
  if (call.account.uid !== 0) return { stdout: "[-] This task must be run with 'sudo'.\n", stderr: '', exitCode: 1 }
  const { is, shown } = selected(call.stdin)
  const lines = [
    '*** ATTENTION ***',
    '* Your current database WILL BE DROPPED prior to the restore!',
    '* Do you want to continue?',
    ...(is === 'end of input' ? [''] : []),
  ]
  const exitCode = is === 'no' ? 1 : await restored(call, file, (line) => void lines.push(line))
  return { stdout: lines.map((line) => `${line}\n`).join(''), stderr: shown, exitCode }
}
