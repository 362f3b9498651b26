// A stage of the set-up is a folder that is whole or absent: built under another name, then renamed into place.
import { chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../../text/error-code.ts'

export interface Stage {
  readonly name: string
  /** Says what the stage was made of; another key is another folder. */
  readonly key: string
  /** What the operator reads while it is built. */
  readonly doing: string
  readonly build: (into: string) => Promise<void>
}

export type Say = (line: string) => void

const unfinished = 'unfinished-'

/** The stage's folder, built unless it stands. Call it under the set-up's lock. */
export async function buildStage(rig: string, stage: Stage, say: Say): Promise<string> {
  const folder = join(rig, `${stage.name}-${stage.key}`)
  if (await exists(folder)) {
    say(`${stage.name}: cached`)
    return folder
  }
  const started = performance.now()
  say(`${stage.name}: ${stage.doing} …`)
  // A name of its own: what a killed set-up started may still be running and writing into its folder.
  const building = await mkdtemp(join(rig, `${unfinished}${stage.name}-`))
  await chmod(building, 0o755)
  await stage.build(building)
  await rename(building, folder)
  say(`${stage.name}: done in ${seconds(started)} s`)
  return folder
}

/** Removes what killed builds left, and every stage folder that is neither kept nor in use by a running VM. */
export async function prune(rig: string, keep: readonly string[]): Promise<void> {
  for (const entry of await readdir(rig, { withFileTypes: true })) {
    const folder = join(rig, entry.name)
    const isStage = entry.isDirectory() && /^(unfinished-)?(modules|root|image|accel|ready|world)-/.test(entry.name)
    if (!isStage || keep.includes(folder) || (await inUse(folder))) continue
    await rm(folder, { recursive: true, force: true })
  }
}

/** A running VM keeps a file named after its process in `users/` of the stage that it reads. */
export function usersOf(stageFolder: string): string {
  return join(stageFolder, 'users')
}

async function inUse(folder: string): Promise<boolean> {
  const users = await readdir(usersOf(folder)).catch(() => [])
  return users.some((name) => isAlive(Number.parseInt(name, 10)))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

export function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}
