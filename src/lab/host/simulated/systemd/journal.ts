// The journal: what units and systemd itself have written.

export interface JournalEntry {
  readonly at: Date
  readonly bootId: string
  readonly unit: string
  /** `systemd`, or the program's name. */
  readonly by: string
  readonly pid: number
  readonly message: string
}

export class Journal {
  readonly #entries: JournalEntry[] = []

  add(entry: JournalEntry): void {
    this.#entries.push(entry)
  }

  all(): readonly JournalEntry[] {
    return this.#entries
  }
}
