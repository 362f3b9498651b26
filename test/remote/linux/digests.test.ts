// The MD5s of objects as they lie on a host, with this machine's own shell.
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { digestsIn, listStaged } from '../../../src/remote/linux/staging.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { here } from '../here.ts'

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))

/** Objects in the files that they were fetched into. */
async function staged(objects: readonly Buffer[], fileBytes: number): Promise<string> {
  const folder = await temporaryFolder()
  const names = objects.map((_, at) => ({ name: String(at).padStart(8, '0'), path: `p/${at}` }))
  await here(listStaged(folder, names))
  for (const [at, object] of objects.entries())
    for (const [file, bytes] of (object.length === 0 ? [object] : cut(object, fileBytes)).entries())
      writeFileSync(join(folder, `${names[at]?.name}.${String(file).padStart(6, '0')}`), bytes)
  return folder
}

it('are of each part that an object was uploaded in, and of the whole of it where none are known', async () => {
  const objects = [100_000, 0, 65_536, 70_000].map((size) => randomBytes(size))
  const folder = await staged(objects, 30_000)
  const [first, , third] = objects
  const sizes = new Map([
    ['00000000', 32_768],
    ['00000002', 32_768],
    // Another number that begins alike.
    ['0000000', 7],
  ])
  expect(await here(digestsIn(folder, sizes))).toEqual(
    new Map([
      ['00000000', cut(first ?? Buffer.alloc(0), 32_768).map(md5)],
      ['00000001', [md5(Buffer.alloc(0))]],
      ['00000002', cut(third ?? Buffer.alloc(0), 32_768).map(md5)],
      ['00000003', [md5(objects[3] ?? Buffer.alloc(0))]],
    ]),
  )
})

it('are those of the parts, however these and the files of it are cut', async () => {
  const size = fc.integer({ min: 1, max: 5000 })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), size, size, async (content, file, part) => {
      const object = Buffer.from(content)
      const parts = Math.max(part, Math.ceil(object.length / 20))
      const folder = await staged([object], Math.max(file, 500))
      const sums = await here(digestsIn(folder, new Map([['00000000', parts]])))
      expect(sums.get('00000000')).toEqual(cut(object, parts).map(md5))
    }),
    { numRuns: 20 },
  )
})
