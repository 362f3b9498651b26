import * as fc from 'fast-check'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { badPaths, pathOf } from '../../../src/steps/dumps/paths.ts'

const bad = (...keys: string[]) =>
  badPaths(
    { prefix: 'chat/11-20-2026/' },
    keys.map((key) => ({ key: `chat/11-20-2026/${key}` })),
  )

describe('the path of an object', () => {
  it('is its key below the dump, and the last name of a dump that is one object', () => {
    expect(pathOf({ prefix: 'a/b/' }, 'a/b/c/d')).toBe('c/d')
    expect(pathOf({ prefix: 'a/b/dump.tgz' }, 'a/b/dump.tgz')).toBe('dump.tgz')
    expect(pathOf({ prefix: 'a/duplicity-full.T.manifest' }, 'a/duplicity-full.T.vol1')).toBe('duplicity-full.T.vol1')
  })

  it('is refused where it leads out of its folder, is too long, or is a file and a folder at once', () => {
    expect(bad('a', 'b/c', 'b/d/', '-rf', " ; rm $(x);'\n")).toEqual([])
    expect(bad('../a', 'a/./b', 'a//b', '/a')).toHaveLength(4)
    expect(bad('x'.repeat(256))).toEqual([`${'x'.repeat(256)} has a name of over 255 bytes`])
    expect(bad('a', 'a/b')).toEqual(['a is a file, and a/b would lie in it'])
  })

  it('that is accepted stays below its folder, whatever the keys are', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[./a b]{1,8}$/)), (keys) => {
        const paths = keys.filter((key) => bad(key).length === 0)
        for (const path of paths) expect(posix.join('/top', path).startsWith('/top/')).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})
