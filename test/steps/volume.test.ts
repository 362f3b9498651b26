import { expect, it } from 'vitest'
import { priceOf } from '../../src/steps/prices.ts'
import { hostProfile } from '../../src/steps/profile.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import { volumeChoice } from '../../src/steps/volume.ts'
import { awsRun } from './aws-run.ts'

const host = hostProfile.parse({ name: 'web' })
const volume = { type: 'gp3', sizeGiB: 500, initRate: null }

it('a price is an estimate with the date of its table', () => {
  expect(priceOf({ region: 'us-east-1', host }, volume)).toMatch(
    /^about \$40\.00 a month \(estimate, prices of \d{4}-\d\d-\d\d\)$/,
  )
})

it('of a region that the table lacks no price is guessed', () => {
  expect(priceOf({ region: 'eu-central-1', host }, volume)).toBe('price in eu-central-1 unknown')
  expect(priceOf({ region: 'eu-central-1', host }, { ...volume, initRate: 200 })).toBe(
    'price in eu-central-1 unknown, the rate costs extra',
  )
})

const prices = {
  date: '2026-10-01',
  volumes: { 'eu-central-1': { gp3: 0.1 } },
  initialization: { 'eu-central-1': 0.004 },
}

it("the config's table counts instead, for the rate, too", () => {
  const mine = hostProfile.parse({ name: 'web', prices })
  expect(priceOf({ region: 'eu-central-1', host: mine }, { ...volume, initRate: 200 })).toBe(
    'about $50.00 a month, the rate about $2.00 once (estimate, prices of 2026-10-01)',
  )
  expect(priceOf({ region: 'us-east-1', host: mine }, volume)).toBe('price in us-east-1 unknown')
})

it('each type is offered with its price and how long its blocks take', async () => {
  await using run = await awsRun({}, { host: { volume: 'vol-0dddddddddddddddd', prices }, flags: { initRate: 100 } })
  await run.choose(snapshotChoice, volumeChoice)
  const question = run.session.events.findLast((each) => each.type === 'question')
  expect(question).toMatchObject({
    options: [
      {
        label: 'gp3  1 GiB  eu-central-1a  as /dev/sdf  initialized at 100 MiB/s',
        detail:
          'about $0.10 a month, the rate about $0.0040 once (estimate, prices of 2026-10-01); initialized at 100 MiB/s: about 10.2 s',
      },
      { label: 'gp2  1 GiB  eu-central-1a  as /dev/sdf  initialized at 100 MiB/s' },
    ],
  })
})

it('a gp3 volume can be had at once or at a known speed, and at once is what is suggested', async () => {
  await using run = await awsRun({}, { host: { volume: 'vol-0dddddddddddddddd', prices } })
  await run.choose(snapshotChoice, volumeChoice)
  const question = run.session.events.findLast((each) => each.type === 'question')
  expect(question).toMatchObject({
    options: [
      { label: 'gp3  1 GiB  eu-central-1a  as /dev/sdf' },
      { label: 'gp3  1 GiB  eu-central-1a  as /dev/sdf  initialized at 100 MiB/s' },
      { label: 'gp3  1 GiB  eu-central-1a  as /dev/sdf  initialized at 300 MiB/s' },
      { label: 'gp2  1 GiB  eu-central-1a  as /dev/sdf' },
    ],
    suggested: { type: 'gp3', initRate: null },
  })
})
