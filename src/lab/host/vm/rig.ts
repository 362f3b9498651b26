// Which of the cached stages make up the rig now. Written last by the set-up, read by everything that starts a VM.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PreflightError } from '../../../text/errors.ts'
import { rigDir } from './cache.ts'

const rigSchema = z.object({
  accel: z.enum(['kvm', 'tcg']),
  /** First line of `qemu-system-x86_64 --version`: a saved state is only read by the QEMU that wrote it. */
  qemuVersion: z.string(),
  /** Folders, absolute. */
  image: z.string(),
  world: z.string(),
})

export type Rig = Readonly<z.infer<typeof rigSchema>>

export type Accel = Rig['accel']

const rigFile = (cacheDir: string): string => join(rigDir(cacheDir), 'rig.json')

/** @throws PreflightError with the code `rig-not-built`. */
export async function readRig(cacheDir: string): Promise<Rig> {
  const path = rigFile(cacheDir)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw rigNotBuilt(`there is no ${path}`, error)
  })
  try {
    return rigSchema.parse(JSON.parse(text))
  } catch (error) {
    throw rigNotBuilt(`${path} cannot be read`, error)
  }
}

export async function writeRig(cacheDir: string, rig: Rig): Promise<void> {
  const path = rigFile(cacheDir)
  await writeFile(`${path}.new`, `${JSON.stringify(rig, null, 2)}\n`)
  await rename(`${path}.new`, path)
}

export function rigNotBuilt(why: string, cause?: unknown): PreflightError {
  return new PreflightError(
    {
      code: 'rig-not-built',
      message: `the real host of the lab is not built on this machine: ${why}`,
      next: [
        { why: 'build it (Debian or Ubuntu, as root; about 6 minutes the first time)', command: 'npm run rig:setup' },
      ],
    },
    cause,
  )
}
