// A machine's power: rebooted, shut down and started by the guest's own will, or without asking it.
import type { QmpClient } from './qmp.ts'
import type { SshRunner } from './ssh.ts'

export interface Power {
  /** Whether the guest has been shut down. QEMU stays, and with it the disks. */
  readonly isOff: () => boolean
  /**
   * Asks the guest to shut down and starts it again, as EC2's RebootInstances. Its disks stay plugged in. Resolves when
   * its sshd answers again: about 25 s under emulation.
   */
  readonly reboot: () => Promise<void>
  /** The same without asking: as after a power cut. */
  readonly reset: () => Promise<void>
  readonly shutDown: () => Promise<void>
  /** Starts what was shut down. Resolves when its sshd answers. */
  readonly start: () => Promise<void>
}

/** EC2 waits minutes for a shutdown that hangs, and then cuts the power; nobody in the lab learns from the waiting. */
const shutdownMs = 60_000
/** Beside other work an emulated boot takes many times as long. */
const bootMs = 600_000

export function powerOf(
  qmp: QmpClient,
  runner: Pick<SshRunner, 'run' | 'close'>,
  answers: (timeoutMs: number) => Promise<void>,
): Power {
  let off = false
  const event = (name: string, what: string) => qmp.waitFor((each) => each.event === name, what, shutdownMs)

  async function boot(): Promise<void> {
    // What was open hangs until its end is noticed, which takes long.
    await runner.close()
    await answers(bootMs)
  }

  async function reset(): Promise<void> {
    await Promise.all([event('RESET', 'start again'), qmp.execute('system_reset')])
    await boot()
  }

  return {
    isOff: () => off,
    reset,
    async reboot() {
      const again = event('RESET', 'start again').then(Boolean, () => false)
      await runner.run('systemctl --no-block reboot')
      await ((await again) ? boot() : reset())
    },
    async shutDown() {
      if (off) return
      const down = event('SHUTDOWN', 'shut down').then(Boolean, () => false)
      await runner.run('systemctl --no-block poweroff')
      if (!(await down)) await qmp.execute('stop')
      off = true
      await runner.close()
    },
    async start() {
      if (!off) return
      off = false
      await qmp.execute('system_reset')
      await qmp.execute('cont')
      await boot()
    },
  }
}
