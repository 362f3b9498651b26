import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  lost,
  parseProgramResult,
  rollbackLines,
  rollbackProgram,
  roomForProgram,
  runRollbackProgram,
  type Rollback,
} from '../../../src/remote/zfs/rollback-program.ts'

const irc: Rollback = { dataset: 'tank/irc', snapshot: 'hourly-2026-11-20_22.00.00--1w', destroys: ['c', 'b b'] }
const tank: Rollback = { dataset: 'tank', snapshot: 'a', destroys: [] }

describe('what a program returns', () => {
  it('is done', () => {
    expect(parseProgramResult('{"return": {"done": 1}}\n')).toEqual({ state: 'rolled-back' })
  })

  it('is a list of blockers, of which nothing was changed', () => {
    expect(parseProgramResult('{"return":{"blocked":{"tank/irc@c":16,"tank":17}}}')).toEqual({
      state: 'blocked',
      blockers: [
        { name: 'tank/irc@c', errno: 16 },
        { name: 'tank', errno: 17 },
      ],
    })
  })

  it('is the place where it broke', () => {
    expect(parseProgramResult('{"return":{"broken":"tank/irc","errno":17}}')).toEqual({
      state: 'broken',
      at: 'tank/irc',
      errno: 17,
    })
  })

  it.each([
    ['', /JSON/],
    ['cannot open tank', /JSON/],
    ['{}', /"return"/],
    ['{"return":{}}', /"return"/],
    ['{"return":{"done":0}}', /"return"/],
  ])('is never taken for done: %j', (stdout, why) => {
    expect(() => parseProgramResult(stdout)).toThrow(why)
  })
})

describe('the program', () => {
  it('holds every rollback in the order given', () => {
    expect(rollbackProgram('tank', [irc, tank])).toContain(
      [
        'local trees = {',
        '  { dataset = "tank/irc", target = "hourly-2026-11-20_22.00.00--1w", destroys = { "c", "b b" } },',
        '  { dataset = "tank", target = "a", destroys = {  } },',
        '}',
      ].join('\n'),
    )
  })

  it('checks everything before its first change', () => {
    const text = rollbackProgram('tank', [irc])
    const last = Math.max(text.lastIndexOf('zfs.check.destroy'), text.lastIndexOf('zfs.check.rollback'))
    const verdict = text.indexOf('if count > 0 then return')
    expect(last).toBeLessThan(verdict)
    expect(verdict).toBeLessThan(text.indexOf('zfs.sync.'))
  })

  it('wants room for the checks and the rollbacks of all, of which the checks tell only their own', () => {
    // A pool may be full: that is why somebody rolls it back.
    expect(roomForProgram(300)).toBe(0)
    expect(roomForProgram(1000)).toBe(64_749_568)
    const text = rollbackProgram('a b', [irc, tank])
    expect(text).toMatch(/^local pool, room = "a b", 0\n/)
    expect(text.indexOf('zfs.get_prop(pool, "available") < room')).toBeLessThan(text.indexOf('if count > 0'))
  })

  it('has every block and bracket of its Lua closed', () => {
    // Strings go first: a name may hold a word of Lua.
    const code = rollbackProgram('tank', [
      { ...irc, destroys: ['end', 'if then', 'do(('].slice(0, 2) },
      tank,
    ]).replaceAll(/"[^"\n]*"/g, '')
    const count = (pattern: RegExp): number => [...code.matchAll(pattern)].length
    // `for … do` and `if … then` each take one end, as does a function.
    expect(count(/\b(?:function|then|do)\b/g)).toBe(count(/\bend\b/g))
    expect(count(/\(/g)).toBe(count(/\)/g))
    expect(count(/\{/g)).toBe(count(/\}/g))
    expect(count(/"/g)).toBe(0)
  })

  it.each(['a"b', "a'b", String.raw`a\b`, 'a\nb', 'a\rb', 'a\0b', 'a]]b', 'a;b', 'ä', '\u2028'])(
    'refuses a name that ZFS could not have given: %j',
    (name) => {
      expect(() => rollbackProgram('tank', [{ ...irc, destroys: [name] }])).toThrow(TypeError)
      expect(() => rollbackProgram('tank', [{ ...irc, snapshot: name }])).toThrow(TypeError)
      expect(() => rollbackProgram('tank', [{ ...irc, dataset: name }])).toThrow(TypeError)
    },
  )

  it('goes over standard input, and says by name all that it would destroy', () => {
    const command = runRollbackProgram('tank', [irc, tank])
    expect(command.line).toBe('zfs program -j -t 100000000 -m 104857600 tank -')
    expect(command.stdin).toBe(rollbackProgram('tank', [irc, tank]))
    expect(command.destroys).toEqual(['tank/irc@c', 'tank/irc@b b', 'tank/irc', 'tank'])
    expect(command.reads).toBe(false)
  })
})

/** The names in `zfs destroy DATASET@NAME,NAME`. */
const listed = (line: string): string[] => (/@(\S+)$/.exec(line)?.[1] ?? '').split(',')

describe('the single commands', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9_.:-]{1,200}$/), { maxLength: 600 })

  it('destroy every name exactly once, in order, in pieces of at most 64 KiB, and roll back last', () => {
    fc.assert(
      fc.property(names, (destroys) => {
        const lines = rollbackLines({ dataset: 'tank/irc', snapshot: 'target', destroys })
        const pieces = lines.slice(0, -1)
        expect(pieces.flatMap((each) => listed(each.line))).toEqual(destroys)
        for (const each of pieces) expect(listed(each.line).join(',').length).toBeLessThanOrEqual(65_536)
        expect(lines.at(-1)?.line).toBe('zfs rollback tank/irc@target')
      }),
      { numRuns: 100 },
    )
  })

  it('cut a list of more than 64 KiB', () => {
    const destroys = Array.from({ length: 4000 }, (_, at) => `hourly-2026-11-20_23.00.00-${at}`)
    const lines = rollbackLines({ ...irc, destroys })
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.slice(0, -1).flatMap((each) => listed(each.line))).toEqual(destroys)
    for (const each of lines) expect(each.line.length).toBeLessThan(2 ** 17)
  })

  it('say together what the program would destroy', () => {
    expect(rollbackLines(irc).flatMap((each) => [...(each.destroys ?? [])])).toEqual(lost(irc))
  })

  it('only roll back where there is nothing newer', () => {
    expect(rollbackLines(tank).map((each) => each.line)).toEqual(['zfs rollback tank@a'])
  })
})
