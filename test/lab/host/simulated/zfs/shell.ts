// Runs the program's own lines against a fake host, in a shell where only ZFS is more than text tools.
import { Bash, defineCommand } from 'just-bash'
import type { ShellCommand } from '../../../../../src/remote/command.ts'
import type { FakeHost } from './fake-host.ts'

export type Ask = <T>(command: ShellCommand<T>, secret?: string) => Promise<T>

const textOf = (stdin: unknown): string =>
  typeof stdin === 'string' ? stdin : Buffer.from(stdin as Uint8Array).toString('latin1')

const tool = (
  name: string,
  work: (args: readonly string[], stdin: string) => { stdout: string; stderr: string; exitCode: number },
) => defineCommand(name, (args, context) => Promise.resolve(work(args, textOf(context.stdin))))

export function shellOf(host: FakeHost): Ask {
  const bash = new Bash({
    customCommands: [
      tool('zfs', (args, stdin) => host.zfs.zfs(args, stdin)),
      tool('zpool', (args, stdin) => host.zfs.zpool(args, stdin)),
      tool('zdb', (args) => host.zfs.zdb(args)),
      tool('nproc', () => ({ stdout: '2\n', stderr: '', exitCode: 0 })),
      tool('flock', () => ({ stdout: '', stderr: '', exitCode: 0 })),
      tool('mount', (args) => host.zfs.mount(args.at(-2) ?? '', args.at(-1) ?? '', (args[3] ?? '').split(','))),
      tool('umount', ([target = '']) => {
        const done = host.kernel.unmount(target)
        return { stdout: '', stderr: done, exitCode: done === 'unmounted' ? 0 : 32 }
      }),
      tool('findmnt', (args) => {
        const [, source, target] = args
        const found = host.mounts.some((each) => each.source === source && each.target === target)
        return { stdout: '', stderr: '', exitCode: found ? 0 : 1 }
      }),
    ],
  })
  return async (command, secret) => {
    const { stdout, stderr, exitCode } = await bash.exec(command.line, {
      rawScript: true,
      stdin: secret ?? command.stdin ?? '',
    })
    if (!command.accepts.includes(exitCode)) throw new Error(`${command.line}: ${exitCode}: ${stderr}`)
    return command.parse({ code: exitCode, stdout, stderr })
  }
}
