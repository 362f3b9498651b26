import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { closeGates } from '../../../src/remote/linux/gate.ts'
import { snapshotCronFiles } from '../../../src/remote/linux/schedules.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { answer } from '../answer.ts'

/** What is found in a cron.d of the test's own. */
async function found(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = join(await temporaryFolder(), 'cron.d')
  await mkdir(folder)
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const line = snapshotCronFiles().line.replaceAll('/etc/cron.d', folder)
  const { stdout } = await execa('/bin/sh', ['-c', line], { stripFinalNewline: false })
  return answer(snapshotCronFiles(), stdout).map((path) => path.slice(folder.length + 1))
}

it('the cron files that make or expire snapshots are found by what they run', async () => {
  const files = {
    zfsnap: '0 * * * * root /usr/sbin/zfSnap -a 1w -r tank\n',
    sanoid: '* * * * * root /usr/sbin/sanoid --cron\n',
    plain: '30 0 * * * root /sbin/zfs snapshot tank@daily\n',
    off: '# 0 * * * * root zfSnap -a 1w tank\n',
    other: '0 3 * * * root /usr/bin/true\n',
  }
  expect(await found(files)).toEqual(['plain', 'sanoid', 'zfsnap'])
})

it('a file that another run has covered counts: what is below can’t be read', async () => {
  const gate = { run: '20261121-192342-0a1b', backups: [], services: [], cron: ['/etc/cron.d/zfsnap'] }
  const cover = /^printf '%s\\n' '(.*)' > .*cron\/zfsnap$/m.exec(closeGates(gate).line)?.[1] ?? ''
  expect(cover).toContain(gate.run)
  expect(await found({ zfsnap: `${cover}\n`, other: '# a comment\n' })).toEqual(['zfsnap'])
})
