// What the new volume costs, as an estimate: one dated table, which the config may replace.
import { z } from 'zod'
import type { Run } from './step.ts'

/** US dollars. */
export const priceTable = z.strictObject({
  /** The day the prices were looked up. */
  date: z.iso.date(),
  /** A GiB a month, by volume type, by region. */
  volumes: z.record(z.string(), z.record(z.string(), z.number().nonnegative())),
  /** A GiB of the snapshot, for an initialization rate, by region. */
  initialization: z.record(z.string(), z.number().nonnegative()).default({}),
})

type PriceTable = z.infer<typeof priceTable>

// The list prices as they are commonly published (https://aws.amazon.com/ebs/pricing/). Of the other regions, and of
// initialization rates, nothing is said rather than guessed.
const northAmerica = { gp3: 0.08, gp2: 0.1, st1: 0.045 }
const listed: PriceTable = {
  date: '2025-06-01',
  volumes: { 'us-east-1': northAmerica, 'us-east-2': northAmerica, 'us-west-2': northAmerica },
  initialization: {},
}

const dollars = (amount: number): string => `$${amount < 0.1 ? amount.toFixed(4) : amount.toFixed(2)}`

/** A volume's price a month, and what its initialization costs once, in words. */
export function priceOf(
  { region, host }: Pick<Run, 'region' | 'host'>,
  volume: { readonly type: string; readonly sizeGiB: number; readonly initRate: number | null },
): string {
  const { date, volumes, initialization } = host.prices ?? listed
  const monthly = volumes[region]?.[volume.type]
  const once = volume.initRate === null ? undefined : initialization[region]
  const parts = [
    monthly === undefined ? `price in ${region} unknown` : `about ${dollars(monthly * volume.sizeGiB)} a month`,
    ...(volume.initRate === null
      ? []
      : [once === undefined ? 'the rate costs extra' : `the rate about ${dollars(once * volume.sizeGiB)} once`]),
  ]
  return `${parts.join(', ')}${monthly === undefined && once === undefined ? '' : ` (estimate, prices of ${date})`}`
}
