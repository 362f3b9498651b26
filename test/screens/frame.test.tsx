import { Text } from 'ink'
import { describe, expect, it } from 'vitest'
import type { KeyId } from '../../src/screens/keys.ts'
import { Frame } from '../../src/screens/parts/frame.tsx'
import { cut } from '../../src/screens/parts/cut.ts'
import { body, drawn } from './drawn.tsx'

const offered = (ids: readonly KeyId[]) => ids.map((id) => ({ id }))

const frame = (ids: readonly KeyId[], more: Parameters<typeof drawn>[1] = {}): string[] =>
  drawn(
    <Frame offered={offered(ids)}>
      <Text>within</Text>
    </Frame>,
    more,
  )

/** The footer of a screen from which nothing leads back any more. */
const tooLate = (columns: number): string =>
  drawn(
    <Frame offered={[{ id: 'back', disabled: 'too late' }, ...offered(['why', 'log', 'help', 'leave'])]}>
      <Text>within</Text>
    </Frame>,
    { columns },
  ).at(-1) ?? ''

const footerOf = (ids: readonly KeyId[], columns: number): string => frame(ids, { columns }).at(-1) ?? ''

describe('the header', () => {
  it('cuts a host name that is too long rather than leave it out', () => {
    const place = ['RESTORE', 'database-primary-3.internal.example.com', 'us-east-1']
    expect(frame([], { place, columns: 60 })[0]).toMatch(/^ RESTORE · database-primary-3\.internal\.…/)
    expect(frame([], { place, columns: 40 })[0]).toMatch(/^ RESTORE · database… +03:14:07Z {2}\+00:00$/)
  })

  it('has nothing but the clock where no place is known, as nothing has begun', () => {
    expect(frame([], { place: [] })[0]).toMatch(/^ lifeboat ·+ 03:14:07Z$/)
  })
})

describe('the footer', () => {
  const all: readonly KeyId[] = ['yes', 'no', 'up', 'down', 'pageDown', 'pageUp', 'why', 'back', 'help', 'leave', 'log']

  it.each([80, 60, 40])('in %i columns has the way out, and the way to all keys', (columns) => {
    expect(footerOf(all, columns)).toContain('? keys')
    expect(footerOf(all, columns)).toContain('q leave')
    expect(footerOf(all, columns)).toMatch(/^ y do it {2}n don't/)
  })

  it('leaves out first what leaps through a text', () => {
    expect(footerOf(all, 60)).toContain('← back')
    expect(footerOf(all, 60)).not.toContain('PgDn')
    expect(footerOf(all, 100)).toContain('PgDn page down')
  })

  it('has what can not be used now in brackets, and only where there is room', () => {
    expect(tooLate(80)).toBe(' (← back)  w why  l log  ? keys  q leave')
    expect(tooLate(39)).toBe(' w why  l log  ? keys  q leave')
  })

  it.each([
    [['choose', 'compare', 'nextNewer', 'filter', 'back', 'help', 'log'], '← back'],
    [['finish', 'again', 'up', 'down', 'copy', 'log', 'commands', 'why', 'help'], '⏎ leave'],
  ] as const)('of %j has the way out also in 40 columns', (ids, out) => {
    expect(footerOf(ids, 40)).toContain(out)
  })

  it('is empty where there is no key', () => {
    expect(footerOf([], 80)).toBe('')
  })
})

describe('what is said in place of the keys', () => {
  const hint = `handed to the terminal's clipboard, and kept as ${'/a/very/long/path'.repeat(6)}/copied.txt`

  it.each([80, 60, 40])('is whole also in %i columns', (columns) => {
    const lines = frame(['help'], { columns, rows: 16, hint })
    const last = lines.slice(lines.lastIndexOf('─'.repeat(columns)) + 1)
    expect(last.join('').replaceAll(' ', '')).toBe(hint.replaceAll(' ', ''))
    expect(lines).toHaveLength(16)
    expect(body(lines)[0]).toBe('within')
  })
})

describe('what is within', () => {
  it('is cut off where it is too much, and no line lies over another', () => {
    const lines = drawn(
      <Frame offered={[]}>
        {Array.from({ length: 50 }, (_none, at) => (
          <Text key={at}>{`line ${at}`}</Text>
        ))}
      </Frame>,
      { rows: 12 },
    )
    expect(body(lines)).toEqual(Array.from({ length: 7 }, (_none, at) => `line ${at}`))
  })
})

describe('a text that is cut', () => {
  it.each([
    ['short', 10, 'short'],
    ['a long text', 6, 'a lon…'],
    ['日本語', 4, '日…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
    ['text', 1, '…'],
    ['text', 0, ''],
  ])('%j in %i columns is %j', (text, room, shown) => {
    expect(cut(text, room)).toBe(shown)
  })
})
