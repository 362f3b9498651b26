import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { writeRefusal } from '../../src/commands/output.ts'

describe('a refusal before any run began', () => {
  it('shows nothing of what a screen would obey', () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const error = {
      code: 'x',
      message: 'a\u001b[2Jb',
      notChanged: ['c\u001b[2J'],
      exists: [
        { kind: 'lock', id: 'i\u001b[2J', region: null, host: 'h\u001b[2J', state: 's\u001b[2J', madeByUs: false },
      ],
      next: [{ why: 'w\u001b[2J', command: "lifeboat resume 'r\u001b[2J'\nb" }],
    } as const
    writeRefusal({ stdout, stderr }, false, 5, error, () => new Date())
    expect(String(stderr.read())).toBe(
      "lifeboat: ab\nexists: lock i on h (s)\nnot changed: c\nhint: w: lifeboat resume 'r'\nb\n",
    )
  })
})
