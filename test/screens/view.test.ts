import { expect, it } from 'vitest'
import { after, beginning, stepOf } from '../../src/screens/view.ts'
import { fakeRoute } from '../run/fake-route.ts'

it('what a question waits for is told until the next command is asked', () => {
  const begun = beginning(fakeRoute(), [], [], 0)
  const command = {
    type: 'command',
    step: 'target',
    kind: 'shell',
    text: 'zfs list',
    redacted: false,
    reads: true,
  } as const
  const waiting = {
    type: 'progress',
    step: 'target',
    done: null,
    total: null,
    unit: null,
    waitingFor: 'the host',
  } as const
  const lost = after(after(begun, command, 0, []), waiting, 0, [])
  expect(stepOf(lost, 'target')?.progress?.waitingFor).toBe('the host')
  expect(stepOf(after(lost, command, 0, []), 'target')?.progress).toBeNull()
})

it('the AWS account joins the header as soon as the target is known', () => {
  const begun = beginning(fakeRoute(), ['RESTORE', 'web'], [], 0)
  const answer = {
    type: 'answer',
    step: 'target',
    value: { account: '854026359331', accountAlias: 'prod-ops' },
    by: 'suggestion',
  } as const
  const view = after(after(begun, answer, 0, []), answer, 0, [])
  expect(view).toMatchObject({ place: ['RESTORE', 'web'], account: answer.value })
})
