// @module-tag long
// What happens to people at the wizard, each a story of its own; here they only get a host.
import { afterAll, beforeAll, describe, it } from 'vitest'
import { livingPool } from './living-pool.ts'
import { Rig, type Scene } from './rig.ts'
import { changesAnAnswer } from './scenarios/changes-an-answer.ts'
import { doesNotKnowTheHost } from './scenarios/does-not-know-the-host.ts'
import { findsOneOfMany, withManySnapshots } from './scenarios/finds-one-of-many.ts'
import { lacksAPermission } from './scenarios/lacks-a-permission.ts'
import { leavesInEachPhase } from './scenarios/leaves-in-each-phase.ts'
import { losesTheConnection } from './scenarios/loses-the-connection.ts'
import { Operator, type Scenario } from './scenarios/operator.ts'
import { refusesAtTheName } from './scenarios/refuses-at-the-name.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

// oxlint-disable vitest/expect-expect -- the stories do, and so does their operator
async function play({ play: story }: Scenario, made: Promise<Scene>): Promise<void> {
  await using scene = await made
  await using operator = new Operator(scene)
  await story(operator, scene)
}

describe('before anything is changed', () => {
  it.each([changesAnAnswer, lacksAPermission, doesNotKnowTheHost])('$title', (each) => play(each, rig.scene()))
  it.each([findsOneOfMany])('$title', (each) => play(each, rig.scene(withManySnapshots)))
})

describe('a pool in use', () => {
  it.each([refusesAtTheName, losesTheConnection])('$title', (each) => play(each, livingPool(rig)))
})

// The last: the host has its pool back afterwards.
it.each([leavesInEachPhase])('$title', (each) => play(each, rig.scene()))
