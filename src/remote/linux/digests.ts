// The MD5s that S3's ETags are made of: one of an object that was uploaded as one, and else one of each of its parts
// (Amazon S3 User Guide, "Checking object integrity").

/** How large the parts are that objects were uploaded in, by their names in the list; bytes. Those of others are not here. */
export type PartSizes = ReadonlyMap<string, number>

/** What tells a shell of them. */
export const partSizesInput = (sizes: PartSizes) => ({
  stdin: Array.from(sizes, ([name, size]) => `${name} ${size}\n`).join(''),
  inputIs: 'how large the parts are that objects were uploaded in',
})

/** What a shell needs, in bash, with that on its standard input: `digest NAME` puts out the MD5s of what it is given, a line each. */
export const digesting = [
  `sizes=$'\\n'$(cat)$'\\n'`,
  'digest() {',
  `  case "$sizes" in *$'\\n'"$1 "*) ;; *) md5sum | cut -c 1-32; return;; esac`,
  `  local size=\${sizes#*$'\\n'"$1 "}`,
  `  SHELL=/bin/sh split -b "\${size%%$'\\n'*}" --filter='md5sum | cut -c 1-32'`,
  '}',
].join('\n')

/** Pairs of a name and an MD5, as the MD5s of each name in their order. */
export function listed(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const sums = new Map<string, string[]>()
  for (const [name, md5] of pairs) {
    const known = sums.get(name)
    if (known === undefined) sums.set(name, [md5])
    else known.push(md5)
  }
  return sums
}
