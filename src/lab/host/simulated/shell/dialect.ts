// What just-bash can't do of what is sent to a host, put into words that mean the same.

import { reason, type FsError } from '../files/fs-error.ts'

const compressing =
  /^exec 4>&1; code=\$\(\{ \{ \(\n([\s\S]*)\n\) 3>&- 4>&-; echo \$\? >&3; \} \| gzip -c 3>&- 4>&- \| base64 >&4 3>&- 4>&-; \} 3>&1\); exit "\$code"$/

const readAndRemoved = /^exec <(\S+); rm -f \1; ([\s\S]*)$/

const atExit = /^trap '([^']*)' EXIT\n([\s\S]*)$/m

const watched = /^(.*) & (\w+)=\$!\n(?:#.*\n)*while kill -0 "\$\2" [\s\S]*?^done\nwait "\$\2"$/gm

// What a host streams goes through functions and pipes. Here what comes out of a function is text: it is kept in a file.
const holding =
  'hold() { : > "$s/$1.all"; ranges "$1" && md5sum < "$s/$1.all" | cut -c 1-32 > "$s/$1.md5"; }\nranges() {'

const streaming = (script: string): string =>
  script.includes('\nranges() {\n')
    ? script
        .replaceAll(/^content\(\) .*$/gm, ':')
        .replace('cat "$s/$1" || return 1', 'cat "$s/$1" >> "$s/$1.all" || return 1')
        .replaceAll('content "$1"', 'hold "$1" && cat "$s/$1.all"')
        .replace('ranges() {', holding)
    : script

/** A script that just-bash runs as a shell of the host would run the one given. */
export function inOurDialect(script: string): string {
  const [, inside] = compressing.exec(script) ?? []
  // It has no descriptors that are kept beside a substitution.
  if (inside !== undefined) return `(\n${inside}\n) | gzip -c | base64; exit "\${PIPESTATUS[0]}"`
  // It reads a file anew for each command, and can't when the file is gone.
  const [, file, rest] = readAndRemoved.exec(script) ?? []
  if (file !== undefined && rest !== undefined) return `cat ${file} | { rm -f ${file}; ${rest}\n}`
  // Its own help tells of itself.
  if (/^\s*help\s*$/.test(script)) return 'lab-help'
  // It opens no directory, here only to have something to lock.
  // With `set -e` it takes the noting of a failure for another: what is assigned leaves the status of what was before it.
  return (
    streaming(script)
      .replaceAll('exec 9</; flock 9', 'flock 9')
      .replaceAll('{ c=$?; ', '{ c=$? || :; ')
      // It takes `name=` in the list of a loop for an assignment.
      .replaceAll(/(?<=\bfor \w+ in )[^;\n]*/g, (list) => list.replaceAll(/(?<=^| )\w+=/g, '""$&'))
      .replaceAll(/\|\| (\w+=(?:\$\(\([^()]*\)\)|[\w$-]+))(?=[;\n])/g, '|| $1 || :')
      .replaceAll(/(\|\| case [^\n]*?\) )(?=\w+=)/g, '$1:; ')
      // It takes the default of an argument for none.
      .replaceAll(/\[ -n "(\$\{\w+:-\})" \]/g, '[[ -n $1 ]]')
      // It finds no files for a list that is a function's own.
      .replaceAll(/\blocal (\w+)=\(/g, 'local $1; $1=(')
      // It has one command at a time: who would be watched has ended.
      .replaceAll(watched, '$1')
      // It has no traps: what one waits for runs apart. Where that fails, what was set in it is not seen.
      .replace(atExit, 'set +e; ( set -e\n$2\ncode=$?\n$1\nexit "$code" ); code=$?\n$1\nexit "$code"')
  )
}

/** What the shell says of a file that it can't open for output: just-bash ends its script with that. */
export const redirectFailed = (error: FsError): string => `sh: 1: cannot create ${error.path}: ${reason(error)}`
