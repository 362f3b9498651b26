import { describe, expect, it } from 'vitest'
import { countExpired, pointFindings } from '../../src/steps/point-findings.ts'

const now = new Date('2026-11-22T12:00:00Z')

const target = (dataset: string, createdAt: string, createtxg = 7, snapshot = 'a') => ({
  dataset,
  snapshot,
  createtxg,
  createdAt,
})

const chosen = {
  targets: [target('tank', '2026-11-22T11:00:00Z'), target('tank/chat', '2026-11-22T11:00:01Z')],
  left: [],
  asked: undefined,
  written: new Map([['tank/chat@a', 2048]]),
  snapshots: [],
  zone: 'UTC',
  now,
}

const said = (change: Partial<Parameters<typeof pointFindings>[0]>) =>
  pointFindings({ ...chosen, ...change }).map(({ level, message }) => `${level}: ${message}`)

describe('a chosen moment', () => {
  it('tells of each dataset its snapshot, its age, and what goes', () => {
    expect(said({})).toEqual([
      'info: tank ← @a, 1 h old, 0 B written since',
      'info: tank/chat ← @a, 59 m 59 s old, 2 KiB written since',
    ])
  })

  it('tells how far each is before the moment that was asked for', () => {
    expect(said({ asked: new Date('2026-11-22T11:30:00Z') })[0]).toBe(
      'info: tank ← @a, 1 h old, 30 m before the moment asked for, 0 B written since',
    )
  })

  it('names the oldest few of many datasets, and warns of those that lag behind', () => {
    const targets = Array.from({ length: 1000 }, (_none, at) =>
      target(`tank/${at}`, at === 500 ? '2026-11-20T11:00:00Z' : '2026-11-22T11:00:00Z', at),
    )
    const left = Array.from({ length: 300 }, (_none, at) => `tank/left${at}`)
    const all = said({ targets, left })
    expect(all).toHaveLength(9)
    expect(all[0]).toBe('info: tank/500 ← @a, 2 d 1 h old, 0 B written since')
    expect(all[5]).toBe('info: and 995 more datasets, whose snapshots are not older than these')
    expect(all.slice(6)).toEqual([
      'info: the chosen snapshots were not made in one moment: 1000 transaction groups',
      'warn: these snapshots are much older than those of the other datasets: tank/500 by 2 d',
      'warn: 300 datasets have no such snapshot and are left as in the head: tank/left0, tank/left1, tank/left2, tank/left3, tank/left4 and 295 more',
    ])
  })

  it('warns where names are in another zone than the host', () => {
    const snapshots = [
      { name: '2026-11-22_11.00.00--1w', createdAt: '2026-11-22T09:00:01Z' },
      { name: '2026-11-22_12.00.00--1w', createdAt: '2026-11-22T10:00:01Z' },
    ]
    expect(said({ snapshots }).filter((each) => each.startsWith('warn'))).toEqual([
      "warn: the times in the snapshots' names are those of UTC+02:00, and the host is in UTC: a time that is asked for is compared with when ZFS made them",
    ])
    expect(said({ snapshots, zone: 'Africa/Johannesburg' }).filter((each) => each.startsWith('warn'))).toEqual([])
  })

  it('counts those past their time to live', () => {
    const names = ['2026-11-01_00.00.00--1w', '2026-11-22_00.00.00--1w', 'plain', '2026-11-01_00.00.00--1w']
    expect(
      countExpired(
        names.map((snapshot) => ({ snapshot })),
        'UTC',
        now,
      ),
    ).toBe(2)
  })
})
