import { z } from 'zod'
import { priceTable } from './prices.ts'

const probe = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('tcp'),
    name: z.string().optional(),
    host: z.string().default('127.0.0.1'),
    port: z.int().min(1).max(65_535),
  }),
  z.strictObject({
    kind: z.literal('http'),
    name: z.string().optional(),
    url: z.url({ protocol: /^https?$/ }),
    status: z.int().default(200),
    /** The key of the answer's JSON object that holds the time of the newest record. */
    newest: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('command'),
    name: z.string().optional(),
    /** A line for the host's shell, run as root. Exit 0 is a pass. */
    line: z.string().min(1),
    /** True when the line prints the time of the newest record, as ISO time or Unix seconds. */
    newest: z.boolean().default(false),
  }),
])

/** How to see from the host itself that a service answers, and with data of what age. */
export type Probe = z.infer<typeof probe>

const unitName = z.string().regex(/^[\w@:.\\-]+\.(service|socket|target)$/, 'must be a unit name such as chat.service')

/**
 * What Lifeboat is told of one host: its ssh destination, its instance and data volume, the services to prove
 * and the schedules to hold. All of it comes from the config, or is typed as flags.
 */
export const hostProfile = z.strictObject({
  name: z.string().min(1),
  /** What one would give to ssh(1). Defaults to the name. */
  ssh: z.string().optional(),
  /** How it is reached: ssh2, the system's own ssh, or not at all, because it is this machine. */
  via: z.enum(['auto', 'ssh2', 'openssh', 'local']).default('auto'),
  instance: z
    .string()
    .regex(/^i-[0-9a-f]{8,17}$/)
    .optional(),
  /** The data volume, whose snapshots are this host's. */
  volume: z
    .string()
    .regex(/^vol-[0-9a-f]{8,17}$/)
    .optional(),
  /** Tags that all of this host's snapshots carry. */
  snapshot_tags: z.record(z.string(), z.string()).default({}),
  /** The device name to attach as, such as /dev/sdf. Chosen when not given. */
  device: z
    .string()
    .regex(/^\/dev\/(sd|xvd)[a-z]{1,2}$/)
    .optional(),
  pool: z.string().min(1).optional(),
  /** Units whose data is on the pool: stopped before it is touched, started and proven after. */
  services: z.array(unitName).default([]),
  /** Units that must not run before the proof: backups, exports. Their timers go on. */
  backups: z.array(unitName).default([]),
  /** Files of /etc/cron.d whose lines must not run before the proof. */
  cron: z.array(z.string().regex(/^\/etc\/cron\.d\/[\w-]+$/)).default([]),
  probes: z.array(probe).default([]),
  /** How long units must stay up unchanged before they count as stable. */
  stable_seconds: z.int().min(1).max(600).default(10),
  /** How long AWS may answer from before a change: until then nothing counts as gone because it is not shown. */
  settle_seconds: z.int().min(1).max(600).default(120),
  /** How long a probe is tried before it has failed. */
  probe_seconds: z.int().min(1).max(3600).default(60),
  /** The addresses of the volume and its attachment in Terraform, for the lines printed at the end. */
  terraform: z.strictObject({ volume: z.string(), attachment: z.string() }).optional(),
  /** After how many hours the host itself lifts the gates, if Lifeboat never comes back. */
  gate_hours: z.number().positive().max(72).default(12),
  /** False where the identity may only touch what carries Lifeboat's tags: then nothing can be tried dry on a stand-in. */
  permission_check: z.boolean().optional(),
  /** False where IAM is not to be asked for the account's alias. */
  account_alias: z.boolean().optional(),
  prices: priceTable.optional(),
})

export type HostProfile = z.infer<typeof hostProfile>
