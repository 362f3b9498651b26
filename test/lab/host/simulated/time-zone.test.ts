import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { strftime } from '../../../../src/lab/host/simulated/local-clock.ts'
import { dueLines } from '../../../../src/lab/host/simulated/programs/cron.ts'
import { startSimulatedHost } from '../../../../src/lab/host/simulated/simulated-host.ts'
import { nextDue } from '../../../../src/lab/host/simulated/systemd/calendar.ts'
import { createZfs } from '../../../../src/lab/host/simulated/zfs/create-zfs.ts'
import { hostFacts } from '../../../../src/remote/linux/facts.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { startHost } from './host.ts'

const timeZone = 'Europe/Berlin'
const iso = (at: Date | undefined): string | undefined => at?.toISOString()

/** Half an hour before Berlin's clocks go back from 03:00 to 02:00. */
const beforeTheChange = new Date('2025-10-26T00:30:00Z')

describe('a simulated host in a zone', () => {
  it('is there by every way of asking, and UTC where that is asked for', async () => {
    await using box = await startHost(false, { timeZone, startAt: beforeTheChange })
    expect(await box.out('cat /etc/timezone; readlink /etc/localtime')).toBe(
      'Europe/Berlin\n/usr/share/zoneinfo/Europe/Berlin\n',
    )
    expect(await box.out('timedatectl show -p Timezone --value')).toBe('Europe/Berlin\n')
    expect(await box.out('timedatectl')).toMatch(
      /Local time: Sun 2025-10-26 02:30:\d\d CEST\n.*Universal time: Sun 2025-10-26 00:30:\d\d UTC\n.*Time zone: Europe\/Berlin \(CEST, \+0200\)\n/,
    )
    expect(await box.out('date "+%FT%R %Z %z"; TZ=UTC date +%R; date -u +%R; TZ=America/New_York date +%R')).toBe(
      '2025-10-26T02:30 CEST +0200\n00:30\n00:30\n20:30\n',
    )
    expect(await box.out('date -d "2025-12-24 18:00" +%s')).toBe(`${Date.parse('2025-12-24T17:00:00Z') / 1000}\n`)
    expect(await box.out('touch -d @1761441300 /root/x; ls -l /root/x | cut -d" " -f6-8; stat -c %y /root/x')).toBe(
      'Oct 26 02:15\n2025-10-26 02:15:00.000000000 +0100\n',
    )
  })

  it('tells Lifeboat its zone where nothing answers for timedatectl', async () => {
    await using box = await startHost(false, { timeZone })
    await box.out('rm /usr/bin/timedatectl')
    const command = hostFacts()
    expect(command.parse(await box.host.run(command.line)).timeZone).toBe('Europe/Berlin')
    await box.out('rm /etc/localtime')
    expect(command.parse(await box.host.run(command.line)).timeZone).toBe('Europe/Berlin')
  })

  it('names snapshots by local time, and keeps their order when an hour comes twice', async () => {
    const folder = await temporaryFolder()
    const image = join(folder, 'disk.img')
    await writeFile(image, '')
    await truncate(image, 512 * 1024 ** 2)
    await using host = Object.assign(
      await startSimulatedHost({ folder: join(folder, 'host'), zfs: createZfs, timeZone, startAt: beforeTheChange }),
      { [Symbol.asyncDispose]: () => host.close() },
    )
    const out = async (line: string): Promise<string> => {
      const { code, stdout, stderr } = await host.run(line)
      if (code !== 0) throw new Error(`${line} ends with ${code}: ${stderr}`)
      return stdout
    }
    await host.attach(image, 'vol-0c0ffee0000000001')
    await out('systemctl stop cron; zpool create tank /dev/nvme0n1')
    await host.setClock('2025-10-26T00:00:02Z')
    await out('zfSnap -a 1w tank')
    await host.setClock('2025-10-26T01:00:01Z')
    await out('zfSnap -a 1w tank')
    expect(await out('zfs list -H -t snapshot -o name,creation -s createtxg')).toBe(
      'tank@2025-10-26_02.00.02--1w\tSun Oct 26  2:00 2025\ntank@2025-10-26_02.00.01--1w\tSun Oct 26  2:00 2025\n',
    )
    expect(await out('zfs get -Hp -o value creation tank@2025-10-26_02.00.02--1w tank@2025-10-26_02.00.01--1w')).toBe(
      `${Date.parse('2025-10-26T00:00:02Z') / 1000}\n${Date.parse('2025-10-26T01:00:01Z') / 1000}\n`,
    )
    expect(await out('zpool history tank | grep snapshot | tail -n 1')).toContain('2025-10-26.02:00:01 zfs snapshot')
  })

  it('does what is due by its own clocks', () => {
    expect(dueLines('30 2 * * * root x', new Date('2025-10-26T00:30:00Z'), timeZone)).toHaveLength(1)
    expect(dueLines('30 2 * * * root x', new Date('2025-10-26T02:30:00Z'), timeZone)).toEqual([])
    const due = (after: string, expression = '*-*-* 02:30:00') => iso(nextDue(expression, new Date(after), timeZone))
    expect(due('2025-10-25T12:00:00Z')).toBe('2025-10-26T00:30:00.000Z')
    expect(due('2025-10-26T12:00:00Z')).toBe('2025-10-27T01:30:00.000Z')
    expect(due('2025-10-25T12:00:00Z', '*-*-* 02:30:00 UTC')).toBe('2025-10-26T02:30:00.000Z')
    // 02:30 is left out when they go forward.
    expect(due('2025-03-29T12:00:00Z')).toBe('2025-03-30T01:00:00.000Z')
  })
})

it.each([
  ['Europe/Berlin', '02:30 CET +0100 +01:00'],
  ['Etc/UTC', '01:30 UTC +0000 +00:00'],
  ['America/New_York', '21:30 EDT -0400 -04:00'],
  ['Asia/Kolkata', '07:00 IST +0530 +05:30'],
  ['America/Sao_Paulo', '22:30 -03 -0300 -03:00'],
  ['No/Where', '01:30 UTC +0000 +00:00'],
])('clocks in %s show %s', (zone, shown) => {
  expect(strftime('%H:%M %Z %z %:z', new Date('2025-10-26T01:30:00Z'), zone)).toBe(shown)
})

const zones = ['Europe/Berlin', 'Etc/UTC', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Kiritimati']
const anyInstant = fc.date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })

it('a local time with its offset is the instant it was made of', () => {
  fc.assert(
    fc.property(anyInstant, fc.constantFrom(...zones), (at, zone) => {
      expect(Date.parse(strftime('%FT%T%:z', at, zone))).toBe(Math.floor(at.getTime() / 1000) * 1000)
    }),
  )
})

it('what is due comes later than now, on a clock that shows its time', () => {
  fc.assert(
    fc.property(anyInstant, fc.constantFrom(...zones), fc.integer({ min: 3, max: 23 }), (after, zone, hour) => {
      const due = nextDue(`*-*-* ${String(hour).padStart(2, '0')}:30:00`, after, zone)
      expect(due?.getTime()).toBeGreaterThan(after.getTime())
      expect(strftime('%k:%M', due ?? after, zone).trim()).toBe(`${hour}:30`)
    }),
  )
})
