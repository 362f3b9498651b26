import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { endState } from './end-state.ts'
import { LabProcess } from './lab-process.ts'
import type { Event } from './program.ts'

const inCreateVolume = (event: Event): boolean => event.type === 'step-started' && event.step === 'create-volume'

describe('the gates on the real host', () => {
  it('keep backups and snapshot schedules from running, and the host opens them itself when nobody comes back', async () => {
    await using lab = await LabProcess.start()
    const config = await readFile(lab.ready.config, 'utf8')
    // 72 s, in hours.
    await writeFile(lab.ready.config, config.replace('name = "irc-1"', 'name = "irc-1"\ngate_hours = 0.02'))
    const before = await endState(lab)
    const cronFile = await lab.ssh('cat /etc/cron.d/zfsnap; stat -c "%a %U" /etc/cron.d/zfsnap')

    const killed = await lab.restore(['--snapshot', 'latest'], { killAt: inCreateVolume })
    expect(killed.exitCode).toBeNull()

    // The backup: started as its timer would start it, it is skipped, and that is no failure.
    await lab.ssh('systemctl start chat-backup.service')
    expect(await lab.ssh('systemctl show -p ConditionResult,ActiveState --value chat-backup.service')).toBe(
      'inactive\nno',
    )
    expect((await endState(lab)).backups).toBe(before.backups)
    // The service itself: not even by hand, not on half of its data.
    await lab.ssh('systemctl start chat.service')
    expect(await lab.ssh('systemctl is-active chat.service || true')).toMatch(/^(inactive|failed)$/)
    expect(await lab.ssh('systemctl show -p ConditionResult --value chat.service')).toBe('no')
    // cron: it has read the file that covers the real one.
    expect(await lab.ssh('cat /etc/cron.d/zfsnap')).toMatch(
      /^# held by lifeboat run \S+; the file itself is unchanged below this mount$/,
    )
    await vi.waitUntil(
      async () => /RELOAD \(\/etc\/cron\.d\/zfsnap\)/.test(await lab.ssh('journalctl -q -u cron -b --since -5min')),
      {
        timeout: 90_000,
        interval: 2000,
      },
    )

    await vi.waitUntil(async () => (await lab.ssh('test -e /run/lifeboat/hold && echo held || true')) === '', {
      timeout: 120_000,
      interval: 2000,
    })
    expect(await lab.ssh('cat /etc/cron.d/zfsnap; stat -c "%a %U" /etc/cron.d/zfsnap')).toBe(cronFile)
    const after = await endState(lab)
    expect(after.cronMounts).toBe('')
    expect(after.gates).not.toContain('chat-backup')
    expect(after.timer).toMatch(/^active/)
    // Nobody has proven what the service would serve: it stays gated.
    expect(after.gates).toContain('/etc/systemd/system/chat.service.d')
  })
})
