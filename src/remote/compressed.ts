// Answers of megabytes over a slow link. Not by ssh itself: ssh2's compression throws where nothing can catch it when the
// connection is lost.
import { gunzipSync } from 'node:zlib'
import type { Output } from './command.ts'

/** The line with its standard output compressed, as text. It ends as the line does. */
export const compressing = (line: string): string =>
  `exec 4>&1; code=$({ { (\n${line}\n) 3>&- 4>&-; echo $? >&3; } | gzip -c 3>&- 4>&- | base64 >&4 3>&- 4>&-; } 3>&1); exit "$code"`

/** What such a line has put out. @throws Error when it was not compressed */
export const decompressed = (output: Output): Output => ({
  ...output,
  stdout: gunzipSync(Buffer.from(output.stdout, 'base64')).toString('utf8'),
})
