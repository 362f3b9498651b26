import { expect, it } from 'vitest'
import { contextFor } from '../../src/run/context.ts'
import { toBeLost } from '../../src/steps/review-rollback.ts'
import { fakeSession } from '../run/fake-session.ts'

const going = ['b', 'a'].map((name) => ({
  kind: 'snapshot' as const,
  dataset: 'tank',
  name,
  guid: '1',
  createtxg: 2,
  createdAt: '2026-11-21T02:00:00.000Z',
  usedBytes: 2048,
  holds: 0,
  clones: [],
}))

const found = { rollbacks: [{ dataset: 'tank', snapshot: 'old', destroys: ['b', 'a'] }], going, bookmarks: [], all: [] }

it('in a rehearsal nothing is said of an undo that would find nothing: what is touched is gone at its end', () => {
  const session = fakeSession({ rehearsal: true })
  const run = contextFor(session, { step: 'review-rollback', attempt: 1, shown: null, ignoresStopping: false })
  const said = [...toBeLost({ ...run, route: 'local' }, found)].map((each) => each.text)
  expect(said[1]).toMatch(/^a checkpoint .* nothing of yours is touched, and its world is gone at the end$/)
  expect(said.join('\n')).not.toContain('lifeboat undo')
})

it('what a rollback destroys is said as a whole before it is listed: a long list is not read to its end', () => {
  const session = fakeSession({})
  const run = { ...contextFor(session, { step: 'review-rollback', attempt: 1, shown: null, ignoresStopping: false }) }
  const said = [...toBeLost({ ...run, route: 'local' }, found)].map((each) => each.text)
  expect(said[0]).toBe('in all: destroys 2 snapshots, and what 1 dataset has written since')
  expect(said[1]).toContain('lifeboat undo brings all of this back')
  expect(said[2]).toBe('rolls back tank to @old')
  expect(said.slice(3)).toEqual([
    expect.stringContaining('destroys tank@b'),
    expect.stringContaining('destroys tank@a'),
  ])
})
