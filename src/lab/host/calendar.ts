// When what happens in the lab's week.
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export interface Week {
  /** A full hour, 7 days before the incident at most: zfsnap's hourly snapshots live that long. ms since 1970. */
  readonly beginMs: number
  /** 23:45 of the last four evenings before the incident, oldest first: the nightly EBS snapshots. */
  readonly eveningsMs: readonly number[]
  /** Now, on the full minute. */
  readonly incidentMs: number
}

export function weekBefore(nowMs: number): Week {
  const incidentMs = nowMs - (nowMs % minuteMs)
  const midnightMs = incidentMs - (incidentMs % dayMs)
  const today = midnightMs + 23 * hourMs + 45 * minuteMs
  const newest = today <= incidentMs ? today : today - dayMs
  return {
    beginMs: Math.ceil((incidentMs - 7 * dayMs) / hourMs) * hourMs,
    eveningsMs: [3, 2, 1, 0].map((before) => newest - before * dayMs),
    incidentMs,
  }
}

const worldLifeMs = 20 * hourMs

/** A world's snapshots must look like last night's: older than 20 hours it is made anew. */
export function isStale(builtAt: string, nowMs: number): boolean {
  return nowMs - Date.parse(builtAt) > worldLifeMs
}
