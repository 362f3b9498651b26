// The login's shell reads what sshd hands it, and it may be csh or fish: the line is given on to /bin/sh.
import { sh } from '../../text/quote.ts'

// Decodes its argument and becomes the shell that runs it: nothing of this is left around the line.
const decode = 'exec /bin/sh -c "$(printf %b "$1")"'

/**
 * A line that any login shell turns into `/bin/sh -c line`.
 * Within single quotes csh still acts on `!` and ends at a newline, and fish on some backslashes: a line with one
 * of them travels as the octal escapes of printf(1)'s %b.
 */
export function forLoginShell(line: string): string {
  if (!/[!\n\\]/.test(line)) return sh`exec /bin/sh -c ${line}`
  const escaped = line.replaceAll(/[!\n\\]/g, (each) => `\\0${each.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return sh`exec /bin/sh -c ${decode} sh ${escaped}`
}
