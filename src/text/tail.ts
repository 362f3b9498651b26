/**
 * The end of what a program said, in whole lines: of a secret that is cut in two nobody recognizes the rest. A last line
 * that is longer than all of this is cut, or nothing would be left.
 */
export function tail(said: string, most = 2000): string {
  if (said.length <= most) return said
  const end = said.slice(-most)
  return said.at(-most - 1) === '\n' ? end : end.replace(/^[^\n]*\n(?=[\s\S])/, '')
}
