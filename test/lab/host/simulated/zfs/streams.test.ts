// What is sent can be received, and no byte of it can be another one unnoticed.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zstreamDump } from '../../../../../src/lab/host/simulated/zfs/send-command.ts'
import { hostWithPool } from './fake-host.ts'

const full = 'zfs send -p tank/irc@daily-21'
const since = 'zfs send -i @daily-21 tank/irc@manual'

describe('a stream of zfs send', () => {
  it('is received with what was set, and goes on with what is another since', () => {
    const host = hostWithPool()
    host.run('zfs set quota=100M tank/irc')
    host.write('/tank/irc/naïve.txt', 'é€\n')
    host.run('zfs snapshot tank/irc@later')
    host.run('zfs receive tank/copy', host.run(full))
    expect(host.read('/tank/copy/log.txt')).toBe('v1\n')
    host.run('zfs receive tank/copy', host.run('zfs send -i daily-21 tank/irc@later'))
    expect(host.read('/tank/copy/log.txt')).toBe('AFTER\n')
    expect(host.read('/tank/copy/naïve.txt')).toBe('é€\n')
    expect(host.run('zfs get -Hp -o value,source quota tank/copy')).toBe('104857600\treceived\n')
    const guids = (of: string): string => host.run(`zfs get -Hp -o value guid ${of}@daily-21 ${of}@later`)
    expect(guids('tank/copy')).toBe(guids('tank/irc'))
    expect(host.run('zfs get -Hp -o value written@later tank/copy')).toBe('0\n')
  })

  it('takes away what is gone since, and mounts nothing where it is told so', () => {
    const host = hostWithPool()
    host.run('zfs receive -u -o canmount=noauto -x quota tank/copy', host.run(full))
    host.mounts.find(({ target }) => target === '/tank/irc')?.files.delete('/log.txt')
    host.run('zfs snapshot tank/irc@empty')
    host.run('zfs receive -u tank/copy', host.run('zfs send -i @daily-21 tank/irc@empty'))
    expect(host.run('zfs get -Hp -o value mounted,canmount tank/copy')).toBe('no\nnoauto\n')
    host.run('zfs mount tank/copy')
    expect(host.read('/tank/copy/log.txt')).toBe(undefined)
  })

  it('is refused where it does not fit, in the words of ZFS', () => {
    const host = hostWithPool()
    const [whole, more] = [host.run(full), host.run(since)]
    expect(host.fails('zfs receive tank/irc', whole).stderr).toBe(
      "cannot receive new filesystem stream: destination 'tank/irc' exists\nmust specify -F to overwrite it\n",
    )
    expect(host.fails('zfs receive tank/none', more).stderr).toBe(
      "cannot receive incremental stream: destination 'tank/none' does not exist\n",
    )
    expect(host.fails('zfs receive tank/irc', more).stderr).toBe(
      'cannot receive incremental stream: most recent snapshot of tank/irc does not\nmatch incremental source\n',
    )
    host.run('zfs receive tank/copy', whole)
    host.write('/tank/copy/log.txt', 'x')
    expect(host.fails('zfs receive tank/copy', more).stderr).toBe(
      'cannot receive incremental stream: destination tank/copy has been modified\nsince most recent snapshot\n',
    )
    expect(host.fails('zfs receive tank/none/copy', whole).stderr).toContain("cannot open 'tank/none'")
    expect(host.fails('zfs receive tank/other', '').stderr).toBe('cannot receive: failed to read from stream\n')
    expect(host.fails('zfs receive tank/other', 'PGDMP').stderr).toBe(
      'cannot receive: invalid stream (bad magic number)\n',
    )
    expect(host.fails('zfs send -i @manual tank/irc@daily-21').stderr).toContain('not an earlier snapshot')
  })

  it('of which any byte is another one, or the end is missing, makes nothing', () => {
    const host = hostWithPool()
    const whole = host.run(full)
    const before = host.run('zfs list -H -t all -o name')
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const other = `${whole.slice(0, at)}${String.fromCharCode(byte)}${whole.slice(at + 1)}`
        fc.pre(other !== whole)
        expect(host.fails('zfs receive tank/copy', other).exitCode).toBe(1)
        const { exitCode, stdout } = zstreamDump(other)
        expect(exitCode !== 0 || stdout.includes('Expected checksum differs')).toBe(true)
      }),
    )
    fc.assert(
      fc.property(fc.nat(whole.length - 2), (length) => {
        expect(host.fails('zfs receive tank/copy', whole.slice(0, length)).exitCode).toBe(1)
      }),
    )
    expect(host.run('zfs list -H -t all -o name')).toBe(before)
  })
})
