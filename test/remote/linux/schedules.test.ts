import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { closeGates } from '../../../src/remote/linux/gate.ts'
import { schedulesThat, snapshotCronFiles, type FoundSchedule } from '../../../src/remote/linux/schedules.ts'
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

/**
 * What is found among these units, which timers start, and these cron files. `@/` in a text is the folder that the scripts
 * lie in.
 */
async function doing(
  {
    units,
    cron = {},
    scripts,
  }: Readonly<Record<'units' | 'scripts', Record<string, string>>> & { readonly cron?: Record<string, string> },
  services = ['chat.service', 'snap.rocketchat-server.rocketchat-server.service'],
): Promise<FoundSchedule[]> {
  const folder = await temporaryFolder()
  const at = (text: string): string => text.replaceAll('@/', `${folder}/`)
  for (const each of ['units', 'cron.d', 'bin']) await mkdir(join(folder, each))
  for (const [name, text] of Object.entries(units)) await writeFile(join(folder, 'units', name), at(text))
  for (const [name, text] of Object.entries(cron)) await writeFile(join(folder, 'cron.d', name), at(text))
  for (const [name, text] of Object.entries(scripts)) await writeFile(join(folder, name), at(text))
  // What systemctl says of these units and of the timers that start them.
  const systemctl = [
    '#!/bin/sh',
    'case "$1" in',
    "list-units) echo 'x.timer loaded active waiting x';;",
    `show) ls '${folder}/units';;`,
    `cat) echo "# /etc/systemd/system/$3"; cat '${folder}/units/'"$3";;`,
    'esac',
  ].join('\n')
  await writeFile(join(folder, 'bin/systemctl'), systemctl)
  await chmod(join(folder, 'bin/systemctl'), 0o755)
  const command = schedulesThat(['irc.dumps', 'other'], services)
  const line = command.line.replaceAll('/etc/cron.d', join(folder, 'cron.d'))
  const env = { PATH: `${folder}/bin:${process.env['PATH'] ?? ''}` }
  const { stdout } = await execa('/bin/sh', ['-c', line], { stripFinalNewline: false, env })
  return answer(command, stdout).map(({ name, does }) => ({ does, name: name.replace(`${folder}/`, '') }))
}

it('schedules are found by the bucket that they, or their scripts, write to', async () => {
  const units = {
    'a.service': '[Service]\nExecStart=/usr/bin/aws s3 sync /srv/www s3://irc.dumps/www/\n',
    'b.service': '[Service]\nExecStartPre=-/bin/true\nExecStart=@/save.sh --all\n',
    'c.service': '[Service]\nExecStart=/usr/bin/aws s3 sync /srv/www s3://irc-dumps-not/www/\n# irc.dumps\n',
    'd.service': '[Service]\nExecStart=@/gone.sh\n',
  }
  const cron = { www: '0 3 * * * root @/save.sh >/dev/null 2>&1\n', other: '0 3 * * * root /bin/true\n' }
  const scripts = { 'save.sh': '#!/bin/sh\n# nightly\nTO="irc.dumps"\naws s3 cp - "s3://$TO/x"\n' }
  expect(await doing({ units, cron, scripts })).toEqual([
    { does: 'writes', name: 'a.service' },
    { does: 'writes', name: 'b.service' },
    { does: 'writes', name: 'cron.d/www' },
  ])
})

it('schedules are found by the service that they stop, by any of its names', async () => {
  const units = {
    'a.service': '[Service]\nExecStart=/bin/systemctl stop chat\n',
    'b.service': '[Service]\nExecStart=/bin/sh -c \'systemctl --no-block restart "chat.service"; true\'\n',
    'c.service': '[Service]\nExecStart=@/rocket.sh\n',
    'd.service': '[Service]\nExecStart=/bin/systemctl stop chatter.service\n',
    'e.service': '[Service]\nExecStart=/usr/sbin/service chat stop\n',
  }
  const scripts = { 'rocket.sh': '#!/bin/sh\nsnap stop rocketchat-server\n' }
  expect((await doing({ units, scripts })).map(({ does, name }) => `${does} ${name}`)).toEqual([
    'stops a.service',
    'stops b.service',
    'stops c.service',
    'stops e.service',
  ])
  expect(await doing({ units, scripts }, [])).toEqual([])
})
