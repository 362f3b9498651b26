/** How many characters two texts have in common at their beginning, and at their end. */
function shared(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let [first, last] = [0, 0]
  while (first < most && one[first] === other[first]) first++
  while (last < most && one.at(-1 - last) === other.at(-1 - last)) last++
  return first + last
}

/** Those names first that begin and end most like this one, as somebody may mistype it. */
export const nearest = (name: string, among: readonly string[]): string[] =>
  among
    .map((each) => ({ each, score: shared(name.toLowerCase(), each.toLowerCase()) }))
    .toSorted((a, b) => b.score - a.score || (a.each < b.each ? -1 : 1))
    .map(({ each }) => each)
