// How long AWS's states last: time passes when the test says so.
import { setTimeout as pause } from 'node:timers/promises'
import { CreateVolumeCommand } from '@aws-sdk/client-ec2'
import { afterEach, expect, test, vi } from 'vitest'
import { testLab } from './helpers.ts'

vi.mock('node:timers/promises', async (original: () => Promise<object>) => ({
  ...(await original()),
  setTimeout: vi.fn<typeof pause>(),
}))

const create = new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 })

afterEach(() => void vi.mocked(pause).mockReset())

test.each([
  ['none', 10],
  ['real', 3000],
] as const)('with --delays %s a new volume is being made for %i ms', async (delays, ms) => {
  const { promise: passed, resolve: pass } = Promise.withResolvers<undefined>()
  vi.mocked(pause).mockImplementation(() => passed)
  await using lab = await testLab({}, { delays })
  const { VolumeId } = await lab.ec2.send(create)
  const state = (): string | undefined => lab.cloud.volumes().find((each) => each.volumeId === VolumeId)?.state
  await vi.waitFor(() => expect(vi.mocked(pause).mock.calls.map(([asked]) => asked)).toEqual([ms]))
  expect(state()).toBe('creating')
  pass(undefined)
  await vi.waitFor(() => expect(state()).toBe('available'))
})
