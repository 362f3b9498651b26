import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { diskBytes, disks } from './contract.ts'

/** The images of the contract's disks, by the volume that each is. */
export function blankDisks(folder: string): Promise<(readonly [string, string])[]> {
  return Promise.all(
    Object.values(disks).map(async (volumeId) => {
      const path = join(folder, `${volumeId}.img`)
      const file = await open(path, 'w')
      try {
        await file.truncate(diskBytes)
      } finally {
        await file.close()
      }
      return [volumeId, path] as const
    }),
  )
}
