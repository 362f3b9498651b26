import { describe, expect, it } from 'vitest'
import { standing } from '../../src/screens/stages.ts'
import { after, beginning, type View } from '../../src/screens/view.ts'
import { allStepIds, type Route, type StepId } from '../../src/steps/step.ts'
import { choice } from '../run/fake-route.ts'

const route: Route = { id: 'ebs', legs: [{ choices: allStepIds.map((id) => choice(id)), actions: [] }] }

it.each(allStepIds)('the step %s belongs to exactly one stage', (id) => {
  const view = { ...beginning(route, [], [], 0), now: id }
  const put = standing(view).filter((stage) => stage.state === 'now')
  expect(put).toHaveLength(1)
})

const undoing = (ids: readonly StepId[]): View => ({
  ...beginning({ id: 'ebs', legs: [{ choices: ids.map((id) => choice(id)), actions: [] }] }, [], [], 0),
  undoing: true,
})

const said = (view: View): string =>
  standing(view)
    .map(({ title, state }) => `${title} ${state}`)
    .join(', ')

describe('the stages of taking a run back', () => {
  it.each(allStepIds.filter((id) => standing(undoing([id])).length > 0))('have the step %s once', (id) => {
    expect(standing({ ...undoing([id]), now: id })).toMatchObject([{ state: 'now' }])
  })

  it('are those of what was made, in the order in which it is taken back', () => {
    const view = undoing(['target', 'review', 'start-services', 'attach-volume', 'create-volume', 'gate'])
    expect(said(view)).toBe('Look ahead, Confirm ahead, Services ahead, Volume ahead, Gates ahead')
    const at = after(view, { type: 'step-started', step: 'create-volume', title: '' }, 0, [])
    expect(said(at)).toBe('Look done, Confirm done, Services done, Volume now, Gates ahead')
    const error = { code: 'x', message: 'x', notChanged: [], exists: [], next: [] }
    const failed = after(at, { type: 'step-failed', step: 'create-volume', error }, 0, [])
    expect(said(failed)).toBe('Look done, Confirm done, Services done, Volume failed, Gates ahead')
  })
})
