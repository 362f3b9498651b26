import { expect, it, vi } from 'vitest'
import { watching } from '../../src/run/watching.ts'
import type { Watch } from '../../src/steps/step.ts'
import { fakeRoute, makeVolume } from './fake-route.ts'
import { fakeSession } from './fake-session.ts'
import { look } from './fake-world.ts'

it('a watch says once what it looks at again and again, also for its last word', async () => {
  let polls = 0
  const watch: Watch = {
    id: 'hydration',
    from: makeVolume.id,
    everyMs: 1,
    async poll(run) {
      await run.do(look())
      return { done: ++polls }
    },
    async lastWord(run) {
      await run.do(look())
      return 'it is not at full speed'
    },
  }
  const session = fakeSession({ route: { ...fakeRoute(), watches: [watch] } })
  const followed = watching(session)
  followed.after(makeVolume.id)
  await vi.waitFor(() => expect(polls).toBeGreaterThan(3))
  await followed.end(true)
  expect(session.events.filter((event) => event.type === 'command')).toHaveLength(1)
  expect(session.events.filter((event) => event.type === 'progress').length).toBeGreaterThan(3)
  expect(session.events.at(-1)).toMatchObject({ type: 'finding', message: 'it is not at full speed' })
})
