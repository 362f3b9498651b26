import { z } from 'zod'
import { dumpKind } from './dumps/dump-answer.ts'
import { isS3Url } from './dumps/s3-url.ts'
import { priceTable } from './prices.ts'
import { ownRecipes } from './recipes/own-recipe.ts'

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

const isPathBelow = (path: string): boolean =>
  !path.includes('\0') && path.split('/').every((name) => !['', '.', '..'].includes(name))

/** A service's dumps in S3. */
const dumps = z.strictObject({
  /** What is dumped, such as `chat`. */
  name: z.string().min(1),
  /** The folder that all of its dumps are below. */
  from: z.string().refine(isS3Url, 'must be s3://BUCKET/PREFIX'),
  /** Guessed by the names of the objects when not given. Or the name of one of the config's own recipes. */
  kind: dumpKind.optional(),
  /** Where it goes: the folder of a folder or an archive, the dataset of a ZFS stream, the container or socket of PostgreSQL. */
  into: z.string().min(1).optional(),
  /** The file on the host whose first line is the passphrase of duplicity's backups. */
  key_file: z.string().startsWith('/').optional(),
  /** Whose the files of a folder are, where there is no old one to tell: `USER` or `USER:GROUP`. */
  owner: z
    .string()
    .regex(/^[\w.-]+(:[\w.-]+)?$/, 'must be USER or USER:GROUP')
    .optional(),
  /** Paths below a folder that its dumps leave out: taken over from the old folder where the new one lacks them. */
  keep: z.array(z.string().refine(isPathBelow, 'must be a path below the folder, such as cache or var/tmp')).optional(),
})

/** An IPv4 network without host bits, which AWS would take off; the whole internet is none. */
export const drillNetwork = z.cidrv4().refine(
  (cidr) => {
    const [address = '', bits = ''] = cidr.split('/')
    const value = address.split('.').reduce((sum, each) => sum * 256 + Number(each), 0)
    return Number(bits) > 0 && value % 2 ** (32 - Number(bits)) === 0
  },
  { error: 'must be an IPv4 network such as 203.0.113.7/32 or 10.0.0.0/8, and not everybody' },
)

/** Where a drill on the account takes its scratch instance from. What is not said is as the launch template says. */
const drillPlace = z.strictObject({
  /** lt-…, or lt-…:VERSION. Its image, type, key, subnet and address are used, and nothing else of it. */
  launch_template: z.string().optional(),
  image: z
    .string()
    .regex(/^ami-[0-9a-f]{8,17}$/)
    .optional(),
  instance_type: z.string().min(1).optional(),
  subnet: z
    .string()
    .regex(/^subnet-[0-9a-f]{8,17}$/)
    .optional(),
  key_name: z.string().min(1).optional(),
  /** Whether it gets a public address; as the template or the subnet says where it is left out. */
  public_address: z.boolean().optional(),
  /** The one network that ssh is let in from. */
  ssh_from: drillNetwork.optional(),
  ssh_port: z.int().min(1).max(65_535).default(22),
  /** What is aimed at, in minutes. */
  rto_minutes: z.number().positive().default(45),
  data_loss_minutes: z.number().positive().default(1440),
})

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
  /** Where this host's dumps are. */
  dumps: z
    .array(dumps)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two have the same name')
    .default([]),
  probes: z.array(probe).default([]),
  /** How long units must stay up unchanged before they count as stable. */
  stable_seconds: z.int().min(1).max(600).default(10),
  /** How long AWS may answer from before a change: until then nothing counts as gone because it is not shown. */
  settle_seconds: z.int().min(1).max(600).default(120),
  /** How long a probe is tried before it has failed. */
  probe_seconds: z.int().min(1).max(3600).default(60),
  /** The folder in which fetched dumps are kept until the end of their run. */
  staging: z.string().startsWith('/').default('/var/lib/lifeboat'),
  /** The addresses of the volume and its attachment in Terraform, for the lines printed at the end. */
  terraform: z.strictObject({ volume: z.string(), attachment: z.string() }).optional(),
  /** After how many hours the host itself lifts the gates, if Lifeboat never comes back. */
  gate_hours: z.number().positive().max(72).default(12),
  /** False where the identity may only touch what carries Lifeboat's tags: then nothing can be tried dry on a stand-in. */
  permission_check: z.boolean().optional(),
  /** False where IAM is not to be asked for the account's alias. */
  account_alias: z.boolean().optional(),
  prices: priceTable.optional(),
  /** The config's own recipes, for every host. */
  recipes: ownRecipes.optional(),
  drill: drillPlace.optional(),
})

export type HostProfile = z.infer<typeof hostProfile>

const drillSuffix = ':drill'

/**
 * The host as a drill on the account knows it: under a name of its own, so that nothing of the drill is taken for the
 * host's own, and no restore of the host is kept waiting by it.
 */
export const rehearsed = (host: HostProfile): HostProfile => ({
  ...host,
  name: `${host.name}${drillSuffix}`,
  ssh: host.ssh ?? host.name,
  // Its data is restored elsewhere, whatever machine this is.
  ...(host.via === 'local' ? { via: 'auto' as const } : {}),
})

/** The host that a drill is of, by the drill's own name for it. */
export const rehearsedName = (name: string): string =>
  name.endsWith(drillSuffix) ? name.slice(0, -drillSuffix.length) : name
