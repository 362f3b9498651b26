import type { Span } from './fault-rules.ts'
import type { Resources } from './state/resources.ts'

type Kind = keyof Resources
type Entry = Resources[Kind] extends ReadonlyMap<string, infer T> ? T : never

interface Lag {
  readonly kind: Kind
  readonly id: string
  /** What is shown instead; null is nothing at all. */
  readonly shown: Entry | null
  left: number
  readonly until: number
}

const kinds: readonly Kind[] = ['volumes', 'snapshots', 'instances']

/** The calls that a lag is counted in. The others see it too. */
const counted: ReadonlyMap<string, Kind> = new Map([
  ['DescribeVolumes', 'volumes'],
  ['DescribeVolumeStatus', 'volumes'],
  ['DescribeSnapshots', 'snapshots'],
  ['DescribeSnapshotTierStatus', 'snapshots'],
  ['DescribeLockedSnapshots', 'snapshots'],
  ['DescribeInstances', 'instances'],
  ['DescribeInstanceStatus', 'instances'],
])

/**
 * Eventual consistency: for a while Describe calls show the past, whatever the other actions already know.
 * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export class Lags {
  #lags: Lag[] = []

  /** Lets what differs between the two be seen late: not at all (`unseen`), or as it was before (`stale`). */
  begin(how: 'unseen' | 'stale', span: Span, before: Resources, after: Resources, now: Date): void {
    const left = 'calls' in span ? span.calls : Infinity
    const until = 'ms' in span ? now.getTime() + span.ms : Infinity
    for (const kind of kinds) {
      for (const id of new Set([...before[kind].keys(), ...after[kind].keys()])) {
        const old = before[kind].get(id)
        const young = after[kind].get(id)
        if (old === young || (how === 'unseen' && old !== undefined)) continue
        // Of what is new there is no older look than its first one.
        const shown = how === 'unseen' ? null : (old ?? young ?? null)
        this.#lags.push({ kind, id, shown, left, until })
      }
    }
  }

  clear(): void {
    this.#lags = []
  }

  /** What a Describe call is shown of `present`. It counts as one of the calls that a lag lasts for. */
  see<T extends Resources>(action: string, present: T, now: Date): T {
    this.#lags = this.#lags.filter((lag) => lag.left > 0 && lag.until > now.getTime())
    if (this.#lags.length === 0) return present
    const seen = {
      volumes: new Map(present.volumes),
      snapshots: new Map(present.snapshots),
      instances: new Map(present.instances),
    }
    for (const lag of this.#lags) {
      const map: Map<string, Entry> = seen[lag.kind]
      if (lag.shown === null) map.delete(lag.id)
      else map.set(lag.id, lag.shown)
      if (counted.get(action) === lag.kind) lag.left -= 1
    }
    return { ...present, ...seen }
  }
}
