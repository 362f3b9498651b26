import type { ShellCommand } from '../../src/remote/command.ts'

/** What a command reads out of this output. */
export const answer = <T>(command: ShellCommand<T>, stdout: string, code = 0): T =>
  command.parse({ code, stdout, stderr: '' })
