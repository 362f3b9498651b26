import { expect, it } from 'vitest'
import { standing } from '../../src/screens/stages.ts'
import { beginning } from '../../src/screens/view.ts'
import { allStepIds, type Route } from '../../src/steps/step.ts'
import { choice } from '../run/fake-route.ts'

const route: Route = { id: 'ebs', legs: [{ choices: allStepIds.map((id) => choice(id)), actions: [] }] }

it.each(allStepIds)('the step %s belongs to exactly one stage', (id) => {
  const view = { ...beginning(route, [], [], 0), now: id }
  const put = standing(view).filter((stage) => stage.state === 'now')
  expect(put).toHaveLength(1)
})
