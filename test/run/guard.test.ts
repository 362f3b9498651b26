import { describe, expect, it } from 'vitest'
import { changeLine, readLine } from '../../src/remote/command.ts'
import { guard } from '../../src/run/guard.ts'
import { confirmedBy } from '../../src/steps/confirmed.ts'
import { Refused } from '../../src/text/errors.ts'

const destroying = (...destroys: string[]) => ({ ...changeLine('zfs destroy'), destroys })

describe('the guard', () => {
  it('lets go what was confirmed', () => {
    expect(() => guard(destroying('tank@a', 'tank'), new Set(['tank', 'tank@a', 'tank@b']))).not.toThrow()
  })

  it('lets go what destroys nothing', () => {
    expect(() => guard(changeLine('zfs mount tank'), new Set())).not.toThrow()
    expect(() =>
      guard(
        readLine('zfs list', () => 0),
        new Set(),
      ),
    ).not.toThrow()
  })

  it('refuses one unconfirmed name among confirmed ones, and says which', () => {
    expect(() => guard(destroying('tank@a', 'tank@b'), new Set(['tank@a']))).toThrow(Refused)
    expect(() => guard(destroying('tank@a', 'tank@b'), new Set(['tank@a']))).toThrow(
      'this would destroy what was not confirmed: tank@b',
    )
  })

  it.each(['tank', 'tank@', 'tank@A', 'tank/x@a', ' tank@a'])('takes no name for another: %j', (confirmed) => {
    expect(() => guard(destroying('tank@a'), new Set([confirmed]))).toThrow(Refused)
  })

  it('names five of many', () => {
    const names = Array.from({ length: 12 }, (_, at) => `tank@${at}`)
    expect(() => guard(destroying(...names), new Set())).toThrow(/: tank@0, tank@1, tank@2, tank@3, tank@4 and 7 more$/)
  })
})

describe('what is confirmed', () => {
  const rollbacks = [
    { dataset: 'tank/irc', snapshot: 'a', destroys: ['c', 'b'] },
    { dataset: 'tank', snapshot: 'a', destroys: [] },
  ]

  it('is the newer snapshots and the heads that the reviewed answer names', () => {
    expect(confirmedBy(new Map([['review-rollback', { value: { rollbacks } }]]))).toEqual(
      new Set(['tank/irc@c', 'tank/irc@b', 'tank/irc', 'tank']),
    )
  })

  it('is nothing before that answer, and nothing where the head is kept', () => {
    expect(confirmedBy(new Map([['point', { value: { way: 'rollback' } }]]))).toEqual(new Set())
    expect(confirmedBy(new Map([['review-rollback', { value: { rollbacks: [] } }]]))).toEqual(new Set())
  })
})
