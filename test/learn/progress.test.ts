import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keepProgress, noProgress, progressIn, progressPath, withLesson } from '../../src/learn/progress.ts'

const at = '2026-11-21T10:00:00.000Z'
const newState = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'lifeboat-learn-')), 'not there yet')

it('there is none at first, and it is kept for nobody else to read', async () => {
  const state = await newState()
  expect(progressIn(state)).toEqual(noProgress)
  const progress = withLesson(noProgress, 'first-restore', at, () => ({ step: 2 }))
  keepProgress(state, progress)
  expect(progressIn(state)).toEqual(progress)
  expect(statSync(progressPath(state)).mode & 0o777).toBe(0o600)
})

it('a new one takes its place whole: what was half written when it was killed counts for nothing', async () => {
  const state = await newState()
  const first = withLesson(noProgress, 'first-restore', at, () => ({ step: 2 }))
  const second = withLesson(first, 'first-restore', at, () => ({ step: 3 }))
  keepProgress(state, first)
  const text = `${JSON.stringify(second, null, 1)}\n`
  for (let cut = 0; cut <= text.length; cut += 7) {
    writeFileSync(`${progressPath(state)}.new`, text.slice(0, cut))
    expect(progressIn(state)).toEqual(first)
  }
  keepProgress(state, second)
  expect(progressIn(state)).toEqual(second)
})

it('what is no progress is refused and left as it is', async () => {
  const state = await newState()
  keepProgress(state, noProgress)
  for (const text of ['', 'not json', '{"v":2,"lessons":{}}']) {
    writeFileSync(progressPath(state), text)
    expect(() => progressIn(state)).toThrow('move it away to begin anew')
    expect(readFileSync(progressPath(state), 'utf8')).toBe(text)
  }
})

it('a place where it can not be kept is refused, and named', () => {
  expect(() => keepProgress('/proc/x', noProgress)).toThrow(
    "the progress /proc/x/learn.json can't be kept: ENOENT; name another place with --state-dir",
  )
})
