import type { CheckLine } from '../../remote/linux/check-staged.ts'
import type { ShellCommand } from '../../remote/command.ts'
import { listed } from '../../remote/linux/digests.ts'
import type { Checked } from './recipe.ts'

const textsOf = (lines: readonly CheckLine[], kind: CheckLine['kind']): string[] =>
  lines.filter((line) => line.kind === kind).map((line) => line.text)

/** What a check has found out, from its lines. */
export const checkedBy = (command: ShellCommand<CheckLine[]>): ShellCommand<Checked> => ({
  ...command,
  parse(output) {
    const lines = command.parse(output)
    const sizes = textsOf(lines, 'bytes').map(Number)
    return {
      problems: textsOf(lines, 'problem'),
      locked: textsOf(lines, 'locked'),
      missing: textsOf(lines, 'missing').length === 0 ? undefined : textsOf(lines, 'near'),
      facts: textsOf(lines, 'fact'),
      digests: listed(textsOf(lines, 'md5').map((text) => [text.slice(0, -33), text.slice(-32)])),
      unpackedBytes: sizes.length === 0 ? null : sizes.reduce((sum, each) => sum + each, 0),
    }
  },
})
