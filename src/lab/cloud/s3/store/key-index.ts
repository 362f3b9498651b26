/** S3's order of keys: that of their bytes in UTF-8, which differs from JavaScript's beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const [one, two] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (one !== two) return rank(one) - rank(two)
  }
  return a.length - b.length
}

// Halves of a character beyond U+FFFF come after all that are whole.
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/** What has a key, in the order of keys, found and listed quickly among hundreds of thousands. */
export class KeyIndex<T> {
  readonly #values: Map<string, T>
  #keys: string[]

  constructor(entries: Iterable<readonly [string, T]> = []) {
    this.#values = new Map(entries)
    this.#keys = [...this.#values.keys()].toSorted(compareKeys)
  }

  get size(): number {
    return this.#keys.length
  }

  get(key: string): T | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: T): void {
    if (!this.#values.has(key))
      this.#keys.splice(
        this.#placeOf((other) => compareKeys(other, key) >= 0),
        0,
        key,
      )
    this.#values.set(key, value)
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return
    this.#keys.splice(
      this.#placeOf((other) => compareKeys(other, key) >= 0),
      1,
    )
  }

  /** The place of the first key that is not before `key`. */
  from(key: string): number {
    return this.#placeOf((other) => compareKeys(other, key) >= 0)
  }

  /** The place of the first key that is after `key`. */
  after(key: string): number {
    return this.#placeOf((other) => compareKeys(other, key) > 0)
  }

  /** The place of the first key that is after all that begin with `prefix`. */
  afterAll(prefix: string): number {
    return this.#placeOf((other) => !other.startsWith(prefix) && compareKeys(other, prefix) > 0)
  }

  at(place: number): readonly [key: string, value: T] | null {
    const key = this.#keys[place]
    const value = key === undefined ? undefined : this.#values.get(key)
    return key === undefined || value === undefined ? null : [key, value]
  }

  // The first place where it holds; from there on it always does.
  #placeOf(holds: (key: string) => boolean): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(this.#keys[middle] ?? '')) high = middle
      else low = middle + 1
    }
    return low
  }
}
