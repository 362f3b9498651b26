import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeFolder } from '../../src/text/make-folder.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'

it('a folder is made with those above it, for nobody else, and is left as it is where it is there', async () => {
  const top = await temporaryFolder()
  const path = join(top, 'a', 'b', 'c')
  makeFolder(path)
  makeFolder(path)
  for (const each of [path, join(top, 'a')]) expect(statSync(each).mode & 0o777).toBe(0o700)
})

it('where there can be none the system says why, and an end is come to', async () => {
  const file = join(await temporaryFolder(), 'a file')
  writeFileSync(file, '')
  expect(() => makeFolder('/proc/x/y')).toThrow('ENOENT')
  expect(() => makeFolder(join(file, 'below'))).toThrow('ENOTDIR')
  expect(() => makeFolder(file)).toThrow('EEXIST')
})
