// What the last word of a run says of data from a dump that is not where it was to be.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { contextFor } from '../../../src/run/context.ts'
import { finished, takenBack } from '../../../src/run/finish.ts'
import { changesOf } from '../../../src/steps/review.ts'
import { putInPlaceAction } from '../../../src/steps/put-in-place.ts'
import { unpackAction } from '../../../src/steps/unpack.ts'
import { LifeboatError, Refused } from '../../../src/text/errors.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { putRun, type PutRun } from './put-run.ts'

let run: PutRun
let into: string
let fresh: string

beforeEach(async () => {
  const folder = await temporaryFolder()
  into = join(folder, 'www')
  mkdirSync(into)
  writeFileSync(join(into, 'index'), 'old')
  run = await putRun(folder, { kind: 'folder', into, objects: { index: 'new' } }, {})
  fresh = `${into}.lifeboat-${run.session.state.runId}`
})

const lost = new LifeboatError({ code: 'lost', message: 'the connection is lost' })

it('names what was unpacked while it is beside the old data, and no longer', async () => {
  await run.doing(unpackAction)
  expect(existsSync(fresh)).toBe(true)
  expect(finished(run.session, lost, 3).leftovers).toContainEqual(
    expect.objectContaining({ kind: 'folder', id: fresh, state: 'from the dump, beside the old data' }),
  )
  await run.doing(putInPlaceAction)
  expect(finished(run.session, lost, 3).leftovers.map(({ id }) => id)).not.toContain(fresh)
})

it('names what services have written to when it was taken back, with how to be rid of it', async () => {
  await run.doing(unpackAction, putInPlaceAction)
  const at = run.session.at()
  run.session.record({ type: 'intended', at, step: 'start-services', attempt: 1, before: { units: [] }, commands: [] })
  await run.undoing()
  expect([readFileSync(join(into, 'index'), 'utf8'), readFileSync(join(fresh, 'index'), 'utf8')]).toEqual([
    'old',
    'new',
  ])
  const { leftovers, next } = takenBack(run.session)
  expect(leftovers).toEqual([expect.objectContaining({ kind: 'folder', id: fresh, state: 'from the dump, kept' })])
  expect(next.map(({ command }) => command)).toEqual([expect.stringContaining(`rm -rf --one-file-system -- ${fresh}`)])
})

it('names nothing when nothing but the run itself has had it', async () => {
  await run.doing(unpackAction, putInPlaceAction)
  await run.undoing()
  expect(existsSync(fresh)).toBe(false)
  expect(takenBack(run.session)).toMatchObject({ leftovers: [], next: [] })
})

it('leads to one way out of a dump that can not be restored, and not into it again', async () => {
  await run.doing(unpackAction)
  const { runId } = run.session.state
  const next = [{ why: 'take this run back, and choose another dump', command: `lifeboat undo ${runId}` }]
  const broken = new Refused({ code: 'dump-broken', message: 'it is broken', next })
  expect(finished(run.session, broken, 5).next).toEqual(next)
  expect(finished(run.session, lost, 3).next.map(({ command }) => command)).toEqual([
    `lifeboat resume ${runId}`,
    `lifeboat undo ${runId} --confirm ${run.session.state.host}`,
  ])
})

it('plans no commands of steps that have nothing to do', () => {
  const reading = contextFor(run.session, { step: 'review', attempt: 1, shown: null, ignoresStopping: false })
  const none = {
    ...unpackAction,
    applies: () => false,
    commands: () => {
      throw new Error('it is not asked')
    },
  }
  const [first] = changesOf(reading, [none, putInPlaceAction])
  expect(first).toContain(fresh)
})
