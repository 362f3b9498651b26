// What can be made to go wrong with a request, as plain JSON.
import { z } from 'zod'
import { worldChange } from './world-change.ts'

const count = z.int().min(1)
/** For how many Describe calls of that kind of resource, or for how many milliseconds. */
const span = z.union([z.strictObject({ calls: count }), z.strictObject({ ms: count })])

const fault = z.discriminatedUnion('kind', [
  /** Answered by an error, and nothing is done. Words and status are EC2's own for a code that the lab knows. */
  z.strictObject({
    kind: z.literal('error'),
    code: z.string().min(1),
    message: z.string().exactOptional(),
    status: z.int().min(400).max(599).exactOptional(),
  }),
  /** Done, late. */
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0) }),
  /** Done, or refused, and the answer never arrives: the connection ends instead. */
  z.strictObject({ kind: z.literal('lost-answer') }),
  /** The connection is reset, and nothing is done. */
  z.strictObject({ kind: z.literal('reset') }),
  /**
   * A proxy on the way answers with its page, and nothing is done. A page that is well-formed XML is the worse one:
   * with status 200 a client that reads only what it looks for takes it for an empty answer.
   */
  z.strictObject({
    kind: z.literal('html'),
    status: z.union([z.literal(200), z.literal(403), z.literal(502)]),
    wellFormed: z.boolean().exactOptional(),
  }),
  /** Done; what it makes is not found by Describe calls for a while. */
  z.strictObject({ kind: z.literal('unseen'), for: span }),
  /** Done; Describe calls show what it changes as it was before, and what it makes as it was at first, for a while. */
  z.strictObject({ kind: z.literal('stale'), for: span }),
  /** CreateVolume: the volume ends in state `error`. */
  z.strictObject({ kind: z.literal('volume-error') }),
  /** AttachVolume stays `attaching`; DetachVolume ends in `busy`. The host is not asked. */
  z.strictObject({ kind: z.literal('stuck') }),
  /** AttachVolume: refused because the device is in use, as when somebody else was quicker. */
  z.strictObject({ kind: z.literal('device-taken') }),
  /** Just before the request is carried out the world changes: a snapshot is deleted, an instance stops. */
  z.strictObject({ kind: z.literal('change'), change: worldChange }),
])

const faultRule = z.strictObject({
  /** Such as `CreateVolume`, or `*` for all. */
  action: z.string().min(1),
  /** Only requests with these parameters, by their names in the query: `{"VolumeId":"vol-…"}`. */
  where: z.record(z.string(), z.string()).exactOptional(),
  /** How many requests it hits; 1 unless said. */
  times: z.union([count, z.literal('always')]).exactOptional(),
  /** How many matching requests pass before it begins; 0 unless said. */
  after: z.int().min(0).exactOptional(),
  fault,
})

/** Faults to come: rules one by one, and a stream of passing ones that is the same for each run of a seed. */
export const faultScenario = z.strictObject({
  rules: z.array(faultRule).exactOptional(),
  seeded: z.strictObject({ seed: z.int(), rate: z.number().min(0).max(1) }).exactOptional(),
})

export type Fault = z.infer<typeof fault>
export type FaultRule = z.infer<typeof faultRule>
export type FaultScenario = z.infer<typeof faultScenario>
export type Span = z.infer<typeof span>
