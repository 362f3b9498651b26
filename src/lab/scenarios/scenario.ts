// An incident to rehearse: what somebody is told, what is wrong, and what a good restore must have achieved.
import type { Cloud } from '../cloud/start-cloud.ts'
import type { CloudWorld } from '../cloud/world.ts'
import type { World } from '../host/manifest.ts'

/** A started lab. */
export interface Stage {
  /** A line as root on the host, or on the one that is to take its place. @throws Error unless it ends with 0 */
  readonly ssh: (line: string) => Promise<string>
  readonly world: World
  readonly cloud: Cloud
  /** What is random comes from this. */
  readonly seed: number
  /** Takes a disk away from the host without asking it. */
  readonly pull: (volumeId: string) => Promise<void>
  /** Plugs a copy of an evening's disk into the host; it is called like this volume. */
  readonly plugCopy: (snapshotId: string, volumeId: string) => Promise<void>
  /** Changes what an EBS snapshot holds: its pool is imported, the line is run, and the pool is exported. */
  readonly changeSnapshot: (snapshotId: string, line: string) => Promise<void>
  /** Makes this machine know another host key of the host than it has. */
  readonly mistakeHostKey: () => Promise<void>
  /** Ends every ssh connection to the host, as a bad line does. What runs there goes on. */
  readonly dropConnections: () => void
}

/** What the config says that a host is there for. */
export interface Served {
  readonly services: readonly string[]
  readonly backups: readonly string[]
  readonly probes: readonly {
    readonly kind: 'http'
    readonly name: string
    readonly url: string
    /** The key of its answer's JSON that holds the time of the newest record. */
    readonly newest: string
  }[]
  readonly dumps?: readonly { readonly name: string; readonly from: string; readonly into: string }[]
}

/** Something that happens in the restore. */
interface Happening {
  readonly type: string
  readonly step?: string
}

/** What the world is when all is over, as the host and AWS tell it. */
export interface Aftermath {
  /** SHA-256 of the chat server's records and of alice's notes; null where they are not there. */
  readonly messagesSha256: string | null
  readonly notesSha256: string | null
  /** Of the newest record that the service tells of; null where it does not answer. */
  readonly newestServed: string | null
  readonly service: string
  readonly backupTimer: string
  /** What holds services or schedules back on the host. */
  readonly gates: readonly string[]
  /** Snapshots that are held, and by what. */
  readonly holds: readonly string[]
  /** Volumes besides the instance's root, by id: what AWS says of them. */
  readonly volumes: readonly { readonly volumeId: string; readonly state: string; readonly snapshotId: string | null }[]
  /** Every snapshot of the pool. */
  readonly snapshots: readonly string[]
  /** What the scenario's own looks have shown. */
  readonly seen: Readonly<Record<string, string>>
}

/** How it ought to end: the data is back, or the program refuses, and says why. */
type GoodEnd = { readonly kind: 'restored' } | { readonly kind: 'refused'; readonly code: string }

/** The time of a world, where an incident hangs on it: every clock in it shows this one. */
export interface OwnTime {
  /** When it begins, ISO UTC. */
  readonly begins: string
  /** Of the host, an IANA name. */
  readonly timeZone: string
  /** Whether zfsnap rounds its names down to the minute (`-z`). */
  readonly roundsNames: boolean
}

export interface Scenario {
  /** As on the command line: `volume-deleted`. */
  readonly id: string
  /** In a few words, for a list. */
  readonly title: string
  /** As a page at 03:00 would say it. */
  readonly brief: readonly string[]
  /** One after the other, the first the least telling. */
  readonly hints: readonly string[]
  /** Minutes. */
  readonly objectives: { readonly rto: number; readonly dataLoss: number }
  /** Whether the volume is gone, the host runs on it, or all of the zone is down: there is another host then. */
  readonly begins: 'volume-lost' | 'pool-in-use' | 'zone-down'
  /** When and where it happens; else now, in UTC. Only a simulated host has its own time. */
  readonly time?: OwnTime
  /** It changes images, or does to the line what only a simulated host lets be done. */
  readonly onlySimulated?: true
  /** Whose data is lost, where it is not the chat server's. */
  readonly served?: Served
  /** What is different in AWS from the beginning. */
  cloud?(begin: CloudWorld, world: World): CloudWorld
  /** What goes wrong before somebody comes. */
  prepare?(stage: Stage): Promise<void>
  /** What goes wrong in the middle. Each happening is told once, in order; it is not waited for. */
  during?(happening: Happening, stage: Stage): Promise<void> | undefined
  /** Lines that are run as root on the host when all is over, by name, for the judge. */
  readonly looks?: Readonly<Record<string, string>>
  /** What nobody but the operator can know, for who is not asked: flags of `restore`, without their dashes. */
  flags?(world: World): Readonly<Record<string, string | readonly string[]>>
  readonly goodEnd: GoodEnd
  /** What a good restore would have done better: nothing, where it is good. */
  judge(after: Aftermath, world: World): readonly string[]
  /** What there is to be learnt, for the debrief. */
  readonly moral: string
}
