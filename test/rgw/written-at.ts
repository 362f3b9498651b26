// When RGW says that objects were written, for dumps of yesterday: an upload just now counts as one that goes on.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import type { RgwAddress } from './start-rgw.ts'

const index = z.array(
  z.looseObject({ idx: z.string(), entry: z.looseObject({ meta: z.looseObject({ mtime: z.string() }) }) }),
)

/** Makes listings say that all objects of a bucket were written then. It has to keep no versions. */
export async function writtenAt({ conf }: RgwAddress, bucket: string, at: Date): Promise<void> {
  const admin = (...args: readonly string[]) => execa('radosgw-admin', ['-c', conf, ...args, '--bucket', bucket])
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-'))
  const { stdout } = await admin('bi', 'list')
  for (const [n, each] of index.parse(JSON.parse(stdout)).entries()) {
    const file = join(folder, String(n))
    each.entry.meta.mtime = at.toISOString()
    await writeFile(file, JSON.stringify(each))
    await admin('bi', 'put', '--object', each.idx, '--infile', file)
  }
  await rm(folder, { recursive: true })
}
