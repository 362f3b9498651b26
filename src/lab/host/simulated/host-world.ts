// The host put together: its kernel, systemd, the programs that go on, and shells.
import { getCommandNames } from 'just-bash'
import { commands } from './commands/all.ts'
import { Machine, type MachineOptions } from './machine.ts'
import { chatd } from './programs/chatd.ts'
import { cron } from './programs/cron.ts'
import { forumd, postgres } from './programs/postgres.ts'
import { clusterOf } from './postgres/cluster.ts'
import { snapPrograms } from './programs/rocketchat.ts'
import { rootTree } from './root-tree.ts'
import type { World } from './shell/command.ts'
import { openShell, type Shell, type ShellOptions } from './shell/shell.ts'
import type { Program } from './systemd/program.ts'
import type { RunScript } from './systemd/services.ts'
import { Systemd } from './systemd/systemd.ts'

/** What just-bash has and no Debian host. */
const foreign = ['js-exec', 'python3', 'python', 'sqlite3', 'xan', 'html-to-markdown', 'yq', 'jq', 'rg', 'curl']

const shellsOwn = getCommandNames().filter((name) => !foreign.includes(name))

export interface HostWorld extends World {
  boot(): Promise<void>
  /** As the power goes. */
  halt(): void
}

/** Does nothing by itself: its sessions are the lab's. */
const sshd: Program = ({ ready, say }) => {
  ready()
  say('Server listening on 0.0.0.0 port 22.')
  return () => undefined
}

/** `zpool import -c CACHE -aN` at boot. */
const importAtBoot: Program = ({ machine, exit }) => {
  machine.zfs.boot()
  exit(0)
  return () => undefined
}

export async function makeWorld(
  options: Omit<MachineOptions, 'rootTree'> & {
    readonly timeZone: string
    readonly files: Readonly<Record<string, string>>
  },
): Promise<HostWorld> {
  const names = [...new Set([...shellsOwn, ...Object.keys(commands)])]
  const machine = new Machine({ ...options, rootTree: await rootTree(options.startAt.getTime(), names, options) })
  const runScript: RunScript = async (unit, account, line, signal, begun) => {
    const shell = open({ account, unit, command: line })
    begun(shell.session.process.pid)
    try {
      return await machine.clock.working(shell.run(line, { signal }))
    } finally {
      shell.end()
    }
  }
  const systemd = new Systemd(
    machine,
    {
      '/usr/local/bin/chatd': chatd,
      '/usr/local/bin/forumd': forumd,
      '/usr/lib/postgresql/18/bin/postgres': postgres,
      ...snapPrograms,
      '/usr/sbin/cron': cron(runScript),
      '/usr/sbin/sshd': sshd,
      '/usr/sbin/zpool': importAtBoot,
    },
    runScript,
  )
  const open = (shell: ShellOptions): Shell => openShell(world, commands, shell)
  const world: World = { machine, systemd, shell: open }
  return {
    ...world,
    async boot() {
      machine.mountBase()
      machine.table.spawn(
        {
          command: '/sbin/init',
          comm: 'systemd',
          exe: '/usr/lib/systemd/systemd',
          unit: 'init.scope',
          namespace: machine.namespace,
        },
        machine.now().getTime(),
      )
      await systemd.boot()
    },
    halt() {
      systemd.halt()
      machine.services.clear()
      void clusterOf(machine).stop()
      machine.table.clear()
      machine.zfs.halt()
      machine.namespace.clear()
    },
  }
}
