import { expect, it } from 'vitest'
import { nearest } from '../../src/text/nearest.ts'

const files = ['files', 'messages.log', 'files/rota-w01.csv', 'files/rota-w02.csv', 'files/rota-w11.csv']

it.each([
  ['rota-w11.csv', 'files/rota-w11.csv'],
  ['files/rota-w2.csv', 'files/rota-w02.csv'],
  ['FILES', 'files'],
  ['message.log', 'messages.log'],
  ['', 'files'],
])('the first name is what somebody meant: %j', (typed, meant) => {
  expect(nearest(typed, files)[0]).toBe(meant)
  expect(nearest(typed, files).toSorted()).toEqual(files.toSorted())
})
