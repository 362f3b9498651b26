import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { partsOf } from '../../../src/steps/dumps/parts.ts'

const object = (size: number) => ({ key: `k${size}`, size, etag: '"e"', versionId: null, lastModified: '' })

it('the parts of objects cover every byte once, in the order of their names', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 6 }),
      fc.integer({ min: 300, max: 2000 }),
      (sizes, limit) => {
        const parts = partsOf(sizes.map(object), limit)
        expect(parts.map((part) => part.name)).toEqual(parts.map((part) => part.name).toSorted())
        for (const [at, size] of sizes.entries()) {
          const its = parts.filter((part) => part.name.startsWith(String(at).padStart(8, '0')))
          let next = 0
          for (const { from, to, bytes } of its) {
            expect(from ?? 0).toBe(next)
            next += bytes
            expect((to ?? size - 1) + 1).toBe(next)
          }
          expect(next).toBe(size)
        }
      },
    ),
    { numRuns: 10_000 },
  )
})
