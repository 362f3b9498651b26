import { expect, test } from 'vitest'
import { scenarios } from '../../src/lab/scenarios/all.ts'
import { unattended } from './rehearsed.ts'

test.concurrent.each(scenarios.map((each) => [each.id, each] as const))(
  '%s ends as well as it can with nobody there',
  async (_id, scenario) => {
    const drill = await unattended(scenario)
    expect(drill.faults).toEqual([])
    expect(drill.passed).toBe(true)
    expect(drill.outcome).toBe(scenario.goodEnd.kind)
  },
  180_000,
)
