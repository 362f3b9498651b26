// The world that the real host was set up with.
import { join } from 'node:path'
import { manifestFile, readManifest, type World } from '../manifest.ts'
import { readRig, rigNotBuilt } from './rig.ts'

/** The world that the rig now has, however old. @throws PreflightError `rig-not-built`. */
export async function readWorld(cacheDir: string): Promise<World> {
  const { world } = await readRig(cacheDir)
  return readManifest(world).catch((error: unknown) => {
    throw rigNotBuilt(`${join(world, manifestFile)} cannot be read`, error)
  })
}
