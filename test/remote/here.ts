import { execa } from 'execa'
import type { ShellCommand } from '../../src/remote/command.ts'

/** Runs a command on this machine as a host would, and reads its answer. */
export async function here<T>(command: ShellCommand<T>): Promise<T> {
  const { stdout, stderr, exitCode } = await execa('/bin/sh', ['-c', command.line], {
    input: command.stdin ?? '',
    stripFinalNewline: false,
    reject: false,
  })
  return command.parse({ code: exitCode ?? -1, stdout, stderr })
}
