/** A number of things in words: `1 snapshot`, `12 snapshots`. */
export const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
